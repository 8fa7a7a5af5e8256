"""Sums on SQLite: out of months, days or entries, they are what plain Python adds up over the same rows."""

import datetime as dt
from functools import partial
from itertools import groupby

import pytest
from sqlalchemy import literal

from gateway.catalog.entry_groups import GROUP_SORTS
from gateway.catalog.grouping import Grouping, columns_of
from gateway.catalog.time_entries import FILTERS
from gateway.domain.codes import BillingType, TimeEntryStatus
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.databases.statements import SQLITE, compile_statement
from gateway.store.pages.parents import Level, Parents, Same, Span
from gateway.store.pages.selects import ranked_sums, select_columns, sums_of
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.matching import Matching
from gateway.store.totals.measures import Measures
from gateway.store.totals.sums import order_terms
from gateway.store.visibility import viewer_values, visibility
from tests.support.judges.accounts import aggregate, grouped, weight
from tests.support.judges.predicate import holds, words_of
from tests.support.worlds.in_memory import InMemory
from tests.support.worlds.ledger import ADMIN, MEMBER, make_ledger, viewer

EURO = dt.date(2025, 1, 6)  # since when the entries of some people are in another default currency


def made() -> InMemory:
    ledger = make_ledger(seed=6, entries=200)
    for row in ledger.time_entries:
        if row.person_id == MEMBER and row.date < EURO:
            row.currency_default = "HRK"
    return InMemory(ledger)


STORE = made()
NAMES = ("count", "time", "billableTime", "cost", "costDefault")


def measures_of(*names: str) -> Measures:
    measures = Measures()
    for name in names:
        measures.need(name)
    return measures


MEASURES = measures_of(*NAMES)


def rows_of(person, asked):
    who = viewer(person)
    rows = (row for row in STORE.ledger.entries_of(1) if who.sees_everything or row["person_id"] == person)
    return [row for row in rows if holds(words_of(asked), row, who.time_zone)]


def matching_of(person, asked, level=None):
    who = viewer(person)
    seen = visibility("time_entries", sees_everything=who.sees_everything)
    return Matching.of(ENTRIES, seen, FILTERS.condition(asked, FilterContext(who)), level)


def answer(totals):
    """What `aggregate` says."""
    costs = [{"amount": amount, "currency": currency} for currency, amount in totals.costs()]
    return {name: totals[name] for name in NAMES[:3]} | {"cost": costs, "costDefault": totals.cost_default()}


def run(found, values, person=ADMIN):
    return STORE.run(compile_statement(found, SQLITE), values | viewer_values(viewer(person)))


def ranked_by(matching, grouping, nulls=None, measures=MEASURES):
    sums, sort = matching.sums(), grouping.sort
    terms = None if sort is None else partial(order_terms, sort.measure)
    columns = columns_of(grouping.keys, sums, submission=True)
    return ranked_sums(
        sums.table, columns, measures.columns(sums), measures.split(sums), sums.condition,
        order=grouping.order, terms=terms, nulls=nulls, parent=sums.parent,
    )  # fmt: skip


def groups_of(matching, grouping, person=ADMIN):
    """All groups in order: their keys, and what they add up to."""
    ranked = ranked_by(matching, grouping)
    width, split = len(grouping.keys), [ranked.cte.c.currency]
    own = ranked.cte.c
    keys = [own[column.key] for column in columns_of(grouping.keys, matching.sums(), submission=True)]
    columns = [*keys, ranked.rank, ranked.total, *split, *(own[name] for name in MEASURES.labels())]
    values = matching.values() | {"passed": 0, "last": 1_000}
    rows = run(ranked.between(select_columns(columns, ranked.cte), split), values, person)
    found = [list(members) for _, members in groupby(rows, key=lambda row: row[width])]
    assert {row[width + 1] for row in rows} == ({len(found)} if found else set())
    return [(members[0][:width], answer(MEASURES.read([row[width + 2 :] for row in members]))) for members in found]


