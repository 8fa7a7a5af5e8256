"""Projections: each column once, each join only where it is needed, and rows in the form that was wanted."""

import datetime as dt
import sqlite3
from contextlib import closing
from enum import Enum

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, func, select

from gateway.querying.formats import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER_AS_TEXT,
    PLAIN,
    Format,
    computed,
    global_id_format,
    joined,
    word_format,
)
from gateway.querying.projections import Column as Value
from gateway.querying.projections import Constant, Inline, Many, One, Projection, Target, Want
from gateway.store.databases.statements import SQLITE, compile_statement

METADATA = MetaData()
TEAMS = Table(
    "teams",
    METADATA,
    Column("id", BigInteger),
    Column("name", Text),
    Column("lead_id", BigInteger),
    Column("open", BigInteger),
)
PLAYERS = Table(
    "players",
    METADATA,
    Column("id", BigInteger),
    Column("name", Text),
    Column("team_id", BigInteger),
    Column("pay", BigInteger),
)
ROWS = """
CREATE TABLE teams (id, name, lead_id, open);
CREATE TABLE players (id, name, team_id, pay);
INSERT INTO teams VALUES (1, 'Reds', 11, 1), (2, 'Blues', NULL, 0);
INSERT INTO players VALUES (11, 'Ana', 1, 500), (12, 'Iva', 2, NULL), (13, 'Eve', NULL, 700);
"""


class Size(Enum):
    SMALL = 500
    LARGE = 700


def everything(_row):
    return None


def only_open(row):
    return row.c.open == 1


def value(name, format=PLAIN, **more):
    return Want(name, Value((lambda row: row.c[name],), format, **more))


def team(*wants, visible=everything, nullable=True, key="team"):
    return Want(key, One("team_id", Target(TEAMS, visible), nullable), wants)


def lead(*wants):
    return Want("lead", One("lead_id", Target(PLAYERS, everything), nullable=True), wants)


ID = value("id", global_id_format("Player"))
TEAM_ID = value("id", global_id_format("Team"))


def answer(projection, shape, **more):
    statement = select(*projection.columns).select_from(projection.select_from()).order_by(PLAYERS.c.id)
    with closing(sqlite3.connect(":memory:")) as database, database:
        database.executescript(ROWS)
        rows = database.execute(compile_statement(statement, SQLITE).text, more.pop("bound", ())).fetchall()
    database.close()
    return shape(rows, lambda instant: f"at {instant}", **more)


def names_of(projection):
    return [getattr(column, "key", None) for column in projection.columns]


def project(*wants, sees=frozenset()):
    projection = Projection(PLAYERS, "sqlite", sees=sees)
    return projection, projection.shaper(wants)


def test_each_column_is_selected_once_and_rows_have_the_wanted_keys_in_order():
    projection, shape = project(value("name"), ID, Want("again", value("name").source), value("name"))

    assert names_of(projection) == ["name", "id"]
    assert projection.joins == []
    assert [list(row.items()) for row in answer(projection, shape)][:1] == [
        [("name", "Ana"), ("id", "Player:11"), ("again", "Ana")]
    ]


def test_the_id_of_a_related_record_needs_no_join():
    projection, shape = project(team(TEAM_ID))

    assert projection.joins == []
    assert answer(projection, shape) == [{"team": {"id": "Team:1"}}, {"team": {"id": "Team:2"}}, {"team": None}]


def test_a_related_record_is_joined_once_whatever_is_wanted_of_it():
    projection, shape = project(
        team(TEAM_ID), team(value("name"), key="other"), team(TEAM_ID, value("open", BOOLEAN), key="third")
    )

    assert len(projection.joins) == 1
    assert answer(projection, shape)[0] == {
        "team": {"id": "Team:1"},
        "other": {"name": "Reds"},
        "third": {"id": "Team:1", "open": True},
    }


def test_records_behind_records_are_joined_in_turn_and_null_ends_the_way():
    projection, shape = project(value("name"), team(lead(ID, value("name"), team(value("open")))))

    assert len(projection.joins) == 3
    assert answer(projection, shape) == [
        {"name": "Ana", "team": {"lead": {"id": "Player:11", "name": "Ana", "team": {"open": 1}}}},
        {"name": "Iva", "team": {"lead": None}},
        {"name": "Eve", "team": None},
    ]


def test_a_record_that_may_not_be_seen_is_null_even_where_its_id_would_be_enough():
    projection, shape = project(team(TEAM_ID, visible=only_open))

    assert len(projection.joins) == 1
    assert answer(projection, shape, bound=(1,)) == [{"team": {"id": "Team:1"}}, {"team": None}, {"team": None}]


def test_a_secret_is_null_and_not_even_selected_for_who_may_not_see_it():
    pay = value("pay", NUMBER_AS_TEXT, nullable=True, hidden="pay")

    hidden, nothing = project(value("name"), pay)
    shown, all_of_it = project(value("name"), pay, sees=frozenset({"pay"}))

    assert names_of(hidden) == ["name"]
    assert [row["pay"] for row in answer(hidden, nothing)] == [None, None, None]
    assert [row["pay"] for row in answer(shown, all_of_it)] == ["500", None, "700"]


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        (PLAIN, [500, None, 700]),
        (NUMBER_AS_TEXT, ["500", None, "700"]),
        (BOOLEAN, [True, None, True]),
        (INSTANT, ["at 500", None, "at 700"]),
        (word_format(Size), ["SMALL", None, "LARGE"]),
        (global_id_format("Pay"), ["Pay:500", None, "Pay:700"]),
        (computed(lambda pay: pay // 100), [5, None, 7]),
        (computed(lambda instant, pay: f"{instant(pay)}!", "instant"), ["at 500!", None, "at 700!"]),
    ],
)
def test_a_value_has_the_form_of_its_kind_and_null_stays_null(format, expected):
    projection, shape = project(value("pay", format, nullable=True))

    assert [row["pay"] for row in answer(projection, shape)] == expected


