"""`gateway mirror check`: which of the facts that the mirror relies on hold for a real account.

Nothing is written there: the calls that write are tried with what no account accepts.
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.clock import Clock
from gateway.domain.approval import Act
from gateway.domain.instants import EPOCH, ONE_DAY, parse_instant
from gateway.imports.records import Place, Problems
from gateway.jsonapi.reading import Reader
from gateway.jsonapi.shown import ENTRY_ATTRIBUTES
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource, attributes_of, number_of
from gateway.mirror.upstream.errors import Conflict, Forbidden, Invalid, NotThere, Unauthorized, UpstreamError

NEEDED = frozenset({"person", "service"})  # relationships without which an entry cannot be kept
NEEDED_TYPES = frozenset({"people", "deals", "services"})
MOST_APART_S = 60  # between the upstream's clock and ours, before it is told
SAMPLE = 20  # entries that are read as the mirror reads them
MOST_NAMED = 5  # attributes in a sentence


class State(Enum):
    """How much depends on what was found."""

    HOLDS = "ok"
    TOLD = "note"  # nothing depends on it
    LACKING = "lacks"  # the account can be mirrored without it
    BROKEN = "FAILS"  # it cannot


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, and whether it holds."""

    fact: str
    state: State
    sentence: str


def worst_of(findings: Iterable[Finding]) -> State:
    """Return what some findings come to."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.BROKEN, State.LACKING) if state in states), State.HOLDS)


class Checking:
    """Tries one account."""

    def __init__(self, upstream: Upstream, now: Clock) -> None:
        self._upstream, self._now = upstream, now
        self._newest: Resource | None = None  # the entry that was written last
        self._has: dict[str, bool] = {}

    async def run(self) -> AsyncIterator[Finding]:
        """Yield what is found, step by step; without the first two facts nothing else can be tried."""
        for probe in (self._organization, self._entries):
            found = await self._tried(probe)
            for finding in found:
                yield finding
            if any(finding.state is State.BROKEN for finding in found):
                return
        for probe in (self._instants, self._cursors, self._versions, self._ids, self._neighbours, self._writes):
            for finding in await self._tried(probe):
                yield finding

    async def look(self) -> Capabilities:
        """Find out what the account has of what not every account has, and no more.

        Raises:
            UpstreamError: it cannot be asked.
        """
        for probe in (self._cursors, self._versions, self._writes):
            await probe()
        return self.capabilities

    @property
    def capabilities(self) -> Capabilities:
        """What the account was found to have."""
        return Capabilities(**self._has)

    async def _tried(self, probe: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
        try:
            return await probe()
        except UpstreamError as error:
            return [Finding(probe.__name__.strip("_"), State.BROKEN, error.sentence)]

    # ---- what there has to be ---------------------------------------------------------------------------------------

    async def _organization(self) -> list[Finding]:
        wanted = self._upstream.account.organization_id
        try:
            page = await self._upstream.page(*calls.records_by_id("organizations", [wanted]))
        except NotThere as error:
            sentence = f"{error.sentence.rstrip('.')}. Is GATEWAY_MIRROR_URL the address of the API, with its path?"
            return [Finding("organization", State.BROKEN, sentence)]
        if not any(str(record.get("id")) == str(wanted) for record in page.records):
            sentence = f"The token does not show organization {wanted}: is GATEWAY_MIRROR_ORGANIZATION_ID right?"
            return [Finding("organization", State.BROKEN, sentence)]
        return [Finding("organization", State.HOLDS, f"{self._upstream.account.url} shows it."), self._clock(page)]

    def _clock(self, page: Page) -> Finding:
        if page.date is None:
            return Finding("clock", State.BROKEN, "Answers have no Date, by which it is told how far they go.")
        apart = abs(page.date - self._now()) // 1_000
        if apart > MOST_APART_S:
            return Finding("clock", State.TOLD, f"Ours is {apart:,} s from the account's, which alone is gone by.")
        return Finding("clock", State.HOLDS, "Ours is that of the account.")

    async def _entries(self) -> list[Finding]:
        newest = await self._upstream.page(*calls.newest_entry(EPOCH.date(), dt.date.max - ONE_DAY))
        if newest.total is None:
            return [Finding("entries", State.BROKEN, "Lists do not say how many records they have (meta.total_count).")]
        self._newest = newest.records[0] if newest.records else None
        sample = await self._upstream.page(*calls.latest_entries(SAMPLE))
        refused = self._upstream.refused_includes.get(calls.ENTRIES, set())
        findings = [
            Finding("entries", State.HOLDS, f"There are {newest.total:,}, which can be ordered by updated_at."),
            _includes("entries", refused, needed=NEEDED),
        ]
        return findings + _readable(sample)

    # ---- what is good to have ---------------------------------------------------------------------------------------

    async def _instants(self) -> list[Finding]:
        """Ask for what was written after the entry that was written last: with a filter by date it comes again."""
        fact, instant = "filter by instant", _updated_at(self._newest)
        if instant is None or self._newest is None:
            return [Finding(fact, State.TOLD, "It was not tried, as there is no entry.")]
        page = await self._upstream.page(*calls.entries_changed(instant + 1))
        if any(record.get("id") == self._newest.get("id") for record in page.records):
            sentence = "filter[updated_at] looks at the date alone, so each poll reads what was written that day."
            return [Finding(fact, State.LACKING, sentence)]
        return [Finding(fact, State.HOLDS, "filter[updated_at] looks at the millisecond.")]

    async def _cursors(self) -> list[Finding]:
        path, parameters = calls.entries_changed(_updated_at(self._newest) or 0)
        async for _ in self._upstream.pages(path, parameters):
            break
        self._has["cursors"] = self._upstream.has_cursors(path, dict(parameters)["sort"])
        if not self._has["cursors"]:
            sentence = "There are pages by number alone, which shift while they are read; sweeps find what was missed."
            return [Finding("cursors", State.LACKING, sentence)]
        return [Finding("cursors", State.HOLDS, "Pages go on by cursor.")]

    async def _versions(self) -> list[Finding]:
        try:
            page = await self._upstream.page(*calls.versions_since(_updated_at(self._newest) or 0))
        except (NotThere, Forbidden, Invalid) as lacking:
            self._has["versions"] = False
            sentence = f"Sweeps alone find deletions, and nobody is named for them: {lacking.sentence}"
            return [Finding("versions", State.LACKING, sentence)]
        self._has["versions"] = True
        lacks = {calls.VERSION_EVENT, calls.VERSION_ITEM, calls.VERSION_INSTANT} - _shared_attributes(page.records)
        if page.records and lacks:
            return [Finding("versions", State.LACKING, f"They do not say: {', '.join(sorted(lacks))}.")]
        return [Finding("versions", State.HOLDS, "They tell of deletions, and who did what.")]

    async def _ids(self) -> list[Finding]:
        if self._newest is None:
            return []
        wanted = number_of(self._newest)
        if wanted is None:
            return [Finding("filter by id", State.BROKEN, "The entry that was written last has no number.")]
        try:
            page = await self._upstream.page(*calls.records_by_id(calls.ENTRIES, [wanted]))
        except Invalid as refused:
            return [Finding("filter by id", State.BROKEN, refused.sentence)]
        if [str(record.get("id")) for record in page.records] != [str(wanted)]:
            return [Finding("filter by id", State.BROKEN, "filter[id] answers other records than the one asked for.")]
        return [Finding("filter by id", State.HOLDS, "Single records can be read in batches.")]

    async def _neighbours(self) -> list[Finding]:
        return [await self._type(name) for name in calls.NEIGHBOURS]

    async def _type(self, name: str) -> Finding:
        path, parameters = calls.neighbours(name)
        try:
            page = await self._upstream.page(path, (*parameters, (calls.SIZE, "1")))
        except (NotThere, Forbidden, Invalid) as lacking:
            state = State.BROKEN if name in NEEDED_TYPES else State.LACKING
            return Finding(name, state, f"They stay unknown: {lacking.sentence}")
        refused = self._upstream.refused_includes.get(name, set())
        if refused:
            return _includes(name, refused, needed=frozenset())
        return Finding(
            name, State.HOLDS, "None." if page.total == 0 else f"{page.total:,}." if page.total else "There."
        )

    # ---- writes -----------------------------------------------------------------------------------------------------

    async def _writes(self) -> list[Finding]:
        tried: Mapping[str, tuple[calls.Sending, str]] = {
            "bulk": (calls.decide_all([], Act.APPROVE), "Many entries are decided one by one."),
            "timers": (calls.start_timer({}, {}), "Timers are refused."),
            "timesheets": (calls.submit_nothing(), "Days can be neither submitted nor taken back."),
        }
        return [await self._call(name, sending, without) for name, (sending, without) in tried.items()]

    async def _call(self, name: str, sending: calls.Sending, without: str) -> Finding:
        """Send what is refused wherever the call is there."""
        fact = f"{sending.method} {sending.path}"
        self._has[name] = False
        try:
            await self._upstream.send(*sending)
        except (Invalid, Conflict):
            self._has[name] = True
            return Finding(fact, State.HOLDS, "The call is there.")
        except (NotThere, Forbidden, Unauthorized):
            pass
        except UpstreamError as error:
            return Finding(fact, State.LACKING, f"{without} {error.sentence}")
        else:
            return Finding(fact, State.LACKING, f"{without} It accepts what says nothing, so it is not trusted.")
        return Finding(fact, State.LACKING, f"{without} The call is not there, or not for the account's token.")


def _includes(fact: str, refused: set[str], *, needed: frozenset[str]) -> Finding:
    name = f"what {fact} point to"
    if not refused:
        return Finding(name, State.HOLDS, "All of it can be included.")
    state = State.BROKEN if refused & needed else State.LACKING
    return Finding(name, state, f"It cannot be included: {', '.join(sorted(refused))}.")


def _readable(page: Page) -> list[Finding]:
    """Read some entries as an import does."""
    if not page.records:
        return []
    problems = Problems()
    reader = Reader(problems)
    for number, record in enumerate(page.records):
        list(reader.read(record, Place("the account", f"/data/{number}"), number))
    found = [Finding("types", State.HOLDS, f"{len(page.records)} entries were read as they are documented.")]
    if problems.count:
        found = [
            Finding("types", State.LACKING, f"{problems.count} values are not as documented: {problems.listed[0]}.")
        ]
    hidden = [name for name in ENTRY_ATTRIBUTES if name not in _shared_attributes(page.records)]
    if hidden:
        named = ", ".join(hidden[:MOST_NAMED]) + (", ..." if len(hidden) > MOST_NAMED else "")
        sentence = f"{len(hidden)} are not shown to the token's person: {named}."
        return [*found, Finding("attributes", State.LACKING, sentence)]
    return [*found, Finding("attributes", State.HOLDS, f"All {len(ENTRY_ATTRIBUTES)} are shown.")]


def _shared_attributes(records: list[Resource]) -> set[str]:
    """Return the attributes that all of some records have."""
    named = [set(attributes) for record in records if isinstance(attributes := record.get("attributes"), dict)]
    return set.intersection(*named) if named else set()


def _updated_at(record: Resource | None) -> int | None:
    value = attributes_of(record or {}).get("updated_at")
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
