"""GET under /api/v2: pages, links, sorts, cursors, includes, fields, and every refusal of a query string."""

import re

import pytest
import pytest_asyncio

from gateway.http import points
from gateway.jsonapi.api import Api
from tests.support.harness.documented import MEDIA_TYPE, documented_ledger, documented_office
from tests.support.judges.seen import owners
from tests.support.worlds import office
from tests.support.worlds.ledger import ADMIN, CLERK, MEMBER, STRANGER, make_ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = make_ledger(seed=17, entries=160)
ROWS = LEDGER.entries_of(1)
MINE = [row for row in ROWS if row["person_id"] == MEMBER]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with documented_ledger(tmp_path_factory.mktemp("lists"), LEDGER) as asked:
        yield asked


async def test_a_page_has_its_links_and_its_numbers(asked):
    answer = await asked.get("time_entries", [("page[size]", "50"), ("page[number]", "2"), ("sort", "-date")])

    document = answer.json()
    assert answer.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
    assert list(document) == ["data", "links", "meta"]
    assert document["meta"] == {
        "current_page": 2,
        "total_pages": 3,
        "total_count": 120,
        "page_size": 50,
        "max_page_size": 200,
    }
    start, end = "http://test/api/v2/time_entries?page%5Bnumber%5D=", "&page%5Bsize%5D=50&sort=-date"
    assert document["links"] == {
        "first": f"{start}1{end}",
        "last": f"{start}3{end}",
        "prev": f"{start}1{end}",
        "next": f"{start}3{end}",
    }


async def test_links_lead_through_all_entries_in_order(asked):
    found, path = [], "time_entries?sort=date,updated_at&per_page=50&page=1"
    while path:
        document = await asked.document(path)
        found += [record["id"] for record in document["data"]]
        path = document["links"].get("next", "").removeprefix("http://test/api/v2/")

    expected = sorted(ROWS, key=lambda row: (row["date"], row["updated_at"], row["id"]))
    assert found == [str(row["id"]) for row in expected]


async def test_a_walk_by_cursor_meets_each_entry_once_and_counts_nothing(asked):
    found, path = [], "time_entries?page[after]=&page[size]=50&sort=-updated_at"
    while path:
        document = await asked.document(path)
        assert document["meta"] == {"page_size": 50, "max_page_size": 200}
        assert set(document["links"]) <= {"next"}
        found += [record["id"] for record in document["data"]]
        path = document["links"].get("next", "").removeprefix("http://test/api/v2/")

    expected = sorted(ROWS, key=lambda row: (-row["updated_at"], row["id"]))
    assert found == [str(row["id"]) for row in expected]


async def test_a_size_above_the_most_is_cut_and_said(asked):
    document = await asked.document("time_entries", [("page[size]", "1000000000")])

    assert document["meta"]["page_size"] == 200
    assert len(document["data"]) == 120


@pytest.mark.parametrize("number", ["0", "4", "999999999999999"])
async def test_a_page_outside_the_list_is_empty(asked, number):
    document = await asked.document("time_entries", [("page[size]", "50"), ("page[number]", number)])

    assert document["data"] == []
    assert document["meta"]["total_count"] == 120
    assert "prev" not in document["links"] or number == "4"


async def test_an_empty_list_has_the_documented_numbers(asked):
    document = await asked.document("time_entries", [("filter[id]", "999999")])

    assert document["links"]["last"].endswith("?filter%5Bid%5D=999999&page%5Bnumber%5D=0&page%5Bsize%5D=30")
    assert document["meta"] == {
        "current_page": 1,
        "total_pages": 0,
        "total_count": 0,
        "page_size": 30,
        "max_page_size": 200,
    }


