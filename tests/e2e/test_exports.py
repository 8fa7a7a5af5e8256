"""Files of whole periods: the same rows and rights as lists, in every format, whatever the order."""

import csv
import datetime as dt
import io
import json
import threading

import openpyxl
import pytest
import pytest_asyncio
from pyarrow import parquet

from gateway.domain.instants import parse_instant
from gateway.exports import formats, parquet_files, walk, xlsx_files
from gateway.exports.known import FORMATS
from gateway.jsonapi.columns import DEFAULT
from tests.support.harness.documented import documented_ledger, documented_office
from tests.support.worlds import office
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, make_ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = make_ledger(seed=23, entries=120)
ROWS = sorted(LEDGER.entries_of(1), key=lambda row: row["id"])
AMOUNT = "(minor units of currency)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with documented_ledger(tmp_path_factory.mktemp("exports"), LEDGER) as asked:
        yield asked


@pytest.fixture
def short_pages(monkeypatch):
    """Let a walk take many steps."""
    monkeypatch.setattr(walk, "MOST_ROWS", 7)


async def table(asked, query=(), who=None):
    """Return the rows of a csv file, the heading first."""
    answer = await asked.get("time_entries.csv", query, who)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))


async def lines(asked, query=(), who=None):
    """Return the objects of a file of JSON lines."""
    answer = await asked.get("time_entries.jsonl", query, who)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines() if line]


async def all_entries(asked, query=(), who=None):
    """Return the records of a list, page by page."""
    found, number = [], 1
    while True:
        page = [("page[size]", "200"), ("page[number]", str(number))]
        document = await asked.document("time_entries", [*query, *page], who)
        found += document["data"]
        if number >= document["meta"]["total_pages"]:
            return found
        number += 1


async def test_a_file_is_named_and_typed(asked):
    answer = await asked.get("time_entries.csv")
    other = await asked.get("time_entries.jsonl")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="time_entries.csv"'
    assert "content-length" not in answer.headers
    assert other.headers["content-type"] == "application/jsonl; charset=utf-8"


async def test_a_heading_names_units_and_zone(asked):
    heading, *_ = await table(asked, [("fields", "id,time,cost_default,created_at,organization.time_zone")])

    assert heading == [
        "id",
        "time (minutes)",
        "cost_default (minor units of currency_default)",
        "created_at (Europe/Berlin)",
        "organization.time_zone",
    ]


async def test_without_columns_a_file_is_a_sheet_of_hours(asked):
    heading, *rows = await table(asked)

    units = {"time": "time (minutes)", "billable_time": "billable_time (minutes)", "cost": f"cost {AMOUNT}"}
    assert heading == [units.get(name, name) for name in DEFAULT]
    assert [row[0] for row in rows] == [str(row["id"]) for row in ROWS]


async def test_the_rows_of_a_file_are_graphqls_entries(asked):
    data = await asked.graphql(
        """{ timeEntries(first: 200) { nodes {
          id date time billableTime note currency cost approved createdAt person { name } service { name deal { name } }
          task { title } } totalCount aggregate { time } } }"""
    )
    names = (
        "id,date,time,billable_time,note,currency,cost,approved,created_at,person.name,service.name,service.deal.name"
    )
    found = await lines(asked, [("fields", f"{names},task.title")])

    entries = data["timeEntries"]
    assert len(found) == entries["totalCount"] == len(ROWS)
    assert sum(row["time"] for row in found) == int(entries["aggregate"]["time"])
    assert [[*row.values()] for row in found] == [
        [
            *(node["id"].partition(":")[2], node["date"], node["time"], node["billableTime"], node["note"]),
            *(node["currency"], node["cost"], node["approved"], node["createdAt"], node["person"]["name"]),
            *(node["service"]["name"], node["service"]["deal"]["name"], node["task"] and node["task"]["title"]),
        ]
        for node in entries["nodes"]
    ]


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize(
    "sort",
    ["", "date", "-date", "jira_issue_id", "-jira_issue_id,date", "-updated_at,jira_issue_summary"],
)
async def test_a_walk_meets_each_row_once_in_the_order_of_the_list(asked, sort):
    query = [("sort", sort)] if sort else []
    found = await lines(asked, [("fields", "id"), *query])

    assert [row["id"] for row in found] == [record["id"] for record in await all_entries(asked, query)]


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize(
    "query",
    [
        [("filter[after]", "2025-03-10"), ("filter[before]", "2025-12-31")],
        [("filter[person_id]", "12,13"), ("sort", "-date")],
        [("filter[$op]", "or"), ("filter[0][deal_id]", "11"), ("filter[1][time][gt]", "60")],
        [("filter[company_id]", "11"), ("sort", "date")],
        [("filter[id]", "999999")],
    ],
)
@pytest.mark.parametrize("who", [ADMIN, MEMBER])
async def test_a_filter_keeps_what_it_keeps_of_a_list(asked, query, who):
    found = await lines(asked, [("fields", "id"), *query], who)

    assert [row["id"] for row in found] == [record["id"] for record in await all_entries(asked, query, who)]


