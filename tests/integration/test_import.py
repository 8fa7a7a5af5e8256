import asyncio
import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import Attributes
from gateway.domain.rounding import INTERVALS, RoundingMethod
from gateway.imports.preparing import ImportOptions
from gateway.imports.records import Counts, ImportRefused, ImportReport
from gateway.imports.rows import TABLES, brought_values
from gateway.jsonapi.importing import import_files, import_into
from gateway.jsonapi.kinds import InvalidValue, Kind
from gateway.jsonapi.reading import NOT_STORED
from gateway.jsonapi.resources import RENAMED, RESOURCES
from gateway.operations import time_entries
from gateway.operations.timesheets import submit_timesheet
from gateway.operations.work import Work
from gateway.store.databases.database import Connection, Database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.rows import Row
from gateway.store.schema.tables import ApprovalStatusRow, OrganizationRow, PersonRow, TaskRow
from tests.support.worlds.documents import Json, amounts, document, entry, link, office, resource, save
from tests.support.worlds.office import NOW, SECOND, furnish, logged, stored, table_rows
from tests.support.worlds.office import entry as stored_entry

pytestmark = pytest.mark.asyncio(loop_scope="module")
LATER = NOW + 86_400_000
MINE = {"organization": ("organizations", 1)}


ANA = Viewer(
    organization_id=1,
    person_id=11,
    role=Role.ADMIN,
    can_see_costs=True,
    time_zone="Europe/Berlin",
    timesheet_submission=False,
)


async def make_entry(database: Database) -> int:
    """Make an entry as a mutation does."""
    given = Attributes(date=dt.date(2016, 10, 1), person_id=12, service_id=51, time=1)
    return await database.write(
        lambda connection: time_entries.create_time_entry(Work(connection, ANA, lambda: NOW), given)
    )


