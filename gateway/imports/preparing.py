"""Checking what was brought against the documents and the store, before rows are made of it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from gateway.imports.records import Place, Problems
from gateway.imports.rows import TABLES, brought_values, member, targets, without_kept
from gateway.store.imports.brought import Brought
from gateway.store.imports.finished import Values
from gateway.store.imports.merging import Done
from gateway.store.imports.overlay import Overlay
from gateway.store.imports.staging import Staging

# Types whose rows the gateway makes itself, too; such a row is not overwritten unasked.
MADE_HERE = frozenset({"time_entries", "timesheets"})
RATES = ("exchange_rates", "salaries", "deal_cost_rates")
ORGANIZATIONS = TABLES["organizations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the one who imports asked for."""

    now: int
    person_id: int | None = None  # of entries whose documents do not name theirs
    service_id: int | None = None  # likewise
    replace: bool = False  # overwrite what was made by the gateway itself
    done: Mapping[int, Done] = field(default_factory=dict)  # what was done to entries, where it was no import
    organization_id: int | None = None  # the only one whose records are written
    is_mirrored: bool = False  # entries say themselves all that would follow from timesheets, and when they changed


@dataclass(frozen=True, slots=True)
class Draft:
    """A record on its way to a row."""

    brought: Brought
    given: Values  # what the documents say, and nothing else
    before: Values | None  # what is stored

    def at(self, column: str | None = None) -> Place:
        """Return the place of the record, or where in it a column is said."""
        place = Place(self.brought.file, self.brought.pointer)
        return place if column is None else place.at(*member(column))


@dataclass(slots=True)
class References:
    """The rows that some records refer to, as they will be, and what is known to be broken."""

    rows: dict[tuple[str, int], Values] = field(default_factory=dict)
    brought: set[tuple[str, int]] = field(default_factory=set)

    def row(self, table: Table, number: int | None) -> Values | None:
        """Return a row, if it is there."""
        return None if number is None else self.rows.get((table.name, number))

    def of(self, table: Table) -> Iterator[tuple[int, Values]]:
        """Yield number and row of all that are there of a type."""
        return ((number, row) for (name, number), row in self.rows.items() if name == table.name)


