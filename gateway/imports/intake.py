"""Taking in records one by one: what several documents say of the same record becomes one, or a problem."""

from collections.abc import Mapping

from gateway.imports.records import Place, Problems, Record
from gateway.imports.rows import spoken
from gateway.store.imports.brought import Brought
from gateway.store.imports.staging import Staging


class Intake:
    """Puts records into the staging."""

    def __init__(self, staging: Staging, problems: Problems) -> None:
        self._staging, self.problems = staging, problems
        self.documents = 0

    def next_document(self) -> int:
        """Number a document."""
        self.documents += 1
        return self.documents

    def add(self, record: Record) -> None:
        """Take a record in."""
        organization = record.id if record.table == "organizations" else record.columns.get("organization_id")
        if isinstance(organization, int):
            self._staging.brought.note_organization(record.document, organization)
        known = self._staging.brought.find(record.table, record.id)
        if known is not None and _says_no_more(known, record):
            return
        self._staging.brought.put(record.table, _fresh(record) if known is None else self._united(known, record))

    def _united(self, known: Brought, record: Record) -> Brought:
        """Unite what was known with what came; the order does not matter, so neither may contradict the other."""
        first = Place(known.file, known.pointer)
        for name, value in record.columns.items():
            if name in known.columns and known.columns[name] != value:
                self.problems.add(
                    record.place,
                    f"the same {spoken(name)} as at {first} was expected for {record.table} {record.id}, "
                    "which comes twice",
                )
        place = record.place if known.is_link and not record.is_link else first
        return Brought(
            id=record.id,
            columns={**record.columns, **known.columns},
            file=place.file,
            pointer=place.pointer,
            document=known.document,
            is_link=known.is_link and record.is_link,
            is_broken=known.is_broken or record.is_broken,
        )


def _says_no_more(known: Brought, record: Record) -> bool:
    if record.is_broken or (known.is_link and not record.is_link):
        return False
    columns: Mapping[str, object] = known.columns
    return all(name in columns and columns[name] == value for name, value in record.columns.items())


def _fresh(record: Record) -> Brought:
    return Brought(
        id=record.id,
        columns=record.columns,
        file=record.place.file,
        pointer=record.place.pointer,
        document=record.document,
        is_link=record.is_link,
        is_broken=record.is_broken,
    )
