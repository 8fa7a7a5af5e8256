import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.costs import AMOUNTS, SUFFIXES, Labels, Prices, cost
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import HourlyRate
from gateway.seeding.calendar import sizes_for
from gateway.seeding.filling import SeedReport, seed
from gateway.store.bulk.batches import StoreNotEmpty
from gateway.store.databases.failures import StoreUnavailable

TODAY = dt.date(2026, 11, 24)
ENTRIES = 3_000


def fill(path: Path, *, entries: int = ENTRIES, number: int = 1, today: dt.date = TODAY) -> SeedReport:
    return seed(f"sqlite+aiosqlite:///{path}", entries, number, today=today)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seed") / "gateway.db"
    fill(path)
    return path


@pytest.fixture
def store(seeded) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(seeded)) as connection:
        yield connection


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in sorted(tables)}


def test_the_same_arguments_make_the_same_data(seeded, tmp_path):
    fill(tmp_path / "again.db")

    again, first = dump(tmp_path / "again.db"), dump(seeded)
    stamps = [[stamp for *_, stamp, _ in made.pop("change_counters")] for made in (again, first)]
    assert again == first
    assert len({*stamps[0], *stamps[1]}) == 4  # those of no two stores are the same


def test_another_seed_makes_other_data(seeded, tmp_path):
    fill(tmp_path / "other.db", number=2)

    assert dump(tmp_path / "other.db")["time_entries"] != dump(seeded)["time_entries"]


@pytest.mark.parametrize("entries", [1, 7, 400])
def test_exactly_as_many_entries_are_made_as_asked(tmp_path, entries):
    report = fill(tmp_path / "few.db", entries=entries)

    assert report.counts["time_entries"] == entries
    assert report.counts["organizations"] == 2


@pytest.mark.parametrize("entries", [0, -1, 100_000_001])
def test_an_absurd_number_is_refused_before_a_file_is_made(tmp_path, entries):
    with pytest.raises(ValueError, match="choose from 1 to 100,000,000"):
        fill(tmp_path / "none.db", entries=entries)

    assert not (tmp_path / "none.db").exists()


def test_a_store_with_data_is_left_alone(seeded):
    before = dump(seeded)

    with pytest.raises(StoreNotEmpty, match="already has organizations"):
        fill(seeded)

    assert dump(seeded) == before


def test_an_interrupted_seed_leaves_nothing_behind(tmp_path):
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(f"sqlite:///{tmp_path / 'half.db'}", ENTRIES, today=TODAY, progress=interrupt)

    assert dump(tmp_path / "half.db") == {}
    fill(tmp_path / "half.db", entries=10)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("no database" * 100)

    with pytest.raises(StoreUnavailable, match=r"notes\.txt"):
        fill(tmp_path / "notes.txt")


def test_every_constraint_and_reference_holds(store):
    assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_store_is_ready_to_serve(store):
    assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.execute("SELECT organization_id, last_id FROM change_counters").fetchall() == [(1, 0), (2, 0)]
    assert store.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'time_entries'").fetchone() > (30,)


def test_entries_carry_what_their_service_and_deal_say(store):
    wrong = store.execute(
        """
        SELECT count(*) FROM time_entries e
        JOIN services s ON s.id = e.service_id JOIN deals d ON d.id = s.deal_id
        JOIN organizations o ON o.id = e.organization_id JOIN people p ON p.id = e.person_id
        WHERE (e.deal_id, e.project_id, e.company_id, e.responsible_id, e.billing_type_id, e.deal_subsidiary_id)
           IS NOT (d.id, d.project_id, d.company_id, d.responsible_id, s.billing_type_id, d.subsidiary_id)
           OR (e.currency, e.currency_default, e.currency_normalized)
           IS NOT (d.currency, o.currency, coalesce(o.reporting_currency, d.currency))
           OR (s.organization_id, d.organization_id, p.organization_id) IS NOT (o.id, o.id, o.id)
           OR e.person_subsidiary_id IS NOT p.subsidiary_id
        """
    ).fetchone()

    assert wrong == (0,)


