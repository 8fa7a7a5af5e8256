"""A proxy before the upstream: what the account's plan lacks, what goes wrong on the way, and the budget it grants."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import orjson

from gateway.mirror.clock import Clock
from gateway.mirror.upstream.calls import AFTER, TIMERS, TIMESHEETS, VERSIONS
from tests.support.random.nonsense import nonsense
from tests.support.upstream.impostors import Sent, answer

CUT_OFF = b"HTTP/1.1"  # after it the connection is closed
DATES = "filter[updated_at][gt_eq]"
Document = dict[str, Any]


class Fault(Enum):
    """What can go wrong with one request."""

    THROTTLED = auto()
    FAILED_BEFORE = auto()  # 5xx, and nothing was done
    FAILED_AFTER = auto()  # 5xx, and it was done
    RESET_BEFORE = auto()
    RESET_AFTER = auto()
    SLOW = auto()
    CUT = auto()
    OTHER_HOST = auto()
    NONSENSE = auto()  # something else in one place
    SHIFTED = auto()  # somebody writes before it is answered


@dataclass(slots=True)
class Plan:
    """What the account has and lacks, and how it spells its answers."""

    versions: int = 200  # the status of asking for them
    timers: bool = True
    timesheets: bool = True
    dates: bool = True  # whether answers say when they were made
    cursors: bool = True
    instants: bool = True  # whether filter[updated_at] looks at more than the date
    unknown_includes: frozenset[str] = frozenset()
    lost_versions: float = 0.0  # the share of them that nobody is told of
    dashes: bool = False  # types with dashes, ids as numbers, and an attribute that nobody knows


@dataclass(slots=True)
class Proxy:
    """Forwards requests to a server, and says in `passed` where the budget was not kept."""

    server: httpx.AsyncClient
    clock: Clock
    budget: tuple[tuple[int, int], ...] = ((100, 10), (4_000, 1_800))
    plan: Plan = field(default_factory=Plan)
    chance: random.Random = field(default_factory=random.Random)
    faults: dict[Fault, float] = field(default_factory=dict)  # how often each happens, of 1
    strikes: Callable[[Sent], bool] = lambda _: True  # which requests faults happen to
    alter: Callable[[Sent], bytes | None] = lambda _: None  # what is answered in place of the server
    somebody: Callable[[], Awaitable[None]] | None = None  # writes for SHIFTED
    delay: Callable[[], Awaitable[object]] | None = None
    arrivals: list[int] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)  # method and target of each
    quiet_until: int = 0  # as told by a 429
    judges_arrivals: bool = True  # else who sends tells of what goes, and of a 429 that was read
    running: asyncio.Task[Any] | None = None  # what asks
    stop_after: int | None = None  # requests, whereupon that is stopped

    async def respond(self, sent: Sent) -> bytes:
        """Answer one request."""
        self._account(sent)
        if self.delay is not None:
            await self.delay()
        altered = self.alter(sent)
        if altered is not None:
            return altered
        fault = self._fault() if self.strikes(sent) else None
        return self._lacking(sent) or await self._before(fault) or await self._forwarded(sent, fault)

    def _stop(self) -> None:
        """Stop who asks in the middle of a request, if it is time."""
        if self.stop_after is not None and self.running is not None:
            self.stop_after -= 1
            if self.stop_after == 0:
                self.running.cancel()

    def _fault(self) -> Fault | None:
        found = next((fault for fault, share in self.faults.items() if self.chance.random() < share), None)
        if found is not None:
            self.happened.append(found)
        return found

    async def _before(self, fault: Fault | None) -> bytes | None:
        """Answer in place of the server, or do what goes before it."""
        match fault:
            case Fault.THROTTLED:
                return self._throttle(self.chance.choice((1, 7, 45)))
            case Fault.FAILED_BEFORE:
                return answer(503, body=b"<html>Unavailable</html>", media_type="text/html")
            case Fault.RESET_BEFORE:
                return CUT_OFF
            case Fault.SHIFTED if self.somebody is not None:
                await self.somebody()
            case Fault.SLOW:
                await self.clock.sleep(self.chance.choice((0.3, 4, 20)))
        return None

    async def _forwarded(self, sent: Sent, fault: Fault | None) -> bytes:
        whole = await self._forward(sent, is_misled=fault is Fault.OTHER_HOST, is_nonsense=fault is Fault.NONSENSE)
        match fault:
            case Fault.FAILED_AFTER:
                return answer(502, {"errors": [{"status": "502", "title": "Bad Gateway"}]})
            case Fault.RESET_AFTER:
                return CUT_OFF
            case Fault.CUT:
                return whole[: self.chance.randint(1, len(whole) - 1)]
        return whole

    def _account(self, sent: Sent) -> None:
        """Count the request in all windows, as the account does."""
        self._stop()
        now = self.clock.now()
        self.sent.append((sent.method, sent.target))
        self.arrivals.append(now)
        for most, seconds in self.budget:
            count = sum(now - seconds * 1_000 < arrival <= now for arrival in self.arrivals)
            if count > most:
                self.passed.append(f"{count} requests in {seconds} s, with {sent.method} {sent.target}")
        if self.judges_arrivals:
            self.judge(f"{sent.method} {sent.target}")
        self.arrivals = [arrival for arrival in self.arrivals if arrival > now - 1_000 * max(s for _, s in self.budget)]

    def judge(self, what: str) -> None:
        """Note a request that goes though the account wants none."""
        early = self.quiet_until - self.clock.now()
        if early > 0:
            self.passed.append(f"{early} ms too early after a 429: {what}")

    def told(self, until: int) -> None:
        """Take it that nothing is sent before an instant."""
        self.quiet_until = max(self.quiet_until, until)

    def _throttle(self, seconds: int) -> bytes:
        if self.judges_arrivals:
            self.told(self.clock.now() + seconds * 1_000)
        limit, period = self.budget[0]
        return answer(429, {"limit": limit, "period": period}, x_ratelimit_reset=str(seconds))

    def _lacking(self, sent: Sent) -> bytes | None:
        """Refuse what the account's plan has not got."""
        parts = urlsplit(sent.target)
        name, asked = (
            parts.path.removeprefix("/api/v2/").split("/")[0],
            dict(parse_qsl(parts.query, keep_blank_values=True)),
        )
        if name == VERSIONS and self.plan.versions != 200:
            return answer(self.plan.versions, {"errors": [{"status": str(self.plan.versions), "title": "Not here"}]})
        if (name == TIMERS and not self.plan.timers) or (
            name == TIMESHEETS and sent.method != "GET" and not self.plan.timesheets
        ):
            return answer(404, {"errors": [{"status": "404", "title": "Not Found"}]})
        if AFTER in asked and not self.plan.cursors:
            return answer(400, {"errors": [{"code": "keyset_unsupported_sort", "title": "Unsupported sort"}]})
        for include in asked.get("include", "").split(","):
            if include in self.plan.unknown_includes:
                detail = f"Include '{include}' is not supported on this endpoint"
                return answer(400, {"errors": [{"code": "unsupported_include", "detail": detail}]})
        return None

    async def _forward(self, sent: Sent, *, is_misled: bool, is_nonsense: bool) -> bytes:
        parts = urlsplit(sent.target)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if not self.plan.instants or "x-feature-flags" not in sent.headers:
            pairs = [(name, value[:10] + "T00:00:00Z" if name == DATES else value) for name, value in pairs]
        kept = {
            name: value for name, value in sent.headers.items() if name not in {"content-length", "accept-encoding"}
        }
        target = f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path
        found = await self.server.request(sent.method, target, content=sent.body, headers=kept)
        date = formatdate(self.clock.now() / 1_000, usegmt=True) if self.plan.dates else ""
        if not found.content:
            return answer(found.status_code, date=date)
        if not (is_misled or is_nonsense or self.plan.dashes or self.plan.lost_versions):
            return answer(found.status_code, body=found.content, date=date)
        document = orjson.loads(found.content)
        if is_nonsense:
            return answer(found.status_code, nonsense(document, self.chance), date=date)
        if is_misled and "next" in document.get("links", {}):
            document["links"]["next"] = document["links"]["next"].replace("127.0.0.1", "elsewhere.example")
        self._spell(document)
        return answer(found.status_code, document, date=date)

    def _spell(self, document: Document) -> None:
        if not isinstance(document.get("data"), list):
            return
        if self.plan.lost_versions:
            document["data"] = [record for record in document["data"] if not self._is_lost(record)]
        if self.plan.dashes:
            for record in _records(document):
                record["type"] = record["type"].replace("_", "-")
                record["id"] = int(record["id"])
                record["attributes"]["unheard_of"] = {"a": [1]}

    def _is_lost(self, record: Document) -> bool:
        """Tell whether a version is one that is never told of."""
        chance = random.Random(f"{record['id']}")
        return record["type"] == VERSIONS and chance.random() < self.plan.lost_versions


def _records(document: Document) -> Iterator[Document]:
    yield from document["data"]
    yield from document.get("included", [])
