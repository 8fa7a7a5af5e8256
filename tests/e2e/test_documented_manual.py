"""/api/v2/openapi.json is OpenAPI 3.1 and says what is answered; /api/v2 is a page for people."""

import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.catalog.time_entries import FILTERS
from gateway.jsonapi.calls import CALLS
from gateway.jsonapi.openapi import openapi
from gateway.jsonapi.shown import TYPES
from tests.support.harness.documented import documented_ledger
from tests.support.worlds.ledger import ADMIN, CLERK, MEMBER, make_ledger


def test_the_document_is_valid():
    OpenAPIV31SpecValidator(openapi()).validate()


def test_each_filter_and_each_call_is_in_it():
    names = {each["name"] for each in openapi()["paths"]["/time_entries"]["get"]["parameters"]}

    assert {f"filter[{row.documented}]" for row in FILTERS.filters if row.is_documented} <= names
    assert {(call.path, call.method.lower()) for call in CALLS} == {
        (path, method) for path, methods in openapi()["paths"].items() for method in methods
    }


def test_generated_clients_find_a_name_for_each_choice_and_a_use_for_each_schema():
    document = openapi()
    used, choices = set(), []

    def look(part):
        for name, below in (
            part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else ())
        ):
            if name == "$ref":
                used.add(below.rpartition("/")[2])
            elif name == "anyOf":
                choices.extend(below)
            look(below)

    look(document)

    assert {*document["components"]["schemas"]} <= used
    assert [choice for choice in choices if "$ref" not in choice and choice != {"type": "null"}] == []


async def test_answers_are_what_their_schemas_say(tmp_path):
    async with documented_ledger(tmp_path, make_ledger(seed=18, entries=40)) as asked:
        for name in TYPES:
            for who in (None, CLERK, MEMBER):
                answer = await asked.get(name, [("page[size]", "200")], who)
                schema = "Errors" if answer.status_code == 403 else f"{name}_list"
                whole = {"$ref": f"#/components/schemas/{schema}", "components": openapi()["components"]}
                Draft202012Validator(whole).validate(answer.json())


@pytest.mark.sqlite_only
async def test_a_browser_gets_a_page_and_others_the_document(tmp_path):
    async with documented_ledger(tmp_path, make_ledger(seed=1, entries=1)) as asked:
        page = await asked.client.get("/api/v2", headers={"accept": "text/html,*/*;q=0.8"})
        other = await asked.client.get("/api/v2/")
        document = await asked.client.get("/api/v2/openapi.json")

        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert all(f"{call.method} /api/v2{call.path}" in page.text for call in CALLS)
        assert other.json() == document.json() == openapi()
        assert document.headers["content-type"] == "application/json"


ASKED = {"host": "gateway.example:8443"}
SAID = {"x-forwarded-proto": "https", "x-forwarded-host": "time.example"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("trusted", "headers", "origin"),
    [
        ("", ASKED, "http://gateway.example:8443"),
        ("", ASKED | SAID, "http://gateway.example:8443"),
        ("10.0.0.0/8", ASKED | SAID, "http://gateway.example:8443"),
        ("10.0.0.0/8, 127.0.0.1", ASKED | SAID, "https://time.example"),
        ("127.0.0.0/8", ASKED | {"x-forwarded-proto": "HTTPS, http"}, "https://gateway.example:8443"),
        ("127.0.0.0/8", ASKED | {"x-forwarded-host": "time.example, inner"}, "http://time.example"),
        (
            "127.0.0.0/8",
            ASKED | {"x-forwarded-proto": "gopher", "x-forwarded-host": "<b>"},
            "http://gateway.example:8443",
        ),
        ("127.0.0.0/8", ASKED, "http://gateway.example:8443"),
        ("", {"host": "<script>"}, ""),
    ],
)
async def test_examples_and_links_begin_with_the_origin_that_was_asked_for(tmp_path, trusted, headers, origin):
    async with documented_ledger(tmp_path, make_ledger(seed=1, entries=2), trusted_proxies=trusted) as asked:
        page = await asked.client.get("/api/v2", headers={"accept": "text/html", **headers})
        token = {"x-auth-token": asked.tokens[ADMIN]}
        document = await asked.client.get("/api/v2/people?page[size]=1", headers=headers | token)

    examples = re.findall(r"&#x27;([^&{ ]*)/api/v2/", page.text)
    assert len(examples) == len(CALLS)
    assert {*examples} == {origin}
    assert document.json()["links"]["first"].partition("/api/v2/people?")[0] == origin
