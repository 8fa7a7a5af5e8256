"""Random requests over HTTP: valid operations made from the schema, and broken ones made from those."""

import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from graphql import parse, validate

from gateway.app import create_app
from gateway.graphql.schema import CORE
from gateway.settings import Settings
from gateway.store.databases.database import Connection, open_database
from gateway.store.tokens import create_token
from tests.support.harness.stores import store_url
from tests.support.random.filters import Filters
from tests.support.random.operations import Operation, Operations, Pool
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, Ledger, fill, make_ledger, viewer

PEOPLE = (ADMIN, BOSS, CLERK, MEMBER, STRANGER)
TYPES = (
    "TimeEntry", "Organization", "Person", "Company", "Project", "Deal", "Service", "Task", "Subsidiary", "Timesheet",
    "Booking", "Invoice", "ApprovalStatus",
)  # fmt: skip
NUMBERS = (1, 2, 3, 5, 6, 7, 11, 12, 13, 14, 21, 24, 40, 9011, 99_999)
LISTS = ("timeEntries", "people", "services", "tasks", "projects", "deals", "companies")
# What no request may cause: faults of the gateway, or of its store.
FORBIDDEN = {"INTERNAL_SERVER_ERROR", "STORE_UNAVAILABLE", "STATEMENT_TIMEOUT", "REQUEST_TIMEOUT", "OPERATION_TIMEOUT"}
FRAGMENTS = ("{", "}", "(", ")", "...", "@skip(if: true)", "\0", "\ud7ff", "$x", "null", '"', "# ", "first: -1", "é")
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    1.5,
    "",
    "x",
    "\0",
    "2025-02-30",
    [],
    [[]],
    {},
    {"eq": None},
    ["x"] * 50,
)


@dataclass(slots=True)
class Fuzzed:
    """A gateway on a ledger, the tokens of some people, and cursors that exist."""

    client: httpx.AsyncClient
    ledger: Ledger
    tokens: dict[int, str]
    cursors: list[str] = field(default_factory=list)

    async def send(self, person: int, body: bytes) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self.tokens[person]}",
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
        }
        return await self.client.post("/graphql", content=body, headers=headers)


@dataclass(slots=True)
class Findings:
    """What a run found; `faults` should stay empty."""

    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds of processor time
    faults: list[str] = field(default_factory=list)

    def note(self, body: bytes, response: httpx.Response, seconds: float) -> None:
        """Check an answer."""
        payload = response.json()
        codes = [error["extensions"]["code"] for error in payload.get("errors", ())]
        self.codes.update(codes or ["answered"])
        self.slowest = max(self.slowest, seconds)
        cost = payload.get("extensions", {}).get("cost", {}).get("requested")
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or FORBIDDEN & set(codes):
            self.faults.append(f"{response.status_code} {codes} for {body.decode()}")
        elif cost is not None and count_records(payload.get("data")) > cost:
            self.faults.append(f"{count_records(payload['data'])} records at a cost of {cost} for {body.decode()}")


def count_records(value: Any) -> int:
    """Count the objects of an answer, below its root."""
    todo, count = [value], -1
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            count += 1
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return max(count, 0)