@pytest.fixture
def empty(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def bring(empty: Database, tmp_path: Path):
    """Import documents; `at` is the moment, each of them a file unless `name` says that they are lines of one."""

    async def run(*documents: Json, at: int = NOW, dry_run: bool = False, **options: Any) -> ImportReport:
        files = [save(tmp_path / f"{number}.json", each) for number, each in enumerate(documents)]
        return await import_into(empty, files, ImportOptions(now=at, **options), dry_run=dry_run)

    return run


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    rows = {row.__tablename__: row for row in Row.__subclasses__() if hasattr(row, "__table__")}
    return {str(name): await table_rows(database, row) for name, row in rows.items()}


def changes_nothing(report: ImportReport) -> bool:
    """Tell whether the store had everything already."""
    return not report.followed and not any(count.created or count.updated for count in report.counts.values())


async def refused(bring, *documents: Json, **options: Any) -> list[str]:
    with pytest.raises(ImportRefused) as raised:
        await bring(*documents, **options)
    return [
        f"{Path(problem.place.file).name} {problem.place.pointer}: {problem.expected}"
        for problem in raised.value.problems
    ]


def changed(resources: list[Json], type: str, id: int, **attributes: Any) -> list[Json]:
    """The resources, with other attributes in one of them."""
    return [
        each | {"attributes": each["attributes"] | attributes}
        if (each["type"], each["id"]) == (type, str(id))
        else each
        for each in resources
    ]


def relinked(resources: list[Json], type: str, id: int, **links: tuple[str, int]) -> list[Json]:
    """The resources, with other relationships in one of them."""
    new = {name: link(*target) for name, target in links.items()}
    return [
        each | {"relationships": each["relationships"] | new} if (each["type"], each["id"]) == (type, str(id)) else each
        for each in resources
    ]


# ---- what is made of an entry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("newer", [70, 72])  # before the older one and after it, by id
async def test_of_salaries_that_overlap_the_one_that_began_last_is_valid_for_imports_and_for_writes(
    bring, empty, newer
):
    salary = resource(
        "salaries", newer, cost=6000, currency="EUR", started_on="2016-09-01", links={"person": ("people", 12)}
    )

    await bring(document(entry(225, time=60), included=[*office(), salary]))
    made = await make_entry(empty)

    imported, written = await stored(empty, 225), await stored(empty, made)
    assert (imported["time"], imported["cost"]) == (60, 6000)
    assert (written["time"], written["cost"]) == (1, 100)


async def test_what_an_entry_does_not_bring_is_made_as_a_create_would(bring, empty):
    report = await bring(document(entry(225)))

    row = await stored(empty, 225)
    assert report.counts["time_entries"] == Counts(created=1)
    assert row["billable_time"] == 480
    assert (row["currency"], row["currency_default"], row["currency_normalized"]) == ("EUR", "USD", "EUR")
    assert (row["cost"], row["cost_default"], row["work_cost_unrounded"]) == (16_000, 20_000, 16_000 * 60_000)
    assert json.loads(row["rates"])["work"] == {"minor": 2000, "currency": "EUR"}
    assert (row["deal_id"], row["project_id"], row["company_id"], row["responsible_id"]) == (41, 31, 21, 11)
    assert (row["deal_subsidiary_id"], row["person_subsidiary_id"]) == (3, None)
    assert (row["created_at"], row["updated_at"], row["last_activity_at"]) == (NOW, NOW, NOW)
    assert (row["track_method_id"], row["overhead"], row["approved"], row["revision"]) == (1, True, False, 1)


async def test_what_an_entry_brings_is_kept(bring, empty):
    brought: Json = {
        "date": "2024-02-23",
        "created_at": "2025-08-01T06:18:41.728+02:00",
        "updated_at": "2025-08-01T06:19:42.661+02:00",
        "last_activity_at": "2025-08-01T06:18:41.728+02:00",
        "time": 40,
        "billable_time": 41,
        "note": "",
        "track_method_id": 7,
        "approved": True,
        "approved_at": "2016-08-01T06:19:42.000+02:00",
        "calendar_event_id": 9_007_199_254_740_993,
        "overhead": False,
        "currency": "GBP",
        "currency_default": "HRK",
        "currency_normalized": "JPY",
    }

    await bring(document(entry(1, **brought, **amounts(cost=7, work_cost=5, cost_default=3))))

    row = await stored(empty, 1)
    assert {name: row[name] for name in brought if not name.endswith("_at")} == {
        name: value for name, value in brought.items() if not name.endswith("_at")
    } | {"date": dt.date(2024, 2, 23)}
    assert (row["created_at"], row["updated_at"]) == (1_754_021_921_728, NOW)
    assert row["approved_at"] == 1_470_025_182_000
    assert (row["cost"], row["cost_unrounded"], row["cost_default_unrounded"]) == (7, 420_000, 180_000)
    assert row["rates"] is None


async def test_some_amounts_are_kept_and_the_others_made(bring, empty):
    await bring(document(entry(1, cost=1)))

    row = await stored(empty, 1)
    assert (row["cost"], row["cost_unrounded"], row["work_cost"], row["cost_default"]) == (1, 60_000, 16_000, 20_000)


async def test_a_service_that_bills_nothing_has_no_billable_time(bring, empty):
    await bring(document(entry(1, links={"service": ("services", 52)})))

    assert (await stored(empty, 1))["billable_time"] == 0


async def test_an_entry_of_a_deal_without_approval_is_approved_at_its_creation(bring, empty):
    open_deal = changed(office(), "deals", 41, time_approval=False)

    await bring(document(entry(1, created_at="2025-08-01T06:18:41.728+02:00"), included=open_deal))

    row = await stored(empty, 1)
    assert (row["approved"], row["approved_at"]) == (True, 1_754_021_921_000)


async def test_an_entry_that_was_approved_for_its_deal_is_undecided_on_a_deal_that_needs_approval(bring, empty):
    two_deals = [
        *changed(office(), "deals", 41, time_approval=False),
        resource("deals", 42, name="Other", currency="EUR", links=MINE),
        resource("services", 53, name="Other", links={"deal": ("deals", 42)}),
    ]
    await bring(document(entry(1), entry(2), included=two_deals))
    moved = {"service": ("services", 53)}

    await bring(document(entry(1, links=moved), entry(2, links=moved, approved=True), included=[]), at=LATER)

    first, second = await table_rows(empty, TimeEntryRow)
    assert (first["approved"], first["approved_at"]) == (False, None)
    assert (second["approved"], second["approved_at"]) == (True, SECOND)


async def test_the_settings_of_an_organization_are_imported(bring, empty):
    await bring(document(included=changed(office(), "organizations", 1, reapprove_edited=True, lock_approved=True)))

    [row] = await table_rows(empty, OrganizationRow)
    assert (row["reapprove_edited"], row["lock_approved"]) == (True, True)


# Values of any kind: the first one that an attribute can have and has not is what it becomes.
OTHERS = ("32", "2017-01-01", 7, 1, 2, 3, True, False, "USD", "EUR", "0.5", "Europe/Zagreb", "manager")
WORDS = (*RoundingMethod, *INTERVALS)


def other(kind: Kind, value: object) -> object:
    """Return another value than this one that an attribute of a kind can have."""
    for candidate in (*OTHERS, *WORDS):
        with suppress(InvalidValue):
            if kind(candidate) != value:
                return candidate
    raise LookupError("no other value is known")


@pytest.mark.parametrize("type_", sorted({each["type"] for each in office()} | {"invoices"}))
async def test_whatever_changes_of_a_record_is_changed_of_that_one_alone(bring, empty, type_):
    mine = {"organization": ("organizations", 1)}
    seconds = [resource("projects", 32, name="Other", links=mine), resource("invoices", 32, links=mine)]
    before = [*office(), *seconds, resource("invoices", 91, number="a", links=mine)]
    await bring(document(included=before))
    stored = await everything(empty)
    record = next(each for each in before if each["type"] == type_ and each["id"] != "32")
    rows = {row["id"]: row for row in stored[type_]}
    row, wanted, said = rows[int(record["id"])], {}, {}
    for name, kind in RESOURCES[type_].attributes.items():
        if name not in NOT_STORED:
            column = RENAMED.get((type_, name), name)
            said[name] = other(kind, row[column])
            wanted[column] = brought_values(TABLES[type_], {column: kind(said[name])})[column]
    changed_ = [each if each is not record else {**each, "attributes": said} for each in before]

    await bring(document(included=changed_), at=NOW + 1)

    after = {row["id"]: row for row in (await everything(empty))[type_]}
    assert {column: after[row["id"]][column] for column in wanted} == wanted
    assert {number: each for number, each in after.items() if number != row["id"]} == {
        number: each for number, each in rows.items() if number != row["id"]
    }


async def test_an_entry_of_a_submitted_day_is_submitted_where_days_are(bring, empty):
    submitting = changed(office(), "organizations", 1, timesheet_submission=True)
    sheet = resource("timesheets", 91, date="2016-10-01", links={"person": ("people", 12)})

    await bring(document(entry(1), entry(2, date="2016-10-02"), included=[*submitting, sheet]))

    assert [(row["submitted"], row["timesheet_id"]) for row in await table_rows(empty, TimeEntryRow)] == [
        (True, 91),
        (False, None),
    ]


async def test_an_entry_follows_its_invoice(bring, empty):
    bills = [
        resource("invoices", 101, number="2016-1", finalized_on="2016-11-01", links=MINE),
        resource("invoices", 102, links=MINE),
        resource("invoice_attributions", 111, amount=5, links={"invoice": ("invoices", 101), "deal": ("deals", 41)}),
        resource("invoice_attributions", 112, links={"invoice": ("invoices", 102)}),
    ]

    await bring(
        document(
            entry(1, invoice_attribution_id="111", invoiced=True),
            entry(2, links={"invoice_attribution": ("invoice_attributions", 112)}),
            entry(3, invoice_attribution_id=None, invoiced=False),
            included=office() + bills,
        )
    )

    rows = await table_rows(empty, TimeEntryRow)
    assert [(row["invoice_id"], row["invoicing_status_id"]) for row in rows] == [(101, 3), (102, 2), (None, 1)]


async def test_texts_are_kept_to_the_byte_and_folded_beside(bring, empty):
    note = " <p>Župan</p>\r\n設計 🐛\t"

    await bring(document(entry(1, note=note, jira_issue_id="ŽU-1", jira_worklog_id="W", jira_organization="O")))

    row = await stored(empty, 1)
    assert (row["note"], row["jira_issue_id"], row["jira_issue_id_folded"]) == (note, "ŽU-1", "žu-1")
    assert (row["jira_worklog_id_folded"], row["jira_issue_status_folded"]) == ("w", None)
    person = (await table_rows(empty, PersonRow))[0]
    assert (person["name_folded"], person["name_plain"]) == ("ana župan", "ana zupan")


async def test_a_tasks_remaining_time_stays_as_its_own_document_says(bring, empty):
    await bring(document(entry(1, links={"task": ("tasks", 61)})))

    assert [row["remaining_time"] for row in await table_rows(empty, TaskRow)] == [600]


async def test_an_entry_names_its_approval_statuses_or_they_name_it(bring, empty):
    named = entry(1)
    named["relationships"]["approval_statuses"] = {"data": [{"type": "approval-statuses", "id": "121"}]}
    statuses = [
        resource("approval_statuses", 121, approved_at="2025-08-01T06:19:42+02:00", note="fine"),
        resource(
            "approval_statuses", 122, rejected_at="2025-08-01T04:19:42Z", links={"time_entry": ("time_entries", 1)}
        ),
    ]

    await bring(document(named, included=office() + statuses))

    rows = await table_rows(empty, ApprovalStatusRow)
    assert [(row["id"], row["time_entry_id"], row["organization_id"]) for row in rows] == [(121, 1, 1), (122, 1, 1)]
    assert rows[0]["approved_at"] == rows[1]["rejected_at"] == 1_754_021_982_000


# ---- how documents are read ---------------------------------------------------------------------------------------


async def test_dasherized_names_are_read_too(bring, empty):
    dashed = {
        "id": "1",
        "type": "time-entries",
        "attributes": {"date": "2016-10-01", "billable-time": 7, "jira-issue-id": "A-1"},
        "relationships": {
            "person": link("people", 12),
            "service": link("services", 51),
            "last-actor": link("people", 11),
        },
    }

    report = await bring(document(dashed))

    row = await stored(empty, 1)
    assert (row["billable_time"], row["jira_issue_id"], row["last_actor_id"]) == (7, "A-1", 11)
    assert not report.unknown


async def test_the_relationship_wins_over_the_attribute_and_either_suffices(bring, empty):
    both = entry(1, service_id=52, task_id="61", person_id=None)
    attribute_only = entry(2, service_id="52")
    attribute_only["relationships"]["service"] = {"meta": {"included": False}}

    await bring(document(both, attribute_only))

    rows = await table_rows(empty, TimeEntryRow)
    assert [(row["service_id"], row["task_id"], row["person_id"]) for row in rows] == [(51, 61, 12), (52, None, 12)]


async def test_what_is_not_understood_is_counted_and_named(bring):
    odd = [entry(1, colour="red"), entry(2, colour="blue", tag_list=[])]
    odd[0]["relationships"]["custom"] = {"data": None}

    report = await bring(document(*odd, included=[*office(), resource("widgets", 1), {"type": "widgets"}]))

    assert report.unknown == {
        "time_entries.colour": 2,
        "time_entries.tag_list": 1,
        "time_entries.custom": 1,
        "type widgets": 2,
    }


async def test_order_does_not_matter_within_files_and_across(bring, empty):
    await bring(document(entry(1), entry(2)))
    expected = await everything(empty)
    reversed_files = [
        document(entry(2), included=[]),
        document(*reversed(office()[6:]), included=[entry(1)]),
        document(included=list(reversed(office()[:8]))),
    ]

    report = await bring(*reversed_files)

    assert changes_nothing(report)
    assert await everything(empty) == expected


async def test_a_resource_belongs_where_what_it_hangs_on_does_or_to_the_documents_only_organization(bring, empty):
    bare = [
        {**each, "relationships": {k: v for k, v in each["relationships"].items() if k != "organization"}}
        for each in office()
    ]
    other = [
        resource("organizations", 2, name="B", currency="SEK", time_zone="Europe/Stockholm"),
        resource("companies", 22, name="B client"),
    ]

    await bring(document(entry(1), included=bare), document(*other, included=[]))

    everyone = await everything(empty)
    assert {row["organization_id"] for row in everyone["people"] + everyone["salaries"] + everyone["services"]} == {1}
    assert [(row["id"], row["organization_id"]) for row in everyone["companies"]] == [(21, 1), (22, 2)]


async def test_one_document_a_line_is_one_import(empty, tmp_path):
    file = save(tmp_path / "all.jsonl", document(entry(1)), document(included=[]), document(entry(2), included=[]))

    report = await import_into(empty, [file], ImportOptions(now=NOW))

    assert report.counts["time_entries"] == Counts(created=2)


async def test_standard_input_is_read_and_tables_are_made(tmp_path, monkeypatch):
    save(tmp_path / "in.json", document(entry(1)))
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    read = []

    with (tmp_path / "in.json").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        report = await asyncio.to_thread(
            import_files, url, ["-"], progress=lambda done, total: read.append((done, total))
        )

    assert report.counts["time_entries"] == Counts(created=1)
    assert read[-1] == ((tmp_path / "in.json").stat().st_size, None)


async def test_a_dry_run_makes_no_store(tmp_path):
    file = save(tmp_path / "in.json", document(entry(1)))

    url = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
    report = await asyncio.to_thread(import_files, url, [file], dry_run=True)

    assert report.counts["time_entries"] == Counts(created=1)
    assert report.dry_run
    assert not (tmp_path / "none.db").exists()


async def test_a_dry_run_says_what_would_change_and_changes_nothing(bring, empty):
    await bring(document(entry(1), entry(2)))
    before = await everything(empty)
    next_time = document(entry(1, note="new"), entry(2), entry(3), included=changed(office(), "deals", 41, name="D"))

    report = await bring(next_time, dry_run=True)

    assert report.counts["time_entries"] == Counts(created=1, updated=1, unchanged=1)
    assert report.counts["deals"] == Counts(updated=1)
    assert await everything(empty) == before


# ---- importing again ----------------------------------------------------------------------------------------------


async def test_doing_it_twice_changes_nothing(bring, empty):
    everything_there = document(entry(1), entry(2, submitted=True, **amounts(cost=3)), entry(3, approved=True))
    await bring(everything_there)
    before = await everything(empty)

    report = await bring(everything_there, at=LATER)

    assert changes_nothing(report)
    assert report.counts["time_entries"] == Counts(unchanged=3)
    assert await everything(empty) == before


async def test_a_changed_entry_is_a_step_of_its_revision_and_a_row_of_the_log(bring, empty):
    await bring(document(entry(1), entry(2)))

    report = await bring(document(entry(1, note="new"), included=[]), at=LATER)

    row = await stored(empty, 1)
    assert report.counts == {"time_entries": Counts(updated=1)}
    assert (row["note"], row["revision"], row["updated_at"], row["last_activity_at"]) == ("new", 2, LATER, NOW)
    log = await logged(empty)
    assert [(each["id"], each["time_entry_id"], each["kind"], each["revision"], each["actor_id"]) for each in log] == [
        (1, 1, "IMPORTED", 1, None),
        (2, 2, "IMPORTED", 1, None),
        (3, 1, "IMPORTED", 2, None),
    ]
    assert log[0]["before"] is None
    before, after = json.loads(log[2]["before"]), json.loads(log[2]["after"])
    assert {name for name in after if after[name] != before[name]} == {"note", "revision", "updated_at"}
    assert (await stored(empty, 2))["revision"] == 1


async def test_another_time_is_priced_again_and_a_brought_updated_at_stays(bring, empty):
    await bring(document(entry(1, billable_time=470)))

    await bring(
        document(entry(1, time=40, updated_at="2025-08-01T06:19:27.503+02:00"), included=[]),
        at=LATER,
    )

    row = await stored(empty, 1)
    assert (row["cost"], row["cost_default"], row["billable_time"]) == (1333, 1667, 30)
    assert row["updated_at"] == 1_754_021_967_503


async def test_amounts_said_again_keep_the_exact_values_beside_them(bring, empty):
    await bring(document(entry(1, time=40)))
    exact = (await stored(empty, 1))["cost_default_unrounded"]

    report = await bring(document(entry(1, time=40, cost=1333, cost_default=1667), included=[]), at=LATER)

    assert changes_nothing(report)
    assert (await stored(empty, 1))["cost_default_unrounded"] == exact == 100_000_000


async def test_null_clears_and_what_is_absent_stays(bring, empty):
    await bring(document(entry(1, note="old", jira_issue_id="A-1", links={"task": ("tasks", 61)})))

    await bring(document(entry(1, note=None, links={"task": None}), included=[]))

    row = await stored(empty, 1)
    assert (row["note"], row["task_id"], row["jira_issue_id"]) == (None, None, "A-1")


async def test_entries_follow_a_changed_deal_service_and_invoice(bring, empty):
    bills = [
        resource("invoices", 101, links=MINE),
        resource("invoice_attributions", 111, links={"invoice": ("invoices", 101)}),
    ]
    await bring(document(entry(1, invoice_attribution_id=111), entry(2), included=office() + bills))
    moved = [
        *relinked(office()[6:7], "deals", 41, responsible=("people", 12)),
        *changed(office()[7:8], "services", 51, billing_type_id=1),
        resource("invoices", 101, finalized_on="2016-11-01", links=MINE),
    ]

    report = await bring(document(*moved, included=[]), at=LATER)

    first, second = await table_rows(empty, TimeEntryRow)
    assert (first["responsible_id"], first["billing_type_id"], first["invoicing_status_id"]) == (12, 1, 3)
    assert (second["responsible_id"], second["billing_type_id"], second["invoicing_status_id"]) == (12, 1, 1)
    assert (second["revision"], second["updated_at"]) == (2, LATER)
    assert report.followed == 2
    assert [each["kind"] for each in await logged(empty)] == ["IMPORTED"] * 4


async def test_numbers_given_out_later_move_past_the_imported_ones(bring, empty):
    await bring(document(entry(1_000)))

    assert await make_entry(empty) == 1_001


# ---- refusals -----------------------------------------------------------------------------------------------------


async def test_a_record_that_the_gateway_made_is_left_alone_unless_it_is_to_be_replaced(empty, tmp_path):
    await furnish(empty, stored_entry(7))
    document_of_it = document(
        resource(
            "time_entries", 7, date="2016-10-01", time=5, links={"person": ("people", 4), "service": ("services", 1)}
        ),
        included=[],
    )
    file = save(tmp_path / "one.json", document_of_it)
    before = await everything(empty)

    with pytest.raises(ImportRefused, match="time_entries 7 was made by the gateway itself"):
        await import_into(empty, [file], ImportOptions(now=NOW))
    assert await everything(empty) == before

    await import_into(empty, [file], ImportOptions(now=NOW, replace=True))
    assert ((await stored(empty, 7))["time"], (await stored(empty, 7))["imported"]) == (5, True)
    await import_into(empty, [file], ImportOptions(now=NOW))


async def test_a_missing_person_names_the_include_to_fetch_it_with(bring, empty):
    not_included = entry(1)
    not_included["relationships"]["person"] = {"meta": {"included": False}}
    del not_included["relationships"]["service"]

    hint = "a {0} with data was expected; fetch the document with include={0}, or import it with --{0} ID"
    assert await refused(bring, document(not_included)) == [
        f"0.json /data/0/relationships/{name}: {hint.format(name)}" for name in ("person", "service")
    ]

    await bring(document(not_included), person_id=11, service_id=52)
    assert ((await stored(empty, 1))["person_id"], (await stored(empty, 1))["service_id"]) == (11, 52)


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        (
            [entry(1, links={"task": ("tasks", 99)})],
            "/data/0/relationships/task: tasks 99 was expected in the documents or in the store",
        ),
        ([entry(1, approved=True, rejected=True)], "/data/0/attributes/rejected: an entry that is not both"),
        ([entry(1, invoiced=True)], "/data/0/relationships/invoice_attribution: an invoice_attribution was expected"),
        (
            [entry(1, date="2015-01-01")],
            "/data/0/attributes/date: an exchange rate from EUR to USD of 2015-01-01 or before",
        ),
        ([entry(1, note="a"), entry(1, note="b")], "/data/1: the same note as at"),
        ([resource("tasks", 62, links=MINE)], "/data/0/attributes/title: title was expected, and nothing says it"),
        (
            [
                resource(
                    "salaries",
                    72,
                    cost=1,
                    currency="EUR",
                    started_on="2020-01-02",
                    ended_on="2020-01-01",
                    links={"person": ("people", 12)},
                )
            ],
            "/data/0/attributes/ended_on: a day from 2020-01-02 on was expected",
        ),
        ([resource("people", 13, first_name="A", links=MINE)], "/data/0/attributes/last_name: last_name was expected"),
        ([resource("services", 53, name="S", links=MINE)], "/data/0/relationships/deal: deal was expected"),
        (
            [resource("companies", 23, name="C", links={"organization": ("organizations", 9)})],
            "/data/0/relationships/organization: organizations 9",
        ),
        (
            [resource("exchange_rates", 82, **{"from": "EUR"}, to="USD", rate="2", date="2016-01-01", links=MINE)],
            "/data/0: one record for organization 1 and from EUR and to USD and date 2016-01-01 was expected",
        ),
    ],
)
async def test_a_wrong_resource_is_reported_with_its_place(bring, empty, resources, problem):
    [problems] = await refused(bring, document(*resources))

    assert problems.startswith(f"0.json {problem}")
    assert (await everything(empty))["organizations"] == []


