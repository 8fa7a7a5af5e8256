"""Random histories of an account and its mirror: people write on both sides, requests fail, processes end, time passes.

After each, and one quiet round, the mirror has to equal the account; the budget was kept, and no write was doubled.
"""

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from gateway.app import create_app
from gateway.domain.access import Role
from gateway.jsonapi.api import Api
from gateway.jsonapi.endpoint import JsonApiEndpoint
from gateway.mirror.running import LeftOut, Mirror
from gateway.mirror.upstream.budget import Limiter
from gateway.mirror.upstream.errors import UpstreamError
from gateway.mirror.upstream.exchange import MOST_BYTES, Exchange
from gateway.mirror.writes.choosing import open_writer
from gateway.settings import Settings
from gateway.store.databases.database import Connection, Database
from gateway.store.schema.change_log import TimeEntryChangeRow
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from gateway.store.totals.sizes import Sizes
from gateway.store.viewers import set_role
from tests.support.harness.stores import store_url
from tests.support.judges.mirrored import deletions_of, differences, everything_of
from tests.support.upstream.accounts import LiveAccount, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.mirrors import mirroring
from tests.support.upstream.proxies import Fault, Plan, Proxy
from tests.support.worlds.office import ADMIN, MANAGER, MEMBER, OTHER, OWNER, entry, table_rows

STEPS = 14
KEPT_MS = 23 * 3_600_000  # an hour less than a key is
DAYS = ("2025-07-30", "2025-07-31", "2025-08-01", "2025-06-15", "2024-02-29")
PEOPLE = (ADMIN, MANAGER, OWNER, MEMBER, OTHER)
SERVICES = (1, 2, 3, 4)
FAILURES = [fault for fault in Fault if fault is not Fault.NONSENSE]  # after which the truth is told
FAULTS: tuple[dict[Fault, float], ...] = (
    {},
    dict.fromkeys(FAILURES, 0.02),
    dict.fromkeys(FAILURES, 0.06),
    {Fault.SHIFTED: 0.4},
    {Fault.THROTTLED: 0.2, Fault.CUT: 0.1},
    {Fault.FAILED_AFTER: 0.15, Fault.RESET_AFTER: 0.15, Fault.SHIFTED: 0.1},
)
PLANS = (
    Plan(),
    Plan(),
    Plan(versions=404),
    Plan(versions=403, cursors=False),
    Plan(cursors=False, instants=False),
    Plan(lost_versions=0.4),
    Plan(dashes=True, instants=False),
    Plan(unknown_includes=frozenset({"approval_statuses"})),
    Plan(timers=False, timesheets=False),
)


class Ended(Exception):
    """The time that a mirror was given is over, wherever it was."""


