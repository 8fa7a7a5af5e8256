"""The upstream: pages of records to read, and writes to send."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from gateway.mirror.upstream import calls
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, Purpose
from gateway.mirror.upstream.documents import Page, TooLong, page_of
from gateway.mirror.upstream.errors import Invalid, Malformed, Throttled, TooLarge
from gateway.mirror.upstream.exchange import Exchange, Received
from gateway.mirror.upstream.places import Place

# Pages of a list: 10,000,000 records for the mirror; what belongs to one person's write is in 10,000.
MOST_PAGES = {Purpose.MIRROR: 50_000, Purpose.PEOPLE: 50}
LONGEST_LINK = 10_000  # characters


class Upstream:
    """An account that is asked; use it as an asynchronous context manager."""

    def __init__(self, account: Account, limiter: Limiter) -> None:
        self.account, self.limiter = account, limiter
        self._exchange = Exchange(account, limiter)
        self._without_cursors: set[tuple[str, str]] = set()  # path and sort
        self._refused_includes: dict[str, set[str]] = {}  # by path

    async def __aenter__(self) -> Self:
        await self._exchange.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exchange.__aexit__(kind, error, trace)

    @property
    def refused_includes(self) -> Mapping[str, set[str]]:
        """The relationships that cannot be included, by path, as far as that was found out."""
        return self._refused_includes

    def has_cursors(self, path: str, order: str = "") -> bool:
        """Tell whether a list was never found to be without pages by cursor."""
        return (path, order) not in self._without_cursors

    async def page(
        self,
        path: str,
        parameters: calls.Parameters = (),
        *,
        purpose: Purpose = Purpose.MIRROR,
        token: str | None = None,
    ) -> Page:
        """Read one page, or one record. What the upstream cannot include is left out.

        After a 429 the mirror's own reads wait as long as they are told to, and are sent again.

        Raises:
            UpstreamError: it was not answered; see `errors.py`.
        """
        while True:
            asked = self._without_refused(path, parameters)
            try:
                received = await self._exchange.send("GET", path, asked, purpose=purpose, token=token)
            except Throttled:
                if purpose is Purpose.PEOPLE:
                    raise
            except Invalid as refused:
                lacking = _lacking_include(dict(asked).get(calls.INCLUDE, ""), refused)
                if lacking is None:
                    raise
                self._refused_includes.setdefault(path, set()).add(lacking)
            else:
                return page_of(
                    received.content, self.account, received.date, size=received.size, sent_at=received.sent_at
                )

    async def pages(
        self, path: str, parameters: calls.Parameters = (), *, purpose: Purpose = Purpose.MIRROR
    ) -> AsyncIterator[Page]:
        """Read all pages of a list: by cursor, or by number where the upstream has no cursors for it.

        Pages by number shift where records come and go while they are read.

        Raises:
            UpstreamError: a page was not answered, or there is no end to them.
        """
        order = dict(parameters).get("sort", "")
        place = Place.first(by_cursor=self.has_cursors(path, order))
        seen: set[int] = set()  # hashes of pages and of cursors: neither comes twice
        for _ in range(MOST_PAGES[purpose]):
            try:
                page = await self._page_at(place, path, parameters, purpose)
            except Invalid as refused:
                if seen or place.cursor is None or not any(map(refused.has, calls.NO_CURSORS)):
                    raise
                self._without_cursors.add((path, order))
                place = Place.first(by_cursor=False)
                continue
            if (records := _hash_of(page)) in seen and page.records:
                raise Malformed(f"{self.account.url}/{path} answers the same page again and again.")
            yield page
            if page.next_link is None:
                return
            place.go_on(self._asked_next(path, page.next_link, place.name))
            if (cursor := hash(place.cursor or place.passed)) in seen or not page.records:
                break
            seen |= {records, cursor}
        raise Malformed(f"{self.account.url}/{path} has no last page: its links go on for ever.")

    async def _page_at(self, place: Place, path: str, parameters: calls.Parameters, purpose: Purpose) -> Page:
        """Read a page, with fewer records where they are too long together.

        Of one that is too long alone the mirror reads which it is, and goes on behind it.
        """
        while True:
            try:
                return await self.page(path, (*parameters, *place.parameters), purpose=purpose)
            except TooLarge:
                if place.ask_for_fewer():
                    continue
                if purpose is Purpose.MIRROR:
                    with suppress(Invalid, TooLarge):
                        return await self._outline(place, path, parameters)
                raise

    async def _outline(self, place: Place, path: str, parameters: calls.Parameters) -> Page:
        page = await self.page(*calls.outline(path, (*parameters, *place.parameters)))
        return replace(page, records=[TooLong(record) for record in page.records])

    async def send(self, method: str, path: str, document: object = None, *, token: str | None = None) -> Received:
        """Send a person's write with their token, or with the account's own. It is sent once, whatever comes of it.

        Raises:
            UpstreamError: it was refused, or its outcome is not known (`may_have_happened`).
        """
        return await self._exchange.send(method, path, (), document, purpose=Purpose.PEOPLE, token=token)

    def _without_refused(self, path: str, parameters: calls.Parameters) -> calls.Parameters:
        refused = self._refused_includes.get(path)
        if not refused:
            return parameters
        included = dict(parameters).get(calls.INCLUDE, "").split(",")
        kept = ",".join(name for name in included if name not in refused)
        rest = [pair for pair in parameters if pair[0] != calls.INCLUDE]
        return [*rest, (calls.INCLUDE, kept)] if kept else rest

    def _asked_next(self, path: str, link: str, name: str) -> str:
        """Return the page that a link leads to. Only that is taken from it, and no request goes where it points.

        Raises:
            Malformed: it leads to another host, or to no page.
        """
        if len(link) > LONGEST_LINK:
            raise Malformed(f"{self.account.url}/{path} has a link to a next page of {len(link):,} characters.")
        if not self.account.has(link):
            raise Malformed(f"{self.account.url}/{path} has a link to another host, which is not followed.")
        found = parse_qs(urlsplit(link).query).get(name)
        if not found:
            raise Malformed(f"{self.account.url}/{path} has a link to a next page that names none.")
        return found[0]


def _hash_of(page: Page) -> int:
    return hash(tuple(str(record.get("id")) for record in page.records))


def _lacking_include(includes: str, refused: Invalid) -> str | None:
    """Return the relationship that is refused: the one that is named, else the last one, so that each is tried."""
    asked = [name for name in includes.split(",") if name]
    if not asked or not refused.has(calls.NO_INCLUDE):
        return None
    said = {word.strip("'\"`.,;:") for problem in refused.problems for word in problem.detail.split()}
    return next((name for name in asked if name in said), asked[-1])