async def test_nothing_may_lead_to_another_organization(bring):
    other = [
        resource("organizations", 2, name="B", currency="SEK", time_zone="Europe/Stockholm"),
        resource("people", 22, first_name="S", last_name="T", links={"organization": ("organizations", 2)}),
    ]
    crossing = [
        entry(1, links={"person": ("people", 22)}),
        *relinked(office(), "people", 12, manager=("people", 22))[3:4],
    ]

    problems = await refused(bring, document(*crossing, included=office()[:3] + office()[4:] + other))

    expected = "a record of organization 1 was expected, and people 22 belongs to another"
    assert problems == [
        f"0.json /data/1/relationships/manager: {expected}",
        f"0.json /data/0/relationships/person: {expected}",
    ]


async def test_a_record_stays_in_its_organization(bring):
    await bring(document(entry(1)))
    other = resource("organizations", 2, name="B", currency="SEK", time_zone="Europe/Stockholm")

    problems = await refused(
        bring,
        document(
            resource("companies", 21, name="Client", links={"organization": ("organizations", 2)}), included=[other]
        ),
    )

    assert problems == [
        "0.json /data/0/relationships/organization: organization 1 was expected, which companies 21 belongs to, not 2"
    ]


async def test_every_problem_of_every_file_is_listed_and_nothing_is_written(bring, empty):
    await bring(document(entry(1)))
    before = await everything(empty)
    first = document(entry(1, time=-1), entry(2, date="x"), included=[])
    second = document(entry(3, links={"task": ("tasks", 99)}), entry(4, links={"person": ("people", 98)}), included=[])

    problems = await refused(bring, first, second)

    assert [line.split(":")[0] for line in problems] == [
        "0.json /data/0/attributes/time",
        "0.json /data/1/attributes/date",
        "1.json /data/0/relationships/task",
        "1.json /data/1/relationships/person",
    ]
    assert await everything(empty) == before