PERSON, PROJECT, COMPANY = {"personId": {"eq": "14"}}, {"projectId": {"eq": "11"}}, {"companyId": {"eq": "12"}}
PEOPLE = {"personId": {"in": ["12", "14", "99"]}}
SINCE, SINCE_A_FIRST, UNTIL = {"after": "2024-12-10"}, {"after": "2025-01-01"}, {"before": "2025-10-26"}
UNTIL_A_LAST, WITHIN = {"before": "2025-03-31"}, {"date": {"gt": "2025-03-08", "ltEq": "2025-03-30"}}
FIXED = {"billingTypeId": {"eq": BillingType.FIXED}}
APPROVED = {"status": {"eq": TimeEntryStatus.APPROVED}}
NOT_REJECTED = {"status": {"notEq": TimeEntryStatus.REJECTED}}
SHORT = {"time": {"lt": 60}}
ASKED = (
    None, SINCE, SINCE_A_FIRST, UNTIL, UNTIL_A_LAST, SINCE | UNTIL, SINCE_A_FIRST | UNTIL_A_LAST, WITHIN, PERSON,
    PERSON | SINCE, PEOPLE | UNTIL, PROJECT, PROJECT | SINCE | UNTIL, COMPANY | PERSON, {"responsibleId": {"eq": "11"}},
    FIXED, FIXED | SINCE, APPROVED, APPROVED | SINCE, APPROVED | WITHIN, NOT_REJECTED, NOT_REJECTED | UNTIL,
    APPROVED | PERSON, APPROVED | PROJECT, NOT_REJECTED | PROJECT | SINCE | UNTIL, APPROVED | SINCE_A_FIRST | PERSON,
    SHORT, SHORT | SINCE,
)  # fmt: skip
BY = (
    ("MONTH",),
    ("PERSON",),
    ("PROJECT", "YEAR"),
    ("COMPANY",),
    ("BILLING_TYPE",),
    ("WEEK",),
    ("DATE",),
    ("PERSON", "DATE"),
)


@pytest.mark.parametrize("person", [ADMIN, MEMBER])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_sums_are_those_of_the_same_entries(asked, person):
    matching, rows = matching_of(person, asked), rows_of(person, asked)

    sums = matching.sums()
    found = run(
        sums_of(sums.table, MEASURES.columns(sums), MEASURES.split(sums), sums.condition), matching.values(), person
    )

    assert answer(MEASURES.read(found)) == aggregate(rows)


@pytest.mark.parametrize("asked", [{"personId": {"eq": "99"}}, {"personId": {"eq": "99"}} | SHORT], ids=str)
def test_nothing_adds_up_to_nothing(asked):
    matching, measures = matching_of(ADMIN, asked), measures_of("count", "time", "costDefault")
    sums = matching.sums()

    [row] = run(sums_of(sums.table, measures.columns(sums), [], sums.condition), matching.values())

    assert row == (0, 0, 0, 0, None, None)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_groups_are_those_of_the_same_entries(asked):
    rows = rows_of(ADMIN, asked)
    for keys in BY:
        found = groups_of(matching_of(ADMIN, asked).by(keys), Grouping(keys, Page(0)))

        expected = grouped(rows, keys, submission=True)
        assert found == [(values, aggregate(members)) for values, members in expected], keys


ORDERED = [(None, False), *((sort, descending) for sort in GROUP_SORTS.values() for descending in (True, False))]


def in_order(rows, keys, sort, *, descending):
    found = grouped(rows, keys, submission=True)
    if sort is not None:
        found.sort(key=lambda group: weight(group[1], sort.word, descending=descending))
    return found


@pytest.mark.parametrize("asked", [None, SINCE, SHORT, APPROVED], ids=str)
@pytest.mark.parametrize(("sort", "descending"), ORDERED[1:], ids=str)
def test_groups_come_in_the_order_of_a_sum(asked, sort, descending):
    rows = rows_of(ADMIN, asked)
    for keys in (("PERSON",), ("PROJECT", "MONTH")):
        found = groups_of(matching_of(ADMIN, asked).by(keys), Grouping(keys, Page(0), sort, descending=descending))

        expected = in_order(rows, keys, sort, descending=descending)
        assert found == [(values, aggregate(members)) for values, members in expected], keys


