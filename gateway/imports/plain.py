"""Rows of all types but time entries: what was brought, over what is stored, over the defaults."""

from collections.abc import Iterator

from sqlalchemy import Table, UniqueConstraint

from gateway.imports.preparing import MADE_HERE, ORGANIZATIONS, Draft, Preparation, References
from gateway.imports.rows import defaults, finished, fold, member, missing
from gateway.store.imports.finished import Values

Made = tuple[Draft, Values]


async def prepare_plain(preparation: Preparation, table: Table) -> None:
    """Make the rows of one type and keep them in the staging."""
    blank = defaults(table)
    for portion in preparation.staging.brought.portions(table.name):
        drafts = await preparation.drafts(table, portion)
        references = await preparation.references(table, drafts)
        made: list[Made] = []
        for draft in drafts:
            row = await _row(preparation, table, draft, references, blank)
            if row is not None:
                made.append((draft, row))
        alone = await without_twins(preparation, table, made)
        preparation.staging.finished.keep_rows(table, [finished(table, draft.before, row) for draft, row in alone])
    await _check_own_kind(preparation, table)
    preparation.overlay.forget()


async def _row(
    preparation: Preparation, table: Table, draft: Draft, references: References, blank: Values
) -> Values | None:
    """Return a whole row, or note why there is none."""
    row = blank | (draft.before or {}) | draft.given | {"id": draft.brought.id}
    if table is not ORGANIZATIONS:
        organization_id = await preparation.organization(table, draft, references)
        if organization_id is None or not preparation.check(table, draft, organization_id, references):
            return None
        row["organization_id"] = organization_id
    if table.name in MADE_HERE:
        row["imported"] = True
        row["created_at"] = row.get("created_at") or preparation.options.now
    lacking = missing(table, row)
    for column in lacking:
        preparation.problems.add(draft.at(column), f"{member(column)[1]} was expected, and nothing says it")
    if lacking:
        return None
    if row.get("ended_on") is not None and row["ended_on"] < row["started_on"]:
        preparation.problems.add(draft.at("ended_on"), f"a day from {row['started_on'].isoformat()} on was expected")
        return None
    fold(table, row)
    return row


async def without_twins(preparation: Preparation, table: Table, made: list[Made]) -> list[Made]:
    """Leave out, and note, rows that are for what another row is for already, such as a person's day."""
    for columns in _unique(table):
        keys = {tuple(row[name] for name in columns) for _, row in made}
        taken = {key: row["id"] for key, row in (await preparation.overlay.matching(table, columns, keys)).items()}
        alone = []
        for draft, row in made:
            key = tuple(row[name] for name in columns)
            owner = taken.setdefault(key, row["id"])
            if owner == row["id"]:
                alone.append((draft, row))
                continue
            what = " and ".join(f"{member(name)[1]} {value}" for name, value in zip(columns, key, strict=True))
            preparation.problems.add(
                draft.at(), f"one record for {what} was expected, and {table.name} {owner} is for the same"
            )
        made = alone
    return made


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)


async def _check_own_kind(preparation: Preparation, table: Table) -> None:
    """Check references within a type, such as a person's manager, now that all its rows are known."""
    own = [column.name for column in table.columns for foreign in column.foreign_keys if foreign.column.table is table]
    if not own:
        return
    preparation.overlay.forget()
    for portion in preparation.staging.brought.portions(table.name):
        rows = await preparation.overlay.by_id(table, [record.id for record in portion])
        for name in own:
            numbers = {row[name] for row in rows.values() if row[name] is not None}
            others = await preparation.overlay.by_id(table, numbers)
            for record in portion:
                row = rows.get(record.id)
                other = None if row is None else others.get(row[name])
                if row is not None and other is not None and other["organization_id"] != row["organization_id"]:
                    preparation.problems.add(
                        Draft(record, {}, None).at(name),
                        f"a record of organization {row['organization_id']} was expected, and {table.name} "
                        f"{other['id']} belongs to another",
                    )
