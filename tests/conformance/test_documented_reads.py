"""The documented records, imported as they are and read back through GraphQL; the documented list requests."""

import json
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from gateway.imports.preparing import ImportOptions
from gateway.imports.records import ImportRefused
from gateway.jsonapi.importing import import_into
from gateway.store.tokens import create_token
from tests.support.harness.serving import NOW, Served, serving
from tests.support.worlds.documents import Json, document, resource, save

EXCHANGES: list[Json] = json.loads(Path(__file__).with_name("documented_exchanges.json").read_text(encoding="utf-8"))
RESPONSES = [exchange["response"] for exchange in EXCHANGES if "data" in (exchange["response"] or {})]
DOCUMENTS = [response for response in RESPONSES if response["data"]]


def records_of(response: Json) -> list[Json]:
    data = response["data"]
    return data if isinstance(data, list) else [data]


RECORDS = {record["id"]: record for response in DOCUMENTS for record in records_of(response)}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


ATTRIBUTES = list(RECORDS["222"]["attributes"])
FIELDS = " ".join(map(camel, ATTRIBUTES))


def organization_of(record: Json) -> int:
    return int(record["relationships"]["organization"]["data"]["id"])


def surroundings(record: Json) -> Json:
    """What the documents leave out: an organization, a person, and a service of a deal in the record's currency.

    They have the organization's number, for there is one of each.
    """
    number, attributes = organization_of(record), record["attributes"]
    mine = {"organization": ("organizations", number)}
    return document(
        resource(
            "organizations",
            number,
            name="Documented",
            currency=attributes["currency_default"],
            time_zone="Europe/Zagreb",
        ),
        resource("people", number, first_name="Ana", last_name="Kos", role="admin", links=mine),
        resource("deals", number, name="Deal", currency=attributes["currency"], links=mine),
        resource("services", number, name="Service", links=mine | {"deal": ("deals", number)}),
        included=[],
    )


async def bring(served: Served, directory: Path, response: Json) -> str:
    """Import a documented answer; return a token of its organization."""
    record = records_of(response)[0]
    number = organization_of(record)
    files = [save(directory / "documented.json", response), save(directory / "around.json", surroundings(record))]
    await import_into(served.database, files, ImportOptions(now=NOW, person_id=number, service_id=number))
    return await served.database.write(
        lambda connection: create_token(connection, person_id=number, name="documented", now=NOW)
    )


async def ask(served: Served, token: str, query: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}", "accept": "application/graphql-response+json"}
    answer = await served.client.post("/graphql", json={"query": query}, headers=headers)
    payload: dict[str, Any] = answer.json()
    return payload


def list_request(path: str) -> str:
    """Write a documented list request as a GraphQL query: its page, `filter[after]` and `sort`."""
    parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    arguments = ["page: {}"]
    if "filter[after]" in parameters:
        arguments.append(f"filter: {{after: {json.dumps(parameters['filter[after]'])}}}")
    if "sort" in parameters:
        arguments.append(f"orderBy: [{{field: {parameters['sort'].upper()}}}]")
    meta = "pageMeta { currentPage totalPages totalCount pageSize maxPageSize }"
    return f"{{ timeEntries({', '.join(arguments)}) {{ nodes {{ resourceId {FIELDS} }} {meta} }} }}"


def test_the_documents_show_the_same_39_attributes_each_time():
    assert len(ATTRIBUTES) == 39
    assert all(list(record["attributes"]) == ATTRIBUTES for record in RECORDS.values())
    assert len(RECORDS) == 13


async def test_each_documented_record_is_read_back_as_it_is(tmp_path):
    read = {}

    async with serving(tmp_path) as served:
        for response in DOCUMENTS:
            token = await bring(served, tmp_path, response)
            for record in records_of(response):
                payload = await ask(served, token, f'{{ timeEntry(id: "{record["id"]}") {{ {FIELDS} }} }}')
                read[record["id"]] = payload["data"]["timeEntry"]

    assert read == {
        number: {camel(name): value for name, value in record["attributes"].items()}
        for number, record in RECORDS.items()
    }


@pytest.mark.parametrize(
    "exchange",
    [each for each in EXCHANGES if each["method"] == "GET" and isinstance((each["response"]).get("data"), list)],
    ids=lambda each: each["path"],
)
async def test_each_documented_list_has_its_rows_and_its_page(tmp_path, exchange):
    async with serving(tmp_path) as served:
        token = await bring(served, tmp_path, EXCHANGES[0]["response"])
        payload = await ask(served, token, list_request(exchange["path"]))

    assert payload["data"]["timeEntries"] == {
        "nodes": [
            {"resourceId": record["id"]} | {camel(name): value for name, value in record["attributes"].items()}
            for record in exchange["response"]["data"]
        ],
        "pageMeta": {camel(name): value for name, value in exchange["response"]["meta"].items()},
    }


async def test_the_documented_wrong_date_is_refused_as_documented(tmp_path):
    [exchange] = [each for each in EXCHANGES if each["method"] == "GET" and "errors" in each["response"]]
    [documented] = exchange["response"]["errors"]

    async with serving(tmp_path) as served:
        token = await bring(served, tmp_path, EXCHANGES[0]["response"])
        payload = await ask(served, token, list_request(exchange["path"]))

    [error] = payload["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["jsonapi"] == {
        "code": documented["code"],
        "parameter": documented["source"]["parameter"],
    }
    assert "10/21/19" in error["message"]
    assert "data" not in payload


async def test_without_a_person_and_a_service_the_documents_are_refused(tmp_path):
    async with serving(tmp_path) as served:
        file = save(tmp_path / "documented.json", EXCHANGES[0]["response"])
        around = save(tmp_path / "around.json", surroundings(EXCHANGES[0]["response"]["data"][0]))

        with pytest.raises(ImportRefused, match="fetch the document with include=person"):
            await import_into(served.database, [file, around], ImportOptions(now=NOW))