@pytest.mark.parametrize("asked", [None, SHORT], ids=str)
@pytest.mark.parametrize("sort", [GROUP_SORTS["TIME"], GROUP_SORTS["COST_DEFAULT"]], ids=str)
def test_groups_that_no_currency_splits_come_in_the_order_of_a_sum_too(asked, sort):
    matching, measures = matching_of(ADMIN, asked).by(("PERSON",)), measures_of("count", "time", "costDefault")
    grouping = Grouping(("PERSON",), Page(0), sort, descending=True)
    ranked = ranked_by(matching, grouping, measures=measures)
    columns = select_columns([ranked.cte.c.person_id, ranked.rank], ranked.cte)

    found = run(ranked.between(columns, []), matching.values() | {"passed": 0, "last": 1_000})

    expected = in_order(rows_of(ADMIN, asked), ("PERSON",), sort, descending=True)
    assert found == [(person, rank) for rank, ((person,), _) in enumerate(expected, 1)]


@pytest.mark.parametrize(("passed", "last"), [(0, 1), (1, 3), (2, 2), (2, 4), (4, 99), (99, 120)])
def test_groups_between_two_ranks_come_with_the_very_first_each_in_the_order_of_its_parts(passed, last):
    matching, grouping = matching_of(ADMIN, None).by(("PERSON",)), Grouping(("PERSON",), Page(0))
    ranked = ranked_by(matching, grouping)
    columns = select_columns([ranked.rank, ranked.cte.c.currency], ranked.cte)
    every = run(ranked.between(columns, [ranked.cte.c.currency]), matching.values() | {"passed": 0, "last": 99})
    assert len({rank for rank, _ in every}) > 4

    for then in (ranked.cte.c.currency.asc(), ranked.cte.c.currency.desc()):
        found = run(ranked.between(columns, [then]), matching.values() | {"passed": passed, "last": last})

        first = run(ranked.first(columns, [then]), matching.values() | {"first": last})
        ordered = sorted(sorted(every, key=lambda row: row[1], reverse="DESC" in str(then)), key=lambda row: row[0])
        assert found == [row for row in ordered if row[0] == 1 or passed < row[0] <= last]
        assert first == [row for row in ordered if row[0] <= last]


def first_groups(matching, grouping, beyond, first):
    """The first groups beyond some values of the order: whose, values of the order, rank, start, total, sums."""
    nulls = None if beyond is None else [value is None for value in beyond]
    ranked = ranked_by(matching, grouping, nulls)
    own, split = ranked.cte.c, [ranked.cte.c.currency]
    order, owner = [own[key.name] for key, _ in grouping.order.keys], [*ranked.parent]
    columns = [*owner, *order, ranked.rank, *(ranked.start or [literal(1)]), ranked.total]
    statement = ranked.first(
        select_columns([*columns, *split, *(own[name] for name in MEASURES.labels())], ranked.cte), split
    )
    cursor = {f"c{place}": value for place, value in enumerate(beyond or ())}
    rows = run(statement, matching.values() | cursor | {"first": first})
    width = len(columns)
    found = [list(members) for _, members in groupby(rows, key=lambda row: row[: len(owner) + len(order)])]
    return [(members[0][:width], answer(MEASURES.read([row[width:] for row in members]))) for members in found]


@pytest.mark.parametrize("asked", [None, SHORT], ids=str)
@pytest.mark.parametrize(("sort", "descending"), ORDERED, ids=str)
def test_groups_beyond_a_cursor_follow_those_before_it(asked, sort, descending):
    keys, rows = ("PROJECT", "MONTH"), rows_of(ADMIN, asked)
    matching, grouping = matching_of(ADMIN, asked).by(keys), Grouping(keys, Page(0), sort, descending=descending)
    expected = [aggregate(members) for _, members in in_order(rows, keys, sort, descending=descending)]
    everything = first_groups(matching, grouping, None, len(expected))
    assert [sums for _, sums in everything] == expected

    for place in (0, 1, len(expected) - 3, len(expected) - 1):
        (*order, _, _, _), _ = everything[place]
        found = first_groups(matching, grouping, order, 2)

        if place == len(expected) - 1:
            [((*_, rank, start, total), _)] = found
            assert (rank, start, total) == (1, None, len(expected))
        else:
            assert [sums for _, sums in found] == expected[place + 1 : place + 3]
            assert [row[-3:] for row, _ in found] == [
                (rank, place + 2, len(expected)) for rank in range(place + 2, min(place + 4, len(expected) + 1))
            ]