@dataclass(slots=True)
class EndingClock(VirtualClock):
    """A clock at which one task that waits beyond an instant is ended."""

    until: int = 0
    ended: asyncio.Task[Any] | None = None

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once, up to the end."""
        if asyncio.current_task() is self.ended and self.instant + seconds * 1_000 > self.until:
            self.instant = max(self.instant, self.until)
            raise Ended
        await VirtualClock.sleep(self, seconds)


@dataclass(slots=True)
class Outcome:
    """What became of a history."""

    faults: list[str] = field(default_factory=list)  # of the mirror; none is what is wanted
    happened: Counter[str] = field(default_factory=Counter)
    requests: int = 0


@dataclass(slots=True)
class Sides:
    """An account and the gateway that mirrors it."""

    account: LiveAccount
    clock: EndingClock
    chance: random.Random
    database: Database  # the gateway's
    client: httpx.AsyncClient  # asks the gateway
    outcome: Outcome
    tokens: dict[int, str] = field(default_factory=dict)  # the gateway's, once its people are there
    keys: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)  # since when, and what is to be made
    made: set[str] = field(default_factory=set)  # keys whose entry was answered as made
    is_busy: bool = False  # a write goes on, so that nobody begins one within it

    # ---- in the account ---------------------------------------------------------------------------------------------

    async def somebody_writes(self) -> None:
        """Have somebody write: in the account, or through the gateway."""
        if self.is_busy:
            return
        self.is_busy = True
        try:
            self.clock.instant += self.chance.randint(1, 2_000)
            if self.tokens and self.chance.random() < 0.3:
                await self.write_through_the_gateway()
            else:
                await self.write_in_the_account()
        finally:
            self.is_busy = False

    async def write_in_the_account(self) -> None:
        """Do one thing there; what its rules refuse is nothing."""
        number = await self._some_entry()
        acts: list[tuple[str, str, Any]] = [("POST", "time_entries", self._new_entry())] * 3
        if number is not None:
            acts += [("PATCH", f"time_entries/{number}", self._change(number))] * 3
            acts += [("DELETE", f"time_entries/{number}", None)] * 2
            acts += [("PATCH", f"time_entries/{number}/{act}", None) for act in self._acts]
            acts += [("PATCH", "time_entries/bulk_approve", {"ids": [number]})]
            acts += [("PATCH", f"timers/{number}/stop", None)]
        acts += [("POST", "timers", self._timer()), ("POST", "timesheets", self._day())]
        await self.account.ask(*self.chance.choice(acts), who=self.chance.choice((ADMIN, ADMIN, MANAGER, MEMBER)))

    _acts = ("approve", "unapprove", "reject", "unreject")

    async def change_neighbours(self, directory: Path) -> None:
        """Have the account rename something, and know something new."""
        word = str(self.chance.randint(1, 999))
        renamed = self.chance.choice((("companies", 1), ("projects", 2), ("services", 3), ("deals", 2)))
        new = self.chance.randint(100, 999)
        owner = {"organization": {"data": {"type": "organizations", "id": "1"}}}
        await self.account.bring(
            directory,
            {"type": renamed[0], "id": str(renamed[1]), "attributes": {"name": f"Name {word}"}},
            {
                "type": "services",
                "id": str(new),
                "attributes": {"name": f"New {new}", "billing_type_id": 2},
                "relationships": {**owner, "deal": {"data": {"type": "deals", "id": "1"}}},
            },
        )
        await self.account.ask("POST", "time_entries", self._new_entry(service=new))

    async def _some_entry(self) -> int | None:
        ids = [row["id"] for row in await table_rows(self.account.database, TimeEntryRow)]
        return self.chance.choice(ids) if ids else None

    def _new_entry(self, service: int | None = None, note: str | None = None) -> dict[str, Any]:
        return {
            "data": {
                "type": "time_entries",
                "attributes": {
                    "date": self.chance.choice(DAYS),
                    "time": self.chance.choice((0, 15, 60, 480)),
                    "note": note or self.chance.choice((None, "a", "Ü ’")),
                },
                "relationships": {
                    "person": _to("people", self.chance.choice(PEOPLE)),
                    "service": _to("services", service or self.chance.choice(SERVICES)),
                },
            }
        }

    def _change(self, number: int) -> dict[str, Any]:
        change = self.chance.choice(
            (
                {"note": f"changed {self.chance.randint(1, 99)}"},
                {"time": self.chance.randint(0, 600)},
                {"date": self.chance.choice(DAYS)},
                {"service_id": self.chance.choice(SERVICES)},
            )
        )
        return {"data": {"type": "time_entries", "id": str(number), "attributes": change}}

    def _timer(self) -> dict[str, Any]:
        service = _to("services", self.chance.choice(SERVICES))
        return {"data": {"type": "timers", "attributes": {}, "relationships": {"service": service}}}

    def _day(self) -> dict[str, Any]:
        attributes = {"date": self.chance.choice(DAYS)}
        person = _to("people", self.chance.choice(PEOPLE))
        return {"data": {"type": "timesheets", "attributes": attributes, "relationships": {"person": person}}}

    # ---- through the gateway ----------------------------------------------------------------------------------------

    async def write_through_the_gateway(self) -> None:
        """Make an entry under a key, ask again for one that was not answered, or decide about one."""
        chance = self.chance.random()
        waiting = self.waiting
        if waiting and chance < 0.4:
            await self.make(self.chance.choice(waiting))
        elif chance < 0.7:
            key = f"key {len(self.keys)}"
            self.keys[key] = self.clock.instant, self._new_entry(note=key)
            await self.make(key)
        elif (number := await self._some_entry()) is not None:
            method, path = self.chance.choice(
                [("PATCH", f"time_entries/{number}/{act}") for act in self._acts]
                + [("DELETE", f"time_entries/{number}")]
            )
            self._note(await self._ask(method, path))

    @property
    def waiting(self) -> list[str]:
        """The keys, as long as they are kept, whose entry was not answered as made."""
        return sorted(
            key
            for key, (since, _) in self.keys.items()
            if key not in self.made and self.clock.instant - since < KEPT_MS
        )

    async def make(self, key: str) -> None:
        """Make the entry of a key."""
        answer = await self._ask("POST", "time_entries", self.keys[key][1], key)
        self._note(answer)
        if answer.status_code in {200, 201}:
            self.made.add(key)

    async def _ask(self, method: str, path: str, document: object = None, key: str | None = None) -> httpx.Response:
        headers = {"x-auth-token": self.tokens[ADMIN], "content-type": "application/vnd.api+json"}
        more = {} if key is None else {"x-idempotency-key": key}
        return await self.client.request(method, f"/api/v2/{path}", json=document, headers=headers | more)

    def _note(self, answer: httpx.Response) -> None:
        errors = [] if answer.status_code < 300 else [error["code"] for error in answer.json()["errors"]]
        self.outcome.happened[f"forwarded: {answer.status_code} {' '.join(errors)}".strip()] += 1
        if answer.status_code == 500:
            self.outcome.faults.append(f"a forwarded write was answered with {answer.text}")

    # ---- the mirror -------------------------------------------------------------------------------------------------

    async def mirror(self, work: Callable[[Mirror], Awaitable[Any]]) -> Any:
        """Have a mirror that has just started do something; return None where it was ended before."""
        async with mirroring(self.account, self.database) as mirror:
            running = asyncio.ensure_future(work(mirror))
            self.account.proxy.running = running
            self.clock.ended = running if self.clock.until else None
            try:
                return await running
            except (Ended, UpstreamError) as end:
                self.outcome.happened[type(end).__name__] += 1
            except asyncio.CancelledError:
                self.outcome.happened["stopped"] += 1
            finally:
                self.account.proxy.running = self.clock.ended = None
        return None

    async def run_for(self, seconds: float) -> None:
        """Let the mirror run for a while, as beside a server; at times it is stopped on the way."""
        self.clock.until = self.clock.instant + round(seconds * 1_000)
        self.account.proxy.stop_after = self.chance.choice((None, None, None, self.chance.randint(1, 40)))
        try:
            await self.mirror(Mirror.for_ever)
        finally:
            self.clock.until, self.account.proxy.stop_after = 0, None

    async def know_people(self) -> None:
        """Give the gateway's people roles and tokens, as soon as they are there."""

        async def write(connection: Connection) -> dict[int, str]:
            if not await set_role(connection, ADMIN, Role.ADMIN, sees_costs=True):
                return {}
            return {ADMIN: await create_token(connection, person_id=ADMIN, name="t", now=0)}

        if not self.tokens:
            self.tokens = await self.database.write(write)