async def test_relationships_link_to_what_is_included_and_to_nothing_else(asked):
    row = next(row for row in ROWS if row["task_id"] is not None and row["approver_id"] is None)
    query = [("include", "person,task.project.company,approver"), ("filter[id]", str(row["id"]))]

    document = await asked.document("time_entries", query)

    [record] = document["data"]
    links = record["relationships"]
    person = {"type": "people", "id": str(row["person_id"])}
    assert links["organization"] == {"data": {"type": "organizations", "id": "1"}}
    assert links["person"] == {"data": person}
    assert links["task"] == {"data": {"type": "tasks", "id": str(row["task_id"])}}
    assert links["approver"] == {"data": None}
    assert links["service"] == {"meta": {"included": False}}
    included = {(found["type"], found["id"]): found for found in document["included"]}
    assert len(included) == len(document["included"])
    assert list(included)[:2] == [("people", person["id"]), ("tasks", str(row["task_id"]))]
    assert [found["type"] for found in document["included"]][2:] == ["projects", "companies"]
    assert "data" in included["tasks", str(row["task_id"])]["relationships"]["project"]


async def test_a_record_that_is_met_twice_is_included_once_with_all_its_links(asked):
    query = [("include", "person,creator.subsidiary"), ("page[size]", "200")]

    document = await asked.document("time_entries", query)

    people = [found for found in document["included"] if found["type"] == "people"]
    assert len({found["id"] for found in people}) == len(people)
    creators = {str(row["creator_id"]) for row in ROWS if row["creator_id"]}
    shown = {found["id"] for found in people if "data" in found["relationships"]["subsidiary"]}
    assert shown == creators


async def test_approval_statuses_are_linked_and_included_with_their_approvers(asked):
    statuses = [row.model_dump() for row in LEDGER.approval_statuses if row.organization_id == 1]
    entry = str(statuses[0]["time_entry_id"])
    query = [("include", "approval_statuses.approver,approval_statuses.time_entry"), ("filter[id]", entry)]

    document = await asked.document("time_entries", query)

    [record] = document["data"]
    expected = [str(row["id"]) for row in statuses if str(row["time_entry_id"]) == entry]
    links = record["relationships"]["approval_statuses"]["data"]
    assert links == [{"type": "approval_statuses", "id": number} for number in expected]
    included = [(found["type"], found["id"]) for found in document["included"]]
    assert ("time_entries", entry) not in included
    assert [number for type_, number in included if type_ == "approval_statuses"] == expected


async def test_fields_narrow_attributes_and_relationships_of_a_type(asked):
    query = [
        ("include", "person"),
        ("fields[time_entries]", "time,date,person"),
        ("fields[people]", "first_name"),
        ("page[size]", "1"),
    ]

    document = await asked.document("time_entries", query)

    [record], [person] = document["data"], document["included"]
    assert list(record["attributes"]) == ["date", "time"]
    assert list(record["relationships"]) == ["person"]
    assert list(person["attributes"]) == ["first_name"]
    assert person["relationships"] == {}


async def test_a_list_costs_a_statement_for_its_rows_its_count_and_each_list_below(asked):
    async def counted():
        [line] = re.findall(
            r"^gateway_statements_total (\S+)$", (await asked.client.get("/metrics")).text, re.MULTILINE
        )
        return float(line)

    async def statements(query):
        before = await counted()
        await asked.document("time_entries", query)
        return await counted() - before

    wide = "person.subsidiary,service.deal.company,task.project,approver,creator,timesheet"
    assert await statements([]) == 2
    assert await statements([("include", wide)]) == 2
    assert await statements([("include", f"{wide},approval_statuses.approver")]) == 3
    assert await statements([("page[after]", ""), ("include", wide)]) == 1


async def test_a_record_has_its_revision_as_etag(asked):
    row = ROWS[0]

    answer = await asked.get(f"time_entries/{row['id']}")

    assert answer.headers["etag"] == f'"{row["revision"]}"'
    assert list(answer.json()) == ["data", "meta"]
    assert answer.json()["data"]["id"] == str(row["id"])
    assert answer.json()["meta"] == {}


async def test_members_see_what_is_theirs_and_no_costs(asked):
    document = await asked.document("time_entries", [("page[size]", "200"), ("include", "person")], MEMBER)

    assert [record["id"] for record in document["data"]] == [str(row["id"]) for row in MINE]
    assert {record["attributes"]["work_cost_default"] for record in document["data"]} == {None}
    assert {found["attributes"]["email"] for found in document["included"]} == {None}