class Preparation:
    """What all types are prepared with."""

    def __init__(
        self, overlay: Overlay, staging: Staging, problems: Problems, options: ImportOptions, *, are_complete: bool
    ) -> None:
        self.overlay, self.staging, self.problems, self.options = overlay, staging, problems, options
        # Where a document broke off, what it would have brought is not missed.
        self.are_complete = are_complete
        # Likewise rates that cannot be read.
        self.rates_are_complete = are_complete and not staging.brought.has_broken(RATES)

    async def drafts(self, table: Table, portion: list[Brought]) -> list[Draft]:
        """Put beside each record what is stored of it; note links to nothing, and rows that were made here."""
        stored = await self.overlay.stored(table, "id", [record.id for record in portion])
        drafts = []
        for record in portion:
            if record.is_broken:
                continue
            before = next(iter(stored[record.id]), None)
            given = without_kept(table, before, brought_values(table, record.columns))
            draft = Draft(record, given, before)
            if before is None and record.is_link:
                self._not_found(draft.at(), table, record.id)
            elif before is not None and self._is_made_here(table, before) and not self.options.replace:
                self.problems.add(
                    draft.at(),
                    f"{table.name} {record.id} was made by the gateway itself; another id was expected, "
                    "or --replace to overwrite it",
                )
            else:
                drafts.append(draft)
        return drafts

    def _is_made_here(self, table: Table, before: Values) -> bool:
        return table.name in MADE_HERE and not before["imported"]

    def _not_found(self, place: Place, table: Table, number: int) -> None:
        if self.are_complete:
            self.problems.add(place, f"{table.name} {number} was expected in the documents or in the store")

    async def references(self, table: Table, drafts: list[Draft]) -> References:
        """Look up all that drafts refer to, their organizations included."""
        found = References()
        columns = {**targets(table), "organization_id": ORGANIZATIONS}
        wanted: defaultdict[str, set[int]] = defaultdict(set)
        for draft in drafts:
            whole = (draft.before or {}) | draft.given
            for column, target in columns.items():
                if whole.get(column) is not None:
                    wanted[target.name].add(whole[column])
        for name, numbers in wanted.items():
            await self.look_up(found, TABLES[name], numbers, of=table)
        return found

    async def look_up(self, found: References, target: Table, numbers: Collection[int], *, of: Table) -> None:
        """Look rows up; of the type that is being prepared, what documents say is all that is known yet."""
        found.brought |= {(target.name, number) for number in self.staging.brought.brought_among(target.name, numbers)}
        rows = await self.overlay.by_id(target, numbers)
        found.rows |= {(target.name, number): row for number, row in rows.items()}
        if target is of:
            for number in numbers:
                record = self.staging.brought.find(target.name, number)
                if record is not None and "organization_id" in record.columns:
                    found.rows[target.name, number] = dict(record.columns)

    async def organization(self, table: Table, draft: Draft, references: References) -> int | None:
        """Return whose a record is: said, stored, of what it hangs on, or the only one of its document.

        None when nothing says so, or when there is no such organization; the problem is noted.
        """
        number = self._said_organization(table, draft, references)
        if number is None:
            if not self._hangs_on_broken(table, draft, references):
                self.problems.add(draft.at("organization_id"), "an organization was expected: nothing says whose it is")
            return None
        if references.row(ORGANIZATIONS, number) is None:
            await self.look_up(references, ORGANIZATIONS, [number], of=table)
        if references.row(ORGANIZATIONS, number) is None:
            if (ORGANIZATIONS.name, number) not in references.brought:
                self._not_found(draft.at("organization_id"), ORGANIZATIONS, number)
            return None
        return number

    def _hangs_on_broken(self, table: Table, draft: Draft, references: References) -> bool:
        """Tell whether something that this hangs on was brought, and is no row for a problem that is noted."""
        hung = {(target.name, draft.given.get(column)) for column, target in targets(table).items()}
        return any(record in references.brought and record not in references.rows for record in hung)

    def _said_organization(self, table: Table, draft: Draft, references: References) -> int | None:
        if "organization_id" in draft.given:
            return int(draft.given["organization_id"])
        if draft.before is not None:
            return int(draft.before["organization_id"])
        for column, target in targets(table).items():
            row = references.row(target, draft.given.get(column))
            if row is not None:
                return int(row["organization_id"])
        for document in (draft.brought.document, None):
            named = self.staging.brought.organizations_of(document)
            if len(named) == 1:
                return named[0]
        return None

    def check(self, table: Table, draft: Draft, organization_id: int, references: References) -> bool:
        """Note references to nothing and to what another organization has; tell whether there is none."""
        problems_before = self.problems.count
        if self.options.organization_id not in {None, organization_id}:
            self.problems.add(
                draft.at("organization_id"),
                f"a record of organization {self.options.organization_id} was expected, and {table.name} "
                f"{draft.brought.id} belongs to {organization_id}",
            )
        if draft.before is not None and draft.before["organization_id"] != organization_id:
            self.problems.add(
                draft.at("organization_id"),
                f"organization {draft.before['organization_id']} was expected, which {table.name} {draft.brought.id} "
                f"belongs to, not {organization_id}",
            )
        whole = True
        for column, target in targets(table).items():
            number = draft.given.get(column)
            row = references.row(target, number)
            if number is None:
                continue
            if row is None:
                whole = whole and target is table
                if (target.name, number) not in references.brought:
                    self._not_found(draft.at(column), target, number)
            elif row["organization_id"] != organization_id:
                self.problems.add(
                    draft.at(column),
                    f"a record of organization {organization_id} was expected, and {target.name} {number} belongs to "
                    "another",
                )
        return whole and self.problems.count == problems_before