def _to(type_: str, number: int) -> dict[str, Any]:
    return {"data": {"type": type_, "id": str(number)}}


@contextmanager
def _judged_where_it_is_sent(proxy: Proxy) -> Iterator[None]:
    """Hold to a 429 what is sent once it is kept: who was stopped reads none, what is on its way is not called back."""
    received, pause = Exchange._received, Limiter.pause  # noqa: SLF001 - where requests go, and where answers were read
    proxy.judges_arrivals = False

    async def judged(self: Exchange, request: httpx2.Request, place: str, most: int) -> tuple[httpx2.Response, bytes]:
        proxy.judge(f"{request.method} {request.url}")
        return await received(self, request, place, most)

    async def paused(self: Limiter, seconds: float) -> None:
        until = proxy.clock.now() + round(seconds * 1_000)
        await pause(self, seconds)
        proxy.told(until)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "_received", judged)
        patch.setattr(Limiter, "pause", paused)
        yield


@contextmanager
def _read_in_parts(seed: int, outcome: Outcome) -> Iterator[None]:
    """Have a page of many entries be too long, in one history of four."""
    with pytest.MonkeyPatch.context() as patch:
        if seed % 4 == 1:
            outcome.happened["in parts"] += 1
            for purpose in MOST_BYTES:
                patch.setitem(MOST_BYTES, purpose, 60_000)
        yield