def test_a_value_may_be_made_of_several_columns():
    both = (lambda row: row.c.name, lambda row: row.c.pay)
    projection, shape = project(
        Want("joined", Value((both[0], both[0]), joined(" & "))),
        Want("computed", Value(both, computed(lambda name, pay: [name, pay]))),
        Want("again", Value(both, computed(lambda instant, name, pay: [instant(pay), name], "instant"))),
    )

    assert answer(projection, shape)[0] == {
        "joined": "Ana & Ana", "computed": ["Ana", 500], "again": ["at 500", "Ana"],
    }  # fmt: skip


@pytest.mark.parametrize(("dialect", "day"), [("sqlite", "2025-03-30"), ("postgresql", dt.date(2025, 3, 30))])
def test_a_day_is_text_whatever_the_driver_hands_over(dialect, day):
    shape = Projection(PLAYERS, dialect).shaper([value("pay", DATE)])

    assert shape([(day,)], str) == [{"pay": "2025-03-30"}]


def test_an_answer_is_at_least_as_long_as_its_texts_keys_and_marks():
    texts = value("name", weight=5, repeats=2)
    projection, _ = project(ID, texts, Want("more", Inline(), (texts, value("pay"))), team(value("name")))

    size = projection.size()

    rows = [(11, "Ana", 500, "Reds", 1), (12, "", None, None, None)]
    assert names_of(projection) == ["id", "name", "pay", "name", "team_id"]
    assert size.texts(rows) == 4 * (len("Ana") + len("Reds"))  # not more than each as often as the most frequent
    assert size.others == len('{"id":,"name":,"more":{"name":,"pay":,},"team":{"name":,},}') + size.values
    assert size.values == 4 + 2 + 1 + 2 * (texts.source.weight - 1)


def test_more_columns_stand_behind_those_there_are_and_none_is_selected_twice():
    projection, _ = project(value("name"), team(value("open")))
    joined = projection.joins[0][0]
    upper = func.upper(PLAYERS.c.name)

    columns, places = projection.with_more([PLAYERS.c.pay, upper, PLAYERS.c.name, joined.c.open, joined.c.name])

    assert columns == [*projection.columns, PLAYERS.c.pay, upper, joined.c.name]
    assert places == [3, 4, 0, 1, 5]
    assert names_of(projection) == ["name", "open", "team_id"]


def test_cells_are_the_values_of_each_row_and_null_where_a_record_is_missing():
    projection = Projection(PLAYERS, "sqlite")
    name = Value((lambda row: row.c.name,), Format("{0}.upper()"))
    [team_place] = [projection.related(One("team_id", Target(TEAMS, everything), nullable=True), projection.root)]

    cells = projection.cells([(name, projection.root), (name, team_place)])

    assert answer(projection, cells) == [("ANA", "REDS"), ("IVA", "BLUES"), ("EVE", None)]


class Tags:
    statements = 1

    async def load(self, _run, _parents):
        raise NotImplementedError


def test_constants_inline_objects_and_lists_of_another_statement():
    loader, shared = Tags(), ["a"]
    tags, last = Want("tags", Many(loader)), Want("last", Many(Tags(), default="None"))
    constants = [Want(key, Constant(value)) for key, value in (("__typename", "Player"), ("n", None), ("a", shared))]
    projection, shape = project(*constants, Want("self", Inline(), (ID, tags, last)))

    (many, place), _ = projection.many
    assert many.load is loader
    assert projection.columns[place] is PLAYERS.c.id
    found = answer(projection, shape, many=[{12: ["quick"]}, {13: "slow"}])
    assert [row["self"] for row in found] == [
        {"id": "Player:11", "tags": [], "last": None},
        {"id": "Player:12", "tags": ["quick"], "last": None},
        {"id": "Player:13", "tags": [], "last": "slow"},
    ]
    assert [(row["__typename"], row["n"]) for row in found] == [("Player", None)] * 3
    assert all(row["a"] is shared for row in found)


@pytest.mark.parametrize(("columns", "name"), [(("name", "id"), "id"), (("team_id", "name"), "team_id")])
def test_rows_are_told_apart_by_their_id_or_by_their_first_column(columns, name):
    rows = select(*(PLAYERS.c[column] for column in columns)).subquery()
    projection = Projection(rows, "sqlite")
    projection.shaper([Want("tags", Many(Tags()))])

    assert projection.columns == [rows.c[name]]


def test_what_is_computed_in_sql_is_selected_for_each_that_wants_it():
    shout = Value((lambda row: func.upper(row.c.name),))
    projection, shape = project(value("name"), Want("one", shout), Want("other", shout))

    assert names_of(projection)[0] == "name"
    assert len(projection.columns) == 3
    assert answer(projection, shape)[0] == {"name": "Ana", "one": "ANA", "other": "ANA"}


def test_two_shapes_share_the_columns_of_one_statement():
    projection = Projection(PLAYERS, "sqlite")
    names, ids = projection.shaper([value("name")]), projection.shaper([ID, value("name")])

    assert names_of(projection) == ["name", "id"]
    assert answer(projection, names)[0] == {"name": "Ana"}
    assert answer(projection, ids)[0] == {"id": "Player:11", "name": "Ana"}


def test_a_key_is_only_ever_text():
    projection, shape = project(Want("""it's "so"}: {""", value("name").source))

    assert answer(projection, shape)[0] == {"""it's "so"}: {""": "Ana"}
