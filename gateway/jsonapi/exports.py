"""GET /api/v2/time_entries.csv and its like: all rows that match as a file, sent while it is made."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from gateway.catalog.documented import FILTERS_OF, SORTS_OF
from gateway.exports.formats import Cells, File, Format
from gateway.exports.known import FORMATS
from gateway.exports.places import Places
from gateway.exports.walk import Walk
from gateway.http.answers import Stream
from gateway.http.options import RequestLimits
from gateway.http.pacing import aside
from gateway.http.requests import Request
from gateway.http.runs import Run
from gateway.http.slices import Slices, made_of
from gateway.jsonapi.api import Asked
from gateway.jsonapi.columns import Columns
from gateway.jsonapi.errors import ApiCode, refuse
from gateway.jsonapi.filters import FilterReader
from gateway.jsonapi.levels import Scope
from gateway.jsonapi.lists import ListPlan
from gateway.jsonapi.paging import order_of
from gateway.jsonapi.parameters import Parameter, by_name, only
from gateway.jsonapi.reads import check_secrets
from gateway.jsonapi.shown import TYPES
from gateway.jsonapi.wanted import Wanted
from gateway.querying.conditions import Condition
from gateway.querying.slices import Slice
from gateway.querying.sorts import Order

CELLS_AT_ONCE = 4_000  # that are written before others get their turn: some milliseconds


def export(asked: Asked, format_: Format) -> Stream:
    """Return a file of the caller's time entries; nothing of it is made yet.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    api = asked.api
    made = Export.of(asked.run, asked.parameters, format_, api.limits)
    api.spend(asked.request, 1)
    return Stream(_in_its_place(made, api.exports, asked.request), api.exports.seconds)


async def _in_its_place(made: "Export", places: Places, request: Request) -> AsyncGenerator[bytes]:
    """Yield a file where there is a place for it; a point is paid for each of its rows.

    Raises:
        HttpError: 429, as many are being made as may be.
    """
    with places.taken(request.credential.token_id):
        async with aclosing(made.pieces(request.charge_rows)) as pieces:
            async for piece in pieces:
                yield piece


@dataclass(frozen=True, slots=True)
class Export:
    """One file: which rows in which order, and what is made of them."""

    run: Run
    condition: Condition
    order: Order
    walk: Walk
    columns: Columns
    cells: Callable[..., Cells]

    @classmethod
    def of(cls, run: Run, parameters: Sequence[Parameter], format_: Format, limits: RequestLimits) -> "Export":
        """Read what is asked for.

        Raises:
            Refused, HttpError: it cannot be asked for so.
        """
        _require(format_)
        only(parameters, "filter", "sort", "fields")
        given, type_ = by_name(parameters), TYPES["time_entries"]
        filters = given.get("filter", [])
        check_secrets(run.viewer, type_, filters)
        condition = FilterReader(FILTERS_OF[type_.name], run.filter_context, limits).read(filters)
        order = order_of(SORTS_OF[type_.name], given.get("sort", []))
        scope = Scope(run.rights, run.database.dialect)
        columns = Columns(scope, format_, run.viewer.time_zone)
        cells = columns.choose(given.get("fields", []))
        walk = Walk(type_.table, scope.visibility(type_.table), scope.dialect, columns.projection)
        return cls(run, condition, order, walk, columns, cells)

    async def count(self) -> int:
        """Return how many rows the file will have, unless something is written meanwhile."""
        plan = ListPlan(self.columns.scope, TYPES["time_entries"], Wanted())
        return await self.run.database.answer(
            lambda connection: plan.count(self.run.on(connection), self.condition), snapshot=False
        )

    async def pieces(self, note: Callable[[int], None]) -> AsyncGenerator[bytes]:
        """Yield the file, and tell of the rows of each piece how many they are."""
        file = await self._opened()
        yield file.begin()
        render, viewer = self.run.zone.render, self.run.viewer

        def add(part: Slice) -> bytes:
            return file.add(self.cells(part.rows, render, viewer=viewer))

        async with aclosing(self._slices()) as slices:
            async for part in slices:
                written = await made_of(part, add)
                note(len(part.rows))
                if written:
                    yield written
                await asyncio.sleep(0)
        yield file.end()

    async def _opened(self) -> File:
        """Return the file; a package that its format alone needs is imported beside the event loop, once for all."""
        format_, headings = self.columns.format, self.columns.headings
        return await aside(lambda: format_.open(headings)) if format_.needs else format_.open(headings)

    async def _slices(self) -> AsyncGenerator[Slice]:
        slices = Slices(self.columns.projection.size(), CELLS_AT_ONCE)
        async with (
            self.run.database.walk() as connection,
            aclosing(self.walk.pages(self.run.on(connection), self.condition, self.order)) as pages,
        ):
            async for rows in pages:
                for part in slices.cut(rows):
                    yield part


def _require(format_: Format) -> None:
    if not format_.is_installed:
        others = ", ".join(each.suffix for each in FORMATS if not each.needs)
        raise refuse(
            ApiCode.FORMAT_NOT_INSTALLED,
            f"This gateway writes no {format_.suffix}: it was installed without the extra `{format_.suffix}`, which "
            f"brings {format_.needs}. Ask for {others}, or have it installed.",
        )