async def test_what_only_a_broken_record_lacks_is_not_told_twice(bring):
    included = changed(office(), "deals", 41, currency="x")

    problems = await refused(bring, document(entry(1), entry(2), included=included))

    assert [line.partition(":")[0] for line in problems] == ["0.json /included/6/attributes/currency"]


async def test_a_broken_line_does_not_hide_what_the_next_ones_have(empty, tmp_path):
    lines = [json.dumps(document(entry(1))), '{"data": [}', json.dumps(document(entry(2, time=-1), included=[]))]
    (tmp_path / "all.jsonl").write_text("\n".join(lines))

    with pytest.raises(ImportRefused) as raised:
        await import_into(empty, [str(tmp_path / "all.jsonl")], ImportOptions(now=NOW))

    problems = [str(problem).partition("all.jsonl, ")[2] for problem in raised.value.problems]
    assert [line.partition(": ")[0] for line in problems] == ["line 2, column 11 /", "line 3 /data/0/attributes/time"]


async def test_a_file_that_is_not_there_is_reported(empty, tmp_path):
    with pytest.raises(ImportRefused, match=r"none\.json /: a file that can be read was expected \(No such file"):
        await import_into(empty, [str(tmp_path / "none.json")], ImportOptions(now=NOW))


# ---- meeting what is there ------------------------------------------------------------------------------------------