async def history(directory: Path, seed: int) -> Outcome:
    """Run one history on two fresh stores; what is wrong at its end is in the outcome."""
    chance, clock, outcome = random.Random(seed), EndingClock(), Outcome()
    days = [
        entry(number, date=dt.date.fromisoformat(chance.choice(DAYS))) for number in range(1, chance.randint(2, 260))
    ]
    async with live_account(directory, *days, clock=clock, seed=seed) as account:
        account.proxy.plan = chance.choice(PLANS)
        with _judged_where_it_is_sent(account.proxy), _read_in_parts(seed, outcome):
            async with _gateway(directory, account, clock) as (database, client):
                sides = Sides(account, clock, chance, database, client, outcome)
                account.proxy.somebody = sides.somebody_writes
                for _ in range(STEPS):
                    account.proxy.faults = chance.choice(FAULTS)
                    await _step(sides, directory)
                account.proxy.faults = {}
                await _end(sides)
    return outcome


async def _step(sides: Sides, directory: Path) -> None:
    match sides.chance.randint(0, 9):
        case 0 | 1 | 2 | 3:
            for _ in range(sides.chance.randint(1, 5)):
                await sides.somebody_writes()
        case 4:
            await sides.change_neighbours(directory)
        case 5:
            sides.clock.instant += sides.chance.choice((20_000, 7_200_000, 3 * 86_400_000))
        case _:
            await sides.run_for(sides.chance.choice((5, 25, 60)))
            await sides.know_people()


async def _end(sides: Sides) -> None:
    """Let one quiet round pass, and compare."""
    plan, outcome, proxy = sides.account.proxy.plan, sides.outcome, sides.account.proxy
    tells_all = plan.versions == 200 and not plan.lost_versions and plan.cursors
    sides.clock.instant += 15_000
    await sides.mirror(lambda mirror: mirror.once())  # where there was none yet, people are known now
    await sides.know_people()
    for key in sides.waiting:
        sides.clock.instant += 15_000
        await sides.make(key)
    left: LeftOut | None = await sides.mirror(lambda mirror: mirror.once(sweep=not tells_all))
    if left is None or not left.is_nothing:
        outcome.faults.append(f"something is left out: {left}")
    theirs = await everything_of(sides.account.client, sides.account.tokens[ADMIN])
    outcome.faults += differences(theirs, await everything_of(sides.client, sides.tokens[ADMIN]))
    outcome.faults += await _wrong_deletions(sides, is_told_all=tells_all)
    outcome.faults += await _doubled(sides)
    outcome.faults += proxy.passed
    outcome.happened.update(fault.name for fault in proxy.happened)
    outcome.requests = len(proxy.sent)


async def _wrong_deletions(sides: Sides, *, is_told_all: bool) -> list[str]:
    """Compare what was deleted, when and by whom, of entries that the mirror knew."""
    theirs = await deletions_of(sides.account.client, sides.account.tokens[ADMIN])
    ours = await deletions_of(sides.client, sides.tokens[ADMIN])
    if not is_told_all:
        return [f"entry {number} was deleted here alone" for number in ours.keys() - theirs.keys()]
    return [
        f"entry {number}: {deletion}, in the account {theirs.get(number)}"
        for number, deletion in ours.items()
        if not deletion.is_that_of(theirs.get(number))
    ]


async def _doubled(sides: Sides) -> list[str]:
    """Say of which keys more than one entry was made in the account, or none though it was answered."""
    log = await table_rows(sides.account.database, TimeEntryChangeRow, kind="CREATED")
    counts = {key: sum(f'"{key}"' in row["after"] for row in log) for key in sides.keys}
    return [f"{key} was made {count} times" for key, count in counts.items() if not (key in sides.made) <= count <= 1]


@asynccontextmanager
async def _gateway(
    directory: Path, account: LiveAccount, clock: EndingClock
) -> AsyncIterator[tuple[Database, httpx.AsyncClient]]:
    """Open the gateway that mirrors the account and forwards what is written."""
    settings = Settings.load({}, database_url=store_url(directory, "mirror.db"), max_cost=1_000_000_000)
    options = account.options(mirror_writes="forward", mirror_shared_writes="on")
    app = create_app(settings)
    async with app.router.lifespan_context(app), open_writer(app.database, options, clock) as writer:
        api = Api(app.database, Sizes(app.database), settings, clock=clock.now, exports=app.exports, writer=writer)
        app.documented = JsonApiEndpoint(api, app.pipeline)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mirror", timeout=60) as client:
            yield app.database, client