@pytest.mark.parametrize("who", [MEMBER, STRANGER])
async def test_a_record_that_is_not_to_be_seen_is_not_there(asked, who):
    other = next(row for row in ROWS if row["person_id"] != MEMBER)

    seen = await asked.get(f"time_entries/{other['id']}", who=who)
    absent = await asked.get("time_entries/999999", who=who)

    assert seen.status_code == absent.status_code == 404
    error = {"status": "404", "code": "record_not_found", "title": "Record Not Found"}
    assert [{name: found[name] for name in error} for found in seen.json()["errors"]] == [error]
    assert seen.text == absent.text.replace("999999", str(other["id"]))


REFUSED = [
    ("filter[foo]=1", "unsupported_filter", "filter[foo]", "Filter 'foo' is not supported on this endpoint"),
    ("filter=1", "unsupported_filter", "filter", None),
    ("filter[]=1", "unsupported_filter", "filter[]", None),
    ("filter[0]=1", "unsupported_filter", "filter[0]", None),
    ("filter[date][near]=2025-01-01", "unsupported_filter_operation", "filter[date][near]", None),
    ("filter[date][contains]=2025", "unsupported_filter_operation", "filter[date][contains]", None),
    ("filter[after][gt]=2025-01-01", "unsupported_filter_operation", "filter[after][gt]", None),
    ("filter[date][gt][lt]=2025-01-01", "unsupported_filter_operation", "filter[date][gt][lt]", None),
    ("filter[$op]=xor", "unsupported_filter_operation", "filter[$op]", None),
    (
        "filter[0][before]=x",
        "unsupported_filter_value_type",
        "filter[0][before]",
        "Unsupported value 'x' for filter 'before' on this endpoint. Expected a value of type 'Date'",
    ),
    (
        "filter[person_id]=1,x",
        "unsupported_filter_value_type",
        "filter[person_id]",
        "Unsupported value 'x' for filter 'person_id' on this endpoint. Expected a value of type 'Integer'",
    ),
    (
        "filter[invoiced]=maybe",
        "unsupported_filter_value_type",
        "filter[invoiced]",
        "Unsupported value 'maybe' for filter 'invoiced' on this endpoint. Expected a value of type 'Boolean'",
    ),
    ("filter[time][gt]=99999999999", "unsupported_filter_value_type", "filter[time][gt]", None),
    ("filter[status]=4", "unsupported_filter_value_type", "filter[status]", None),
    ("filter[billing_type_id]=9", "unsupported_filter_value_type", "filter[billing_type_id]", None),
    ("filter[updated_at][gt]=2025-01-01T00:00:00", "unsupported_filter_value_type", "filter[updated_at][gt]", None),
    ("filter[after]=", "unsupported_filter_value_type", "filter[after]", None),
    ("filter[autotracked]=", "unsupported_filter_value_type", "filter[autotracked]", None),
    ("filter[time][gt]=", "unsupported_filter_value_type", "filter[time][gt]", None),
    ("filter[jira_issue_id]=a%00b", "unsupported_filter_value_type", "filter[jira_issue_id]", None),
    ("sort=note", "sort_param_unsupported", "sort", None),
    ("sort=id", "sort_param_unsupported", "sort", None),
    ("sort=time", "sort_param_unsupported", "sort", None),
    ("sort=Date", "sort_param_unsupported", "sort", None),
    ("sort=date,-date", "sort_param_unsupported", "sort", None),
    ("sort=date&sort=updated_at", "sort_param_unsupported", "sort", None),
    ("sort=", "sort_param_unsupported", "sort", None),
    ("page[size]=0", "unsupported_page", "page[size]", None),
    ("page[size]=x", "unsupported_page", "page[size]", None),
    ("page[number]=-1", "unsupported_page", "page[number]", None),
    ("page[number]=1.5", "unsupported_page", "page[number]", None),
    ("page[number]=1&page=2", "unsupported_page", "page", None),
    ("page[number]=9999999999999999999999", "unsupported_page", "page[number]", None),
    ("page[after]=&page[number]=1", "keyset_conflict", "page[number]", None),
    ("page[after]=nonsense", "keyset_invalid_cursor", "page[after]", None),
    ("page[offset]=1", "unsupported_parameter", "page[offset]", None),
    ("include=persons", "unsupported_include", "include", None),
    ("include=service.deal.company.deal", "unsupported_include", "include", None),
    ("include=person.manager.manager.manager", "unsupported_include", "include", None),
    ("fields[time_entries]=nonsense", "unsupported_field", "fields[time_entries]", None),
    ("fields[nothing]=id", "unsupported_field", "fields[nothing]", None),
    ("fields=id", "unsupported_field", "fields", None),
    ("foo=1", "unsupported_parameter", "foo", "Parameter 'foo' is not supported on this endpoint"),
    ("[foo]=1", "unsupported_parameter", "[foo]", None),
    ("a%00b=1", "unsupported_parameter", "a\0b", None),
]