@pytest.mark.parametrize("who", [BOSS, CLERK, MEMBER, STRANGER])
async def test_a_file_shows_what_its_reader_may_see(asked, who):
    names = "id,note,cost,cost_default,work_cost,person.email,person.role,person_subsidiary.name"
    found = await lines(asked, [("fields", names)], who)

    listed = await all_entries(asked, [], who)
    assert [(row["id"], row["note"]) for row in found] == [
        (record["id"], record["attributes"]["note"]) for record in listed
    ]
    sees_costs = who in {BOSS, STRANGER}
    assert all((row["cost"] is not None) is sees_costs for row in found)
    assert all((row["work_cost"] is not None) is sees_costs for row in found)
    assert all((row["person.email"] is None) is (who == MEMBER) for row in found)
    assert {row["person.role"] for row in found} <= {"admin", "manager", "member"}


async def test_hidden_amounts_are_empty_cells(asked):
    rows = await table(asked, [("fields", "id,cost")], CLERK)

    assert [row[1] for row in rows] == [f"cost {AMOUNT}", *("" for _ in ROWS)]


async def test_every_column_of_an_entry_is_what_the_document_has(asked):
    [record] = (await asked.document("time_entries", [("page[size]", "1")]))["data"]
    names = ",".join(record["attributes"])
    [found] = await lines(asked, [("fields", names), ("filter[id]", record["id"])])

    assert found == record["attributes"]


async def test_numbers_dates_and_flags_are_as_spreadsheets_read_them(tmp_path):
    entries = [
        office.entry(1, note="plain", timer_stopped_at=office.NOW, **office.APPROVED),
        office.entry(2, note=None),
    ]
    async with documented_office(tmp_path, entries) as asked:
        names = "date,time,cost,approved,timer_stopped_at,note,task.title"
        _, *rows = await table(asked, [("fields", names)])

    assert rows == [
        ["2016-10-01", "480", "16000", "TRUE", "2025-08-01 06:19:42", "plain", ""],
        ["2016-10-01", "480", "16000", "FALSE", "", "", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "\n=", "  =", "＝"])
async def test_a_text_that_is_like_a_formula_is_text(tmp_path, start):
    async with documented_office(tmp_path, [office.entry(1, note=f"{start}1+1"), office.entry(2, note="a=1")]) as asked:
        _, harmless, plain = await table(asked, [("fields", "note")])
        found = await lines(asked, [("fields", "note")])

    assert (harmless, plain) == ([f"'{start}1+1"], ["a=1"])
    assert [row["note"] for row in found] == [f"{start}1+1", "a=1"]


async def test_long_texts_make_a_walk_take_smaller_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "PAGE_BYTES", 500_000)
    notes = ["x" * 99_000 if number % 2 else "short" for number in range(60)]
    entries = [office.entry(number, note=note) for number, note in enumerate(notes, 1)]
    async with documented_office(tmp_path, entries) as asked:
        found = await lines(asked, [("fields", "note")])

    assert [row["note"] for row in found] == notes