def test_entries_carry_what_their_task_timesheet_and_invoice_say(store):
    wrong = store.execute(
        """
        SELECT count(*) FROM time_entries e
        LEFT JOIN tasks t ON t.id = e.task_id LEFT JOIN timesheets h ON h.id = e.timesheet_id
        LEFT JOIN invoice_attributions a ON a.id = e.invoice_attribution_id LEFT JOIN invoices i ON i.id = a.invoice_id
        WHERE t.project_id <> e.project_id OR (h.person_id, h.date) <> (e.person_id, e.date)
           OR e.submitted <> (e.timesheet_id IS NOT NULL) OR e.invoice_id IS NOT i.id OR a.deal_id <> e.deal_id
           OR e.invoicing_status_id <> CASE WHEN a.id IS NULL THEN 1 WHEN i.finalized_on IS NULL THEN 2 ELSE 3 END
        """
    ).fetchone()

    assert wrong == (0,)


def test_amounts_are_those_of_the_rates_that_are_stored_with_them(store):
    names = [f"{name}{suffix}{scale}" for name in AMOUNTS for suffix in SUFFIXES for scale in ("", "_unrounded")]
    rows = store.execute(
        f"SELECT time, overhead, currency, currency_default, currency_normalized, rates, {', '.join(names)} "
        "FROM time_entries WHERE id % 7 = 0"
    )

    for minutes, overhead, currency, default, normalized, text, *amounts in rows:
        rates = json.loads(text)
        known = {tuple(pair.split("/")): rate for pair, rate in rates["exchange"].items()}
        prices = Prices(
            labels=Labels(currency, default, normalized),
            work=HourlyRate(**rates["work"]) if rates["work"] else None,
            internal_overhead=rates["overhead"]["internal"],
            facility_overhead=rates["overhead"]["facility"],
            exchange=ExchangeRates(known),
        )
        expected = cost(minutes=minutes, prices=prices, overhead=bool(overhead)).amounts
        assert dict(zip(names, amounts, strict=True)) == expected


@pytest.mark.parametrize(
    "state",
    [
        "approved",
        "rejected AND rejected_reason IS NOT NULL",
        "rejected AND rejected_reason IS NULL",
        "status_id = 2 AND submitted",
        "status_id = 2 AND NOT submitted",
        "autotracked",
        "timer_started_at IS NOT NULL AND track_method_id = 2",
        "timer_stopped_at IS NOT NULL",
        "time = 0",
        "billing_type_id = 3 AND billable_time = 0 AND time > 0",
        "invoicing_status_id = 2",
        "invoicing_status_id = 3",
        "NOT overhead",
        "jira_issue_id IS NOT NULL",
        "note IS NULL",
        "note LIKE '%\n%'",
        "note LIKE '<%'",
        "cost = 0 AND time > 0",
        "currency = 'JPY'",
        "organization_id = 2 AND date = '2026-11-24'",
        "date < '2022-01-01'",
    ],
)
def test_every_state_occurs(store, state):
    assert store.execute(f"SELECT 1 FROM time_entries WHERE {state} LIMIT 1").fetchone() == (1,)


def test_nothing_lies_in_the_future_of_the_last_day(store):
    columns = "created_at, updated_at, coalesce(started_at, 0), coalesce(approved_at, 0), coalesce(rejected_at, 0)"
    (latest,) = store.execute(f"SELECT max(max({columns}, coalesce(timer_stopped_at, 0))) FROM time_entries").fetchone()

    assert latest < dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC).timestamp() * 1000


def test_a_person_runs_one_timer_at_most(store):
    counts = store.execute("SELECT count(*) FROM time_entries WHERE timer_started_at IS NOT NULL GROUP BY person_id")

    assert {count for (count,) in counts} == {1}


def test_the_cast_of_a_demo_is_of_the_first_organization(store, tmp_path):
    report = fill(tmp_path / "cast.db")

    first = report.casts[0]
    cast = [first.admin_id, first.manager_id, first.member_id]
    rows = [
        store.execute("SELECT organization_id, role, can_see_costs FROM people WHERE id = ?", (id,)).fetchone()
        for id in cast
    ]

    assert rows == [(1, "ADMIN", 0), (1, "MANAGER", 1), (1, "MEMBER", 0)]


def test_data_grows_by_people_and_projects_and_not_by_entries_a_project():
    for entries in (1_000_000, 10_000_000):
        sizes = sizes_for(entries)

        assert sum(size.entries for size in sizes) == entries
        assert {round(size.entries / size.client_projects, -2) for size in sizes} == {2_500}
        assert {round(size.entries / size.people, -2) for size in sizes} == {3_900}
    assert len(sizes_for(1_000_000)) == 2
    assert len(sizes_for(10_000_000)) == 4