@pytest.mark.parametrize(("query", "code", "parameter", "detail"), REFUSED, ids=[case[0] for case in REFUSED])
async def test_a_parameter_that_is_not_supported_is_refused_by_name(asked, query, code, parameter, detail):
    answer = await asked.get(f"time_entries?{query}")

    [error] = answer.json()["errors"]
    assert answer.status_code == 400
    assert answer.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
    assert list(error) == ["status", "code", "title", "detail", "source"]
    assert (error["status"], error["code"]) == ("unprocessable_entity", code)
    assert error["source"] == {"parameter": parameter}
    assert detail is None or error["detail"] == detail


BOMBS = {
    "depth": "".join("[0]" for _ in range(11)) + "[id]=1",
    "conditions": "&".join(f"filter[{number}][time][gt]=1" for number in range(101)).removeprefix("filter"),
    "operands": "[id]=" + ",".join("1" * 1_001),
    "parameters": "[id]=1" + "&filter[id][]=1" * 1_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_filter_is_bounded(asked, bomb):
    answer = await asked.get(f"time_entries?filter{BOMBS[bomb]}")

    [error] = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["code"] == "limit_exceeded"


async def test_includes_are_bounded(asked):
    people = ("person", "approver", "updater", "rejecter", "creator", "last_actor")
    paths = [f"{one}.manager.{other}" for one in people for other in ("manager", "subsidiary", "organization")]
    paths += [f"{one}.subsidiary.organization" for one in people]

    answer = await asked.get("time_entries", [("include", ",".join(paths))])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "limit_exceeded"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "record_not_found"),
        ("GET", "/time_entries/1/2/3", 404, "record_not_found"),
        ("GET", "/time_entries/x", 404, "record_not_found"),
        ("GET", "/time_entries/99999999999999999999999", 404, "record_not_found"),
        ("PUT", "/time_entries/1", 405, "method_not_allowed"),
        ("POST", "/people", 405, "method_not_allowed"),
        ("DELETE", "/companies/1", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_said_in_the_documented_form(asked, method, path, status, code):
    answer = await asked.client.request(method, f"/api/v2{path}", headers={"x-auth-token": asked.tokens[ADMIN]})

    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert status != 405 or "GET" in answer.headers["allow"]


async def test_without_a_good_token_or_for_another_organization_nothing_is_said(asked):
    bad = await asked.client.get("/api/v2/time_entries", headers={"x-auth-token": "nonsense"})
    foreign = await asked.get("time_entries", **{"x-organization-id": "2"})

    assert (bad.status_code, foreign.status_code) == (401, 403)
    [unknown], [elsewhere] = bad.json()["errors"], foreign.json()["errors"]
    assert (unknown["code"], unknown["title"]) == ("invalid_auth_token", "Unauthenticated")
    assert (elsewhere["code"], elsewhere["title"]) == ("no_person", "Access Denied")


async def test_a_value_that_holds_a_comma_is_one_text_and_a_list_is_any_of(asked):
    texts = [row["jira_issue_id"] for row in ROWS if row["jira_issue_id"]][:2]

    one = await asked.ids([("filter[jira_issue_id]", ",".join(texts))])
    both = await asked.ids([("filter[jira_issue_id]", texts[0]), ("filter[jira_issue_id]", texts[1])])

    assert one == []
    assert both == [str(row["id"]) for row in ROWS if row["jira_issue_id"] in texts]


async def test_an_empty_value_is_null_and_not_an_empty_one_is_any(asked):
    null = await asked.ids([("filter[task_id]", "")])
    some = await asked.ids([("filter[task_id][not_eq]", "")])
    never = await asked.ids([("filter[time]", "")])

    assert null == [str(row["id"]) for row in ROWS if row["task_id"] is None]
    assert some == [str(row["id"]) for row in ROWS if row["task_id"] is not None]
    assert never == []


async def test_money_is_for_who_may_see_it(asked):
    rates = await asked.get("exchange_rates", who=CLERK)
    salaries = await asked.get("salaries", who=CLERK)

    assert (rates.status_code, salaries.status_code) == (403, 403)
    assert [found["code"] for found in (*rates.json()["errors"], *salaries.json()["errors"])] == ["access_denied"] * 2


async def test_a_list_that_costs_more_than_is_allowed_is_refused(tmp_path):
    async with documented_ledger(tmp_path, make_ledger(seed=1, entries=4), max_cost=1_000) as asked:
        answer = await asked.get("time_entries")

        assert answer.status_code == 400
        assert [error["code"] for error in answer.json()["errors"]] == ["cost_limit_exceeded"]


async def test_the_change_log_is_there_as_versions(asked):
    changes = [row.model_dump() for row in LEDGER.time_entry_changes if row.organization_id == 1]
    foreign = [row for row in LEDGER.time_entry_changes if row.organization_id == 2]
    entry = changes[0]["time_entry_id"]
    query = [("filter[item_id]", str(entry)), ("sort", "-created_at"), ("include", "creator")]

    whole = await asked.document("time_entry_versions")
    document = await asked.document("time_entry_versions", query)

    own = sorted((row["id"] for row in changes if row["time_entry_id"] == entry), reverse=True)
    assert foreign
    assert whole["meta"]["total_count"] == len(changes)
    assert [record["id"] for record in document["data"]] == [str(number) for number in own]
    assert {record["attributes"]["item_id"] for record in document["data"]} == {str(entry)}
    assert (
        document["data"][-1]["attributes"]["event"] == {"CREATED": "create", "IMPORTED": "create"}[changes[0]["kind"]]
    )
    for record in document["data"]:
        for old, new in record["attributes"]["changeset"].values():
            assert old != new


@pytest.mark.parametrize(("text", "found"), [("žirafa", 1), ("ŽIRA", 1), ("STRASSE", 1), ("zirafa", 0), ("legal", 0)])
async def test_an_organization_is_found_by_its_name_whatever_its_case(tmp_path, text, found):
    name = "Žirafa Straße"
    async with documented_office(tmp_path, [office.entry(1)], name=name, name_folded=name.casefold()) as asked:
        document = await asked.document("organizations", [("filter[query]", text)])

    assert document["meta"]["total_count"] == found


async def test_a_member_reads_the_versions_of_an_entry_while_it_was_theirs(tmp_path):
    async with documented_office(tmp_path, [office.entry(1)]) as asked:

        async def write(who, **attributes):
            document = {"data": {"type": "time_entries", "attributes": attributes}}
            answer = await asked.send("PATCH", "time_entries/1", document, who)
            assert answer.status_code == 200, answer.text

        await write(office.MEMBER, time=60)
        await write(office.ADMIN, person_id=office.OTHER, note="for the other")
        await write(office.OTHER, note="by the other")
        changesets = {
            who: [set(record["attributes"]["changeset"]) for record in found["data"]]
            for who in (office.MEMBER, office.OTHER)
            if (found := await asked.document("time_entry_versions", [("sort", "created_at")], who))
        }

    former, present = changesets[office.MEMBER], changesets[office.OTHER]
    assert [len(former), len(present)] == [2, 2]
    assert "time" in former[0]
    assert former[1] == present[0] == {"person_id"}
    assert "note" in present[1]


async def test_versions_hide_costs_and_what_others_did(asked):
    own = await asked.document("time_entry_versions", [("page[size]", "200")], MEMBER)
    everything = await asked.document("time_entry_versions", [("page[size]", "200")], CLERK)

    people = {str(row.id): owners(row) for row in LEDGER.time_entry_changes if row.organization_id == 1}
    assert {record["id"] for record in own["data"]} == {number for number, both in people.items() if MEMBER in both}
    moves = [record for record in own["data"] if len(set(people[record["id"]])) > 1]
    assert moves
    assert {tuple(record["attributes"]["changeset"]) for record in moves} == {("person_id",)}
    changed = {name for record in everything["data"] for name in record["attributes"]["changeset"]}
    assert changed
    assert not any("cost" in name for name in changed)


@pytest.mark.parametrize(
    ("path", "query", "table", "expected"),
    [
        ("people", [("filter[query]", "MEMBER")], "people", lambda row: "member" in row["name_folded"]),
        ("subsidiaries", [("filter[query]", "LEGAL 2")], "subsidiaries", lambda row: row["name"].endswith("legal 2")),
        ("services", [("filter[deal_id]", "11")], "services", lambda row: row["deal_id"] == 11),
        ("tasks", [("filter[project_id]", "11,12")], "tasks", lambda row: row["project_id"] in {11, 12}),
        ("projects", [("filter[company_id]", "11")], "projects", lambda row: row["company_id"] == 11),
        ("timesheets", [("filter[person_id]", str(MEMBER))], "timesheets", lambda row: row["person_id"] == MEMBER),
        ("timesheets", [("filter[after]", "2025-03-30")], "timesheets", lambda row: str(row["date"]) >= "2025-03-30"),
        (
            "bookings",
            [("filter[before]", "2025-03-30")],
            "bookings",
            lambda row: str(row["started_on"]) <= "2025-03-30",
        ),
        ("invoices", [], "invoices", bool),
        ("invoice_attributions", [("page[after]", "")], "invoice_attributions", bool),
        ("subsidiaries", [], "subsidiaries", bool),
        ("approval_statuses", [("include", "time_entry.person")], "approval_statuses", bool),
    ],
)
async def test_other_types_are_listed_by_id(asked, path, query, table, expected):
    rows = [row.model_dump() for row in getattr(LEDGER, table) if row.organization_id == 1]

    document = await asked.document(path, [*query, ("page[size]", "200")])

    assert [record["id"] for record in document["data"]] == [str(row["id"]) for row in rows if expected(row)]
    assert {record["type"] for record in document["data"]} <= {path}


async def test_addresses_are_for_who_may_see_them(asked):
    refused = await asked.get("people", [("filter[email]", "x@example.org")], who=MEMBER)

    assert refused.status_code == 403
    assert [error["code"] for error in refused.json()["errors"]] == ["access_denied"]
    assert (await asked.document("people", [("filter[email]", "nobody@example.org")]))["data"] == []


async def test_a_list_costs_what_its_search_can_be_made_to_look_at(asked, monkeypatch):
    costs: list[int] = []
    monkeypatch.setattr(points, "ROWS_FOR_A_POINT", 1)
    monkeypatch.setattr(Api, "spend", lambda _api, _request, cost: costs.append(cost))

    for more in ([], [("filter[jira_issue_summary][contains]", "x")]):
        answer = await asked.get("time_entries", [("page[after]", ""), ("page[size]", "1"), *more])
        assert answer.status_code == 200

    # Two rows are read in order; for a text that no index leads to, all are, with a test for each.
    assert costs[1] - costs[0] == len(ROWS) * 21 // 20 - 2