@asynccontextmanager
async def fuzzing(directory: Path, entries: int, **settings: object) -> AsyncIterator[Fuzzed]:
    """Fill a store and answer over ASGI from it."""
    url, ledger = store_url(directory), make_ledger(seed=7, entries=entries)
    async with open_database(url) as database:
        await fill(database, ledger)

        async def make_tokens(connection: Connection) -> dict[int, str]:
            return {person: await create_token(connection, person_id=person, name="fuzz", now=0) for person in PEOPLE}

        tokens = await database.write(make_tokens)
    app = create_app(Settings.load({}, database_url=url, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield Fuzzed(client, ledger, tokens)


async def _find_cursors(fuzzed: Fuzzed) -> None:
    for name in LISTS:
        body = json.dumps({"query": f"{{ {name}(first: 3) {{ edges {{ cursor }} }} }}"}).encode()
        data = (await fuzzed.send(ADMIN, body)).json()["data"]
        fuzzed.cursors += [edge["cursor"] for edge in data[name]["edges"]]


async def fuzz(fuzzed: Fuzzed, seed: int, *, valid: int, broken: int) -> Findings:
    """Send that many valid operations and that many broken ones, one after the other."""
    lot, findings = random.Random(seed), Findings()
    await _find_cursors(fuzzed)
    for make, count in ((_valid, valid), (_broken, broken)):
        for _ in range(count):
            person = lot.choice(PEOPLE)
            body = make(lot, _operations(fuzzed, lot, person))
            started = time.process_time()
            response = await fuzzed.send(person, body)
            findings.note(body, response, time.process_time() - started)
    return findings


def _operations(fuzzed: Fuzzed, lot: random.Random, person: int) -> Operations:
    who = viewer(person)
    filters = Filters(fuzzed.ledger.entries_of(who.organization_id), lot, submission=who.timesheet_submission)
    pool = Pool(
        id=lambda name: _id(lot, name),
        cursors=["", "bm9uZQ", *fuzzed.cursors],
        texts=("", "a", "ADRIA", "žU", "%", "Ž1", "<p>note</p>"),
        days=("2025-03-30", "2025-08-01", "2025-08-01T10:00:00.000+02:00", "2019-02-30", ""),
        filter=lambda: filters.filter(depth=2),
    )
    return Operations(CORE, lot, pool)


def _id(lot: random.Random, name: str) -> str:
    number = lot.choice(NUMBERS)
    if name in {"id", "ids"}:
        return f"{lot.choice(TYPES)}:{number}"
    return lot.choice((f"{name[0].upper()}{name[1:-2]}:{number}", str(number), "x"))


def _operation(lot: random.Random, operations: Operations) -> Operation:
    return operations.mutation() if lot.random() < 0.3 else operations.query()


def _valid(lot: random.Random, operations: Operations) -> bytes:
    while True:
        operation = _operation(lot, operations)
        if not validate(CORE, parse(operation.text)):
            return _body(operation.text, operation.variables)


def _broken(lot: random.Random, operations: Operations) -> bytes:
    """Break an operation in one to three places: its text, its variables or its JSON."""
    operation = _operation(lot, operations)
    text, variables = operation.text, dict(operation.variables)
    for _ in range(lot.randint(1, 3)):
        if variables and lot.random() < 0.4:
            name = lot.choice(list(variables))
            variables[name] = _change(lot, variables[name])
        else:
            text = _damage(lot, text)
    body = _body(text, variables)
    if lot.random() < 0.05:
        place = lot.randrange(len(body))
        body = body[:place] + lot.choice((b"", b"\xff", b"[", b'"', b"NaN", b"1e999")) + body[place + 1 :]
    return body


def _damage(lot: random.Random, text: str) -> str:
    words = text.split(" ")
    place = lot.randrange(len(words))
    match lot.randrange(5):
        case 0:
            del words[place]
        case 1:
            words.insert(place, words[lot.randrange(len(words))])
        case 2:
            words[place] = lot.choice(FRAGMENTS)
        case 3:
            other = lot.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        case _:
            letters = list(words[place])
            words[place] = "".join(letter for letter in letters if lot.random() < 0.8) + lot.choice("aZ_9$")
    return " ".join(words)


def _change(lot: random.Random, value: Any) -> Any:
    """Put something else in the place of a value, or of one that it holds."""
    if isinstance(value, dict) and value and lot.random() < 0.7:
        name = lot.choice(list(value))
        return {**value, name: _change(lot, value[name])}
    if isinstance(value, list) and value and lot.random() < 0.7:
        return [_change(lot, value[0]), *value[1:]]
    return lot.choice(VALUES)


def _body(text: str, variables: dict[str, Any]) -> bytes:
    return json.dumps({"query": text, "variables": variables}).encode()