SUBMITTING = changed(office(), "organizations", 1, timesheet_submission=True)


def sheet(number: int, date: str = "2016-10-01", person: int = 12) -> Json:
    return resource("timesheets", number, date=date, links={"person": ("people", person)})


async def days(database: Database) -> list[tuple[int | None, bool, int, int]]:
    return [
        (row["timesheet_id"], row["submitted"], row["revision"], row["updated_at"])
        for row in await table_rows(database, TimeEntryRow)
    ]


async def test_a_timesheet_that_comes_after_its_entries_submits_them(bring, empty):
    other = entry(3, links={"person": ("people", 11)})
    await bring(document(entry(1), entry(2, date="2016-10-02"), other, included=SUBMITTING))

    report = await bring(document(sheet(91), included=[]), at=LATER)
    again = await bring(document(sheet(91), included=[]), at=LATER)

    assert await days(empty) == [(91, True, 2, LATER), (None, False, 1, NOW), (None, False, 1, NOW)]
    assert (report.followed, again.followed) == (1, 0)
    [*_, last] = await logged(empty)
    assert (last["time_entry_id"], last["kind"], last["revision"], last["at"]) == (1, "IMPORTED", 2, LATER)


async def test_a_timesheet_that_moves_leaves_the_entries_of_its_day_and_takes_those_of_the_other(bring, empty):
    await bring(document(entry(1), entry(2, date="2016-10-02"), included=[*SUBMITTING, sheet(91)]))

    report = await bring(document(sheet(91, "2016-10-02"), included=[]), at=LATER)

    assert await days(empty) == [(None, False, 2, LATER), (91, True, 2, LATER)]
    assert report.followed == 2


