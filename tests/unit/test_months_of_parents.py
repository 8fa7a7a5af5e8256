"""Months of parents: which sums of lists below records come from months."""

import pytest

from gateway.catalog.time_entries import FILTERS
from gateway.querying.conditions import EVERYTHING
from gateway.querying.operands import FilterContext
from gateway.store.databases.statements import SQLITE
from gateway.store.pages.parents import Level, Parents, Same, Span
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import PROJECTS
from gateway.store.totals.coverage import Covered
from gateway.store.totals.matching import Matching
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

ALL, OWN = (visibility("time_entries", sees_everything=everything) for everything in (True, False))


def below(*links, keys=((7,), (8,)), asked=None, seen=ALL):
    condition = FILTERS.condition(asked, FilterContext(viewer(ADMIN)))
    return Matching.of(ENTRIES, seen, condition, Level(Parents(links, SQLITE), keys) if links else None)


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
    ("links", "asked", "by"),
    [
        ([(Same("deal_id"))], {}, ()),
        ([Span("MONTH")], {"keys": (("2025-03-01",),)}, ()),
        ([Same("project_id"), Same("person_id")], {"keys": ((7, 8),)}, ()),
        ([Same("project_id")], {"keys": ((7,), (None,))}, ()),
        ([Same("project_id")], {"asked": {"time": {"gt": 60}}}, ()),
        ([Same("project_id")], {"asked": {"projectId": {"eq": "7"}}}, ()),
        ([Same("project_id")], {}, ("DATE",)),
        ([Same("project_id")], {}, ("DEAL",)),
        ([Same("person_id")], {}, ("PROJECT",)),
        ([Same("person_id")], {"asked": {"after": "2025-01-15", "before": "2025-01-20"}}, ()),
        ([], {"asked": {"time": {"gt": 60}}}, ()),
        ([], {}, ("DEAL",)),
    ],
    ids=str,
)
def test_others_come_from_the_rows_themselves(links, asked, by):
    assert below(*links, **asked).by(by).months is None


def test_lists_that_hang_on_nothing_come_from_months_too():
    everything = below()

    assert everything.months == Covered({}, None, None, None)
    assert everything.by(("PERSON",)).months == Covered({}, None, None, None, keys=frozenset({"PERSON"}))


def test_there_are_months_of_entries_alone():
    projects = Matching.of(PROJECTS, visibility("projects", sees_everything=True), EVERYTHING)

    assert projects.months is None
    assert projects.sums().table is PROJECTS


def test_ones_own_entries_come_from_months_of_the_projects_too():
    found = below(Same("project_id"), seen=OWN).months

    assert found is not None
    assert found.rule == OWN.rule