REFUSED = {
    "a column that is none": ([("fields", "id,colour")], "unsupported_field", "fields"),
    "a column that comes twice": ([("fields", "id,id")], "unsupported_field", "fields"),
    "no column": ([("fields", "")], "unsupported_field", "fields"),
    "too many columns": ([("fields", ",".join(f"a{n}" for n in range(101)))], "unsupported_field", "fields"),
    "columns twice": ([("fields", "id"), ("fields", "date")], "unsupported_field", "fields"),
    "columns of a type": ([("fields[time_entries]", "id")], "unsupported_field", "fields[time_entries]"),
    "a relationship that is none": ([("fields", "deal.name")], "unsupported_field", "fields"),
    "a list": ([("fields", "approval_statuses.note")], "unsupported_field", "fields"),
    "a relationship alone": ([("fields", "person")], "unsupported_field", "fields"),
    "four steps": ([("fields", "service.deal.company.organization.name")], "unsupported_field", "fields"),
    "a page": ([("page[size]", "10")], "unsupported_parameter", "page[size]"),
    "an include": ([("include", "person")], "unsupported_parameter", "include"),
    "an unknown filter": ([("filter[colour]", "1")], "unsupported_filter", "filter[colour]"),
    "an unknown sort": ([("sort", "id")], "sort_param_unsupported", "sort"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
async def test_what_a_file_cannot_be_asked_for_is_a_documented_error(asked, case, suffix):
    query, code, parameter = REFUSED[case]

    answer = await asked.get(f"time_entries.{suffix}", query)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["code"], error["status"]) == (code, "unprocessable_entity")
    assert error["source"] == {"parameter": parameter}


async def test_a_file_is_only_read(asked):
    answer = await asked.send("POST", "time_entries.csv", {})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_the_head_of_a_file_makes_none(asked):
    before = asked.app.database.statements
    answer = await asked.client.head("/api/v2/time_entries.csv", headers={"x-auth-token": asked.tokens[ADMIN]})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/csv")
    assert asked.app.database.statements == before


def local(*parts):
    """Return a moment as a sheet has it: without a zone."""
    return dt.datetime(*parts)  # noqa: DTZ001 - sheets have none


async def workbook(asked, query=(), who=None):
    """Return a workbook that was downloaded, as openpyxl reads it."""
    answer = await asked.get("time_entries.xlsx", query, who)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


async def test_a_workbook_holds_numbers_dates_and_flags(tmp_path):
    note = "a < b & \x01 c_x0041_\r\n\ud83d".encode("utf-8", "replace").decode()
    entries = [
        office.entry(1, note=note, timer_stopped_at=office.NOW, **office.APPROVED),
        office.entry(2, note=None, date=dt.date(1, 1, 2)),
    ]
    async with documented_office(tmp_path, entries) as asked:
        [sheet] = await workbook(asked, [("fields", "date,time,cost,approved,timer_stopped_at,note,task.title")])

    rows = [[cell.value for cell in row] for row in sheet]
    assert sheet.freeze_panes == "A2"
    assert rows == [
        [
            *("date", "time (minutes)", f"cost {AMOUNT}", "approved", "timer_stopped_at (Europe/Berlin)"),
            *("note", "task.title"),
        ],
        [
            *(local(2016, 10, 1), 480, 16000, True, local(2025, 8, 1, 6, 19, 42)),
            *("a < b & _x0001_ c_x005F_x0041__x000D_\n?", None),
        ],
        ["0001-01-02", 480, 16000, False, None, None, None],
    ]
    assert sheet["A2"].number_format == r"yyyy\-mm\-dd"
    assert sheet["E2"].is_date


async def test_a_workbook_has_no_formula(tmp_path):
    notes = ["=1+1", "+1", "-1", "@SUM(A1)", "plain"]
    entries = [office.entry(number, note=note) for number, note in enumerate(notes, 1)]
    async with documented_office(tmp_path, entries) as asked:
        [sheet] = await workbook(asked, [("fields", "note")])

    _, *cells = [row[0] for row in sheet]
    assert [cell.value for cell in cells] == notes
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True, True, True, True, False]