async def test_timesheets_that_change_places_change_their_entries(bring, empty):
    first, second = entry(1), entry(2, links={"person": ("people", 11)})
    await bring(document(first, second, included=[*SUBMITTING, sheet(91), sheet(92, person=11)]))

    await bring(document(sheet(91, "2016-10-02"), included=[]), at=LATER)
    await bring(document(sheet(92), included=[]), at=LATER)

    assert await days(empty) == [(92, True, 3, LATER), (None, False, 2, LATER)]


async def test_an_entry_stays_on_the_timesheet_that_its_own_document_names(bring, empty):
    await bring(document(entry(1), entry(2), included=SUBMITTING))
    unsubmitted = entry(1, submitted=False, links={"timesheet": None})

    report = await bring(document(unsubmitted, sheet(91), included=[]), at=LATER)

    assert [row[:2] for row in await days(empty)] == [(None, False), (91, True)]
    assert report.followed == 1


async def test_where_days_are_not_submitted_a_timesheet_submits_nothing(bring, empty):
    await bring(document(entry(1)))

    report = await bring(document(sheet(91), included=[]), at=LATER)

    assert await days(empty) == [(None, False, 1, NOW)]
    assert report.followed == 0


async def test_the_sums_of_an_entry_follow_the_parts_that_it_brings(bring, empty):
    overheads = changed(office(), "organizations", 1, internal_overhead_per_hour=100, facility_overhead_per_hour=10)

    await bring(document(entry(1, work_cost=7), entry(2, internal_overhead_cost=1), included=overheads))

    first, second = await table_rows(empty, TimeEntryRow)
    assert [first[name] for name in COSTS] == [7, 640, 64, 704, 711]
    assert first["cost_unrounded"] == 711 * 60_000
    assert [second[name] for name in COSTS] == [16_000, 1, 64, 65, 16_065]
    assert second["cost_default"] == 20_000 + 800 + 80
    assert json.loads(first["rates"])["work"] == {"minor": 2000, "currency": "EUR"}