LEVELS = (
    ([Same("project_id")], [(11,), (12,), (99,)]),
    ([Same("person_id")], [(14,), (12,)]),
    ([Same("project_id")], [(None,), (12,)]),
    ([Same("deal_id"), Same("person_id")], [(11, 14), (12, 12)]),
    ([Span("MONTH")], [(dt.date(2025, 3, 1),), (dt.date(2025, 1, 1),)]),
)


def own_rows(rows, links, key):
    names = [link.name for link in links]
    if names == ["MONTH"]:
        return [row for row in rows if row["date"].replace(day=1) == key[0]]
    return [row for row in rows if tuple(row[name] for name in names) == key]


@pytest.mark.parametrize("asked", [None, SINCE, APPROVED, SHORT], ids=str)
@pytest.mark.parametrize(("links", "keys"), LEVELS, ids=str)
def test_each_parent_has_sums_of_its_own(links, keys, asked):
    matching, rows = matching_of(ADMIN, asked, Level(Parents(links, SQLITE), keys)), rows_of(ADMIN, asked)
    sums = matching.sums()
    columns, split = MEASURES.columns(sums), MEASURES.split(sums)

    found = run(
        sums_of(sums.table, [*sums.parent, *columns], [*sums.parent, *split], sums.condition), matching.values()
    )

    parents = matching.parents()
    for key in keys:
        assert key in parents.values()
        own = [row[1:] for row in found if parents[row[0]] == key]
        assert answer(MEASURES.read(own)) == aggregate(own_rows(rows, links, key)), key


@pytest.mark.parametrize("asked", [None, SHORT], ids=str)
@pytest.mark.parametrize(("links", "keys"), LEVELS[:4], ids=str)
@pytest.mark.parametrize("sort", [None, GROUP_SORTS["TIME"]], ids=str)
def test_each_parent_has_groups_of_its_own(links, keys, asked, sort):
    by = ("MONTH",)
    matching = matching_of(ADMIN, asked, Level(Parents(links, SQLITE), keys)).by(by)
    rows, grouping = rows_of(ADMIN, asked), Grouping(by, Page(0), sort, descending=True)

    found, parents = first_groups(matching, grouping, None, 2), matching.parents()

    for key in keys:
        own = [(row[-1], sums) for row, sums in found if parents[row[0]] == key]
        expected = in_order(own_rows(rows, links, key), by, sort, descending=True)
        assert own == [(len(expected), aggregate(members)) for _, members in expected[:2]], key


@pytest.mark.parametrize(("links", "keys"), LEVELS[:4], ids=str)
def test_groups_of_each_parent_beyond_a_month_follow_it(links, keys):
    by, month = ("MONTH",), dt.date(2025, 1, 1)
    matching = matching_of(ADMIN, None, Level(Parents(links, SQLITE), keys)).by(by)

    found, parents = first_groups(matching, Grouping(by, Page(0)), [month], 2), matching.parents()

    for key in keys:
        groups = grouped(own_rows(rows_of(ADMIN, None), links, key), by, submission=True)
        beyond = [(rank, aggregate(members)) for rank, ((first,), members) in enumerate(groups, 1) if first > month]
        start, shown = (
            (beyond[0][0], beyond[:2]) if beyond else (None, [(1, aggregate(groups[0][1]))] if groups else [])
        )
        own = [(row[-3:], sums) for row, sums in found if parents[row[0]] == key]
        assert own == [((rank, start, len(groups)), sums) for rank, sums in shown], key
