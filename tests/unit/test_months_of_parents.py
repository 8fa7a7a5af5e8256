"""Months of parents: which sums of lists below records come from months."""

import pytest

from gateway.catalog.time_entries import FILTERS
from gateway.querying.operands import FilterContext
from gateway.store.databases.statements import SQLITE
from gateway.store.pages.parents import Level, Parents, Same, Span
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import InvoiceRow
from gateway.store.totals.matching import Matching
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

ALL, OWN = (visibility("time_entries", sees_everything=everything) for everything in (True, False))


def below(*links, keys=((7,), (8,)), asked=None, seen=ALL):
    condition = FILTERS.condition(asked, FilterContext(viewer(ADMIN)))
    return Matching.of(ENTRIES, seen, condition, Level(Parents(links, SQLITE), keys))


@pytest.mark.parametrize(
    ("column", "by", "keys"),
    [
        ("project_id", (), {"PROJECT"}),
        ("project_id", ("PERSON", "MONTH"), {"PROJECT", "PERSON", "MONTH"}),
        ("person_id", (), {"PERSON"}),
        ("person_id", ("YEAR",), {"PERSON", "YEAR"}),
    ],
)
def test_those_of_projects_and_of_people_do(column, by, keys):
    found = below(Same(column)).by(by).months

    assert found is not None
    assert found.keys == keys
    assert found.values() == {f"of_{column}": [7, 8]}


@pytest.mark.parametrize(
    ("matching", "by"),
    [
        (below(Same("deal_id")), ()),
        (below(Span("MONTH"), keys=(("2025-03-01",),)), ()),
        (below(Same("project_id"), Same("person_id"), keys=((7, 8),)), ()),
        (below(Same("project_id"), keys=((7,), (None,))), ()),
        (below(Same("project_id"), asked={"time": {"gt": 60}}), ()),
        (below(Same("project_id"), asked={"projectId": {"eq": "7"}}), ()),
        (below(Same("project_id")), ("DATE",)),
        (below(Same("project_id")), ("DEAL",)),
        (below(Same("person_id")), ("PROJECT",)),
        (below(Same("person_id"), asked={"after": "2025-01-15", "before": "2025-01-20"}), ()),
        (Matching.of(ENTRIES, ALL, FILTERS.condition({"time": {"gt": 60}}, FilterContext(viewer(ADMIN)))), ()),
        (Matching.of(table_of(InvoiceRow), ALL, FILTERS.condition(None, FilterContext(viewer(ADMIN)))), ()),
    ],
)
def test_others_come_from_the_rows_themselves(matching, by):
    assert matching.by(by).months is None


def test_ones_own_entries_come_from_months_of_the_projects_too():
    found = below(Same("project_id"), seen=OWN).months

    assert found is not None
    assert found.rule == OWN.rule
