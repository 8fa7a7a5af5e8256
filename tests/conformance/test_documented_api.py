"""The 18 documented exchanges, replayed against /api/v2: the request as it is, the answer equal with member order.

Compared by form are the host in links, the numbers that a create gives out, and the milliseconds of `rejected_at`,
which in the document lie 8 ms before `updated_at`: one request has one instant here.
"""

import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import create_app
from gateway.domain.instants import parse_instant
from gateway.jsonapi.api import Api
from gateway.jsonapi.endpoint import JsonApiEndpoint
from gateway.settings import Settings
from gateway.store.databases.database import Connection, open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import (
    DealRow,
    ExchangeRateRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    SalaryRow,
    ServiceRow,
    TaskRow,
)
from gateway.store.tokens import create_token
from gateway.store.totals.sizes import Sizes
from tests.support.harness.mutating import Moment
from tests.support.harness.stores import store_url
from tests.support.worlds.documents import Json
from tests.support.worlds.office import add_rows

EXCHANGES: list[Json] = json.loads(Path(__file__).with_name("documented_exchanges.json").read_text(encoding="utf-8"))
NAMES = [f"{number}-{each['method']}-{each['path'].removeprefix('/api/v2/')}" for number, each in enumerate(EXCHANGES)]
HEADERS = {
    "accept": "text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5",
    "content-type": "application/vnd.api+json",
}
ANA = 8159
STATUSES = {"record_already_approved": 409, "record_already_unrejected": 409, "invalid_attribute": 422}


def records(response: Json | None) -> list[Json]:
    data = (response or {}).get("data") or []
    return data if isinstance(data, list) else [data]


def organization_of(exchange: Json) -> int:
    found = [record["relationships"]["organization"]["data"]["id"] for record in records(exchange["response"])]
    return int(found[0]) if found else 2055


def before(exchange: Json, organization: int) -> list[TimeEntryRow]:
    """The entries as they were before the exchange: what its answer shows, less what it did."""
    path, method = exchange["path"], exchange["method"]
    if method == "POST" or "filter" in path:
        return []
    shown = {int(record["id"]): record["attributes"] for record in records(exchange["response"])}
    numbers = list(shown) or [int(number) for number in re.findall(r"/(\d+)", path)]
    is_in_euros = any(attributes["currency"] == "EUR" for attributes in shown.values())
    rows = []
    for number in numbers:
        created = shown.get(number, {}).get("created_at", "2025-08-01T06:19:50.000+02:00")
        instant = parse_instant(created)
        state: dict[str, Any] = {}
        if path.endswith(("/unapprove", "bulk_unapprove")) or "/343/" in path:
            state = {"approved": True, "approved_at": instant}
        if path.endswith("/345/unreject"):
            state = {"rejected": True, "rejected_at": instant, "rejected_reason": "no"}
        rows.append(
            TimeEntryRow(
                id=number,
                organization_id=organization,
                person_id=8160,
                service_id=1192 if is_in_euros else 1229,
                deal_id=1 if is_in_euros else 2,
                billing_type_id=2,
                date=dt.date(2016, 10, 1),
                time=480,
                billable_time=480,
                note="test note",
                overhead=False,
                created_at=instant,
                updated_at=instant,
                last_activity_at=instant,
                currency="EUR" if is_in_euros else "USD",
                currency_default="USD",
                currency_normalized="EUR" if is_in_euros else "USD",
                **state,
            )
        )
    return rows


async def furnish(connection: Connection, organization: int, entries: list[TimeEntryRow]) -> str:
    own: dict[str, Any] = {"organization_id": organization}
    people = {8160: "Iva", 8184: "Eva", 8405: "Luka"}
    for rows in (
        [OrganizationRow(id=organization, name="Documented", currency="USD", time_zone="Europe/Zagreb")],
        [
            PersonRow(id=ANA, first_name="Ana", last_name="Kos", name_folded="ana kos", role="ADMIN", **own),
            *(
                PersonRow(id=number, first_name=name, last_name="Kos", name_folded=f"{name} kos".casefold(), **own)
                for number, name in people.items()
            ),
        ],
        [ProjectRow(id=1, name="Project", name_folded="project", **own)],
        [
            DealRow(id=1, name="Deal", name_folded="deal", currency="EUR", project_id=1, **own),
            DealRow(id=2, name="Dollars", name_folded="dollars", currency="USD", **own),
        ],
        [
            ServiceRow(id=number, deal_id=deal, name="Work", name_folded="work", **own)
            for number, deal in ((1192, 1), (1196, 1), (1229, 2))
        ],
        [TaskRow(id=444, project_id=1, title="Task", title_folded="task", **own)],
        [SalaryRow(id=1, person_id=8160, cost=2000, currency="EUR", started_on=dt.date(2010, 1, 1), **own)],
        [
            ExchangeRateRow(
                id=1,
                from_currency="EUR",
                to_currency="USD",
                rate="1.25",
                date=dt.date(2010, 1, 1),
                **own,
            )
        ],
        entries,
    ):
        if rows:
            await add_rows(connection, rows)
    return await create_token(connection, person_id=ANA, name="documented", now=0)


@asynccontextmanager
async def answering(directory: Path, exchange: Json) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """An application on the documented store, at the documented moment."""
    url, organization = store_url(directory), organization_of(exchange)
    async with open_database(url) as database:
        token = await database.write(
            lambda connection: furnish(connection, organization, before(exchange, organization))
        )
    app = create_app(Settings.load({}, database_url=url))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        changed = [record["attributes"]["updated_at"] for record in records(exchange["response"])]
        now = parse_instant(max(changed, default="2025-08-01T06:19:55.000+02:00"))
        settings = Settings.load({}, database_url=url)
        app.documented = JsonApiEndpoint(Api(app.database, Sizes(app.database), settings, Moment(now)), app.pipeline)
        yield client, token


def comparable(exchange: Json, text: str) -> list[Any]:
    """The document as pairs in their order; host, new numbers and `rejected_at` by form."""

    def pairs(found: list[tuple[str, Any]]) -> list[Any]:
        return [[key, normal(key, value)] for key, value in found]

    def normal(key: str, value: Any) -> Any:
        if key in {"first", "last"}:
            return re.sub(r"^http://[^/]+", "", value)
        if key == "id" and exchange["method"] == "POST":
            return bool(re.fullmatch(r"[1-9]\d*", value))
        if key == "rejected_at" and value is not None:
            return bool(re.fullmatch(r"2025-08-01T06:19:50\.\d{3}\+02:00", value))
        return value

    document: list[Any] = json.loads(text, object_pairs_hook=pairs)
    return document


@pytest.mark.parametrize("exchange", EXCHANGES, ids=NAMES)
async def test_a_documented_exchange_is_answered_as_documented(tmp_path, exchange):
    request, response = exchange["request"], exchange["response"]
    content = None if request is None else json.dumps(request)

    async with answering(tmp_path, exchange) as (client, token):
        answer = await client.request(
            exchange["method"], exchange["path"], content=content, headers={**HEADERS, "x-auth-token": token}
        )

    if response is None:
        assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (204, b"", None)
        return
    code = response["errors"][0]["code"] if "errors" in response else None
    made = 201 if exchange["method"] == "POST" else 200
    assert answer.status_code == (made if code is None else STATUSES.get(code, 400)), answer.text
    assert answer.headers["content-type"] == "application/vnd.api+json; charset=utf-8"
    assert comparable(exchange, answer.text) == comparable(exchange, json.dumps(response))


def test_all_exchanges_are_there():
    assert len(EXCHANGES) == 18