@pytest.mark.parametrize(
    ("brought", "stored_amounts"),
    [
        ({"work_cost": 7}, [7, 0, 0, 0, 7]),
        ({"cost": 7, "overhead_cost": 3}, [4, 0, 0, 3, 7]),
        ({"work_cost": 7, "internal_overhead_cost": 2, "overhead_cost": 5}, [7, 2, 3, 5, 12]),
        ({"cost": 20, "work_cost": 7, "facility_overhead_cost": 5}, [7, 8, 5, 13, 20]),
        ({"cost": 1, "work_cost": 2, "overhead_cost": 3}, [2, 0, 0, 3, 1]),  # what is brought stays
    ],
)
async def test_what_an_entry_does_not_bring_of_its_amounts_follows_from_what_it_brings(
    bring, empty, brought, stored_amounts
):
    await bring(document(entry(1), included=[*office()[:10], *office()[11:]]))  # nobody has a rate

    await bring(document(entry(1, **brought), included=[]), at=LATER)
    again = await bring(document(entry(1, **brought), included=[]), at=LATER)

    row = await stored(empty, 1)
    assert [row[name] for name in COSTS] == stored_amounts
    assert [row[f"{name}_unrounded"] for name in COSTS] == [value * 60_000 for value in stored_amounts]
    assert changes_nothing(again)


COSTS = ("work_cost", "internal_overhead_cost", "facility_overhead_cost", "overhead_cost", "cost")