@pytest.mark.usefixtures("short_pages")
async def test_what_no_sheet_can_hold_goes_on_in_the_next(asked, monkeypatch):
    monkeypatch.setattr(xlsx_files, "MOST_ROWS", 40)
    book = await workbook(asked, [("fields", "id")])

    assert [sheet.max_row for sheet in book] == [40, 40, 13]
    numbers = [row[0].value for sheet in book for row in sheet.iter_rows(min_row=2)]
    assert numbers == [row["id"] for row in ROWS]


async def test_a_cell_holds_as_much_of_a_text_as_a_workbook_can(tmp_path):
    async with documented_office(tmp_path, [office.entry(1, note="x" * 40_000)]) as asked:
        [sheet] = await workbook(asked, [("fields", "note")])

    assert sheet["A2"].value == "x" * 32_764 + "..."


async def test_a_workbook_hides_what_a_list_hides(asked):
    [sheet] = await workbook(asked, [("fields", "id,cost,note")], MEMBER)

    listed = await all_entries(asked, [], MEMBER)
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [int(record["id"]) for record in listed]
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {None}


@pytest.mark.usefixtures("short_pages")
async def test_parquet_holds_typed_columns_group_by_group(asked, monkeypatch):
    monkeypatch.setattr(parquet_files, "CELLS_OF_A_GROUP", 400)
    names = "id,date,time,cost,approved,created_at,note,task.title"
    answer = await asked.get("time_entries.parquet", [("fields", names)])
    file = parquet.ParquetFile(io.BytesIO(answer.content))
    found = await lines(asked, [("fields", names)])

    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert [str(field.type) for field in file.schema_arrow] == [
        *("int64", "date32[day]", "int64", "int64", "bool", "timestamp[ms, tz=Europe/Berlin]", "string", "string"),
    ]
    assert file.schema_arrow.field("cost").metadata == {b"unit": b"minor units of currency"}
    assert file.num_row_groups > 1
    table = file.read()
    table = table.set_column(5, "created_at", table["created_at"].cast("int64"))
    assert [[*row.values()] for row in table.to_pylist()] == [
        [
            *(int(row["id"]), dt.date.fromisoformat(row["date"]), row["time"], row["cost"], row["approved"]),
            *(parse_instant(row["created_at"]), row["note"], row["task.title"]),
        ]
        for row in found
    ]


@pytest.mark.parametrize("format_", [each for each in FORMATS if each.needs], ids=lambda each: each.suffix)
async def test_the_package_of_a_format_is_imported_beside_the_loop(asked, monkeypatch, format_):
    threads, begin = [], format_.open.__init__

    def note_thread(file, headings):
        threads.append(threading.get_ident())
        begin(file, headings)

    monkeypatch.setattr(format_.open, "__init__", note_thread)

    answer = await asked.get(f"time_entries.{format_.suffix}")

    assert answer.status_code == 200
    assert threads
    assert threading.get_ident() not in threads


async def test_a_format_that_is_not_installed_is_named_with_what_to_do(asked, monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    answer = await asked.get("time_entries.parquet")

    assert answer.status_code == 406
    [error] = answer.json()["errors"]
    assert error["code"] == "format_not_installed"
    assert error["detail"] == (
        "This gateway writes no parquet: it was installed without the extra `parquet`, which brings pyarrow. Ask for "
        "csv, xlsx, jsonl, or have it installed."
    )


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "parquet"])
async def test_a_file_of_nothing_is_a_file(asked, suffix):
    answer = await asked.get(f"time_entries.{suffix}", [("filter[id]", "999999"), ("fields", "id,date")])

    assert answer.status_code == 200
    match suffix:
        case "csv":
            assert answer.text == "id,date\r\n"
        case "xlsx":
            assert [
                [cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active
            ] == [["id", "date"]]
        case "jsonl":
            assert answer.content == b""
        case "parquet":
            assert parquet.read_table(io.BytesIO(answer.content)).num_rows == 0