async def test_sums_that_cannot_be_stored_are_reported(bring):
    most = (2**63 - 1) // 60_000

    problems = await refused(bring, document(entry(1, work_cost=most, overhead_cost=most)))

    assert problems == ["0.json /data/0/attributes/cost: amounts whose sums can be stored were expected"]


async def test_a_record_number_that_leaves_no_room_for_new_ones_is_refused(bring, empty):
    highest = 2**63 - 1_000_000_000

    problems = await refused(bring, document(entry(highest + 1)))
    await bring(document(entry(highest)))

    assert problems == [
        f"0.json /data/0/id: a record's number, positive and at most {highest}, was expected, not '{highest + 1}'"
    ]
    assert await make_entry(empty) == highest + 1


async def test_a_deleted_entry_that_comes_back_goes_on_with_the_revision_after_its_last(bring, empty):
    await bring(document(entry(1), entry(2)))
    await empty.write(
        lambda connection: time_entries.delete_time_entry(Work(connection, ANA, lambda: LATER), 1, if_revision=None)
    )

    await bring(document(entry(1), included=[]), at=LATER)

    assert [row["revision"] for row in await table_rows(empty, TimeEntryRow)] == [3, 1]
    problems = [(each["time_entry_id"], each["kind"], each["revision"]) for each in await logged(empty)]
    assert problems == [(1, "IMPORTED", 1), (2, "IMPORTED", 1), (1, "DELETED", 2), (1, "IMPORTED", 3)]


async def test_an_entry_that_brings_no_instant_is_dated_by_the_write(bring, empty):
    await bring(document(entry(1), entry(2)), at=LATER)

    await bring(document(entry(1, note="new"), entry(3), included=[]), at=NOW)

    rows = await table_rows(empty, TimeEntryRow)
    assert [row["updated_at"] for row in rows] == [LATER] * 3
    assert (rows[2]["created_at"], rows[2]["last_activity_at"]) == (LATER, LATER)
    assert [each["at"] for each in await logged(empty)] == [LATER] * 4


# ---- beside a running server --------------------------------------------------------------------------------------


class Busy:
    """A store that somebody else writes to just before the import's own transaction."""

    def __init__(self, database: Database, meanwhile) -> None:
        self._database, self._meanwhile = database, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work):
        await self._meanwhile()
        return await self._database.write(work)


async def test_what_changed_while_documents_were_checked_is_checked_again(bring, empty, tmp_path):
    await bring(document(entry(1)))
    file = save(tmp_path / "again.json", document(entry(1, note="new"), entry(2), included=[]))

    async def meanwhile() -> None:
        async def update(connection: Connection) -> None:
            work = Work(connection, ANA, lambda: LATER)
            await time_entries.update_time_entry(work, 1, Attributes(time=60), if_revision=None)

        await empty.write(update)

    await import_into(Busy(empty, meanwhile), [file], ImportOptions(now=LATER))

    row = await stored(empty, 1)
    assert (row["note"], row["time"], row["revision"], row["cost"]) == ("new", 480, 3, 16_000)
    assert [each["revision"] for each in await logged(empty)] == [1, 2, 1, 3]


async def test_a_number_given_out_while_documents_were_checked_refuses_the_import(bring, empty, tmp_path):
    await bring(document(entry(1)))
    file = save(tmp_path / "again.json", document(entry(2, note="imported"), included=[]))

    async def meanwhile() -> None:
        assert await make_entry(empty) == 2

    with pytest.raises(ImportRefused, match="time_entries 2 was made by the gateway itself"):
        await import_into(Busy(empty, meanwhile), [file], ImportOptions(now=LATER))

    assert (await stored(empty, 2))["note"] is None


async def submit(database: Database) -> None:
    """Submit the day of entry 1 as a mutation does."""
    submitting = replace(ANA, timesheet_submission=True)
    await database.write(
        lambda connection: submit_timesheet(Work(connection, submitting, lambda: LATER), 12, dt.date(2016, 10, 1))
    )


async def test_an_entry_of_a_day_that_was_submitted_while_it_was_checked_is_submitted(bring, empty, tmp_path):
    await bring(document(entry(1), included=SUBMITTING))
    file = save(tmp_path / "again.json", document(entry(2), included=[]))

    await import_into(Busy(empty, lambda: submit(empty)), [file], ImportOptions(now=LATER))

    first, second = await table_rows(empty, TimeEntryRow)
    assert first["timesheet_id"] is not None
    assert (second["timesheet_id"], second["submitted"]) == (first["timesheet_id"], True)


async def test_a_day_that_was_submitted_while_its_timesheet_was_checked_refuses_the_import(bring, empty, tmp_path):
    await bring(document(entry(1), included=SUBMITTING))
    file = save(tmp_path / "again.json", document(sheet(91), included=[]))

    with pytest.raises(ImportRefused, match="one record for person 12 and date 2016-10-01 was expected"):
        await import_into(Busy(empty, lambda: submit(empty)), [file], ImportOptions(now=LATER))
