"""GET /api/v2/time_entries.csv and its like: all rows that match as a file, sent while it is made."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from gateway.catalog.documented import FILTERS_OF, SORTS_OF
from gateway.exports.formats import Cells, Format
from gateway.exports.known import FORMATS
from gateway.exports.places import Places
from gateway.exports.walk import Walk
from gateway.http.answers import Stream
from gateway.http.requests import Request
from gateway.http.runs import Run
from gateway.jsonapi.api import Asked
from gateway.jsonapi.columns import Columns
from gateway.jsonapi.errors import ApiCode, refuse
from gateway.jsonapi.filters import FilterReader
from gateway.jsonapi.levels import Scope
from gateway.jsonapi.paging import order_of
from gateway.jsonapi.parameters import by_name, only
from gateway.jsonapi.reads import check_secrets
from gateway.jsonapi.shown import TYPES
from gateway.querying.conditions import Condition
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Row

AT_ONCE = 250  # rows that are written before others get their turn: some milliseconds


def export(asked: Asked, format_: Format) -> Stream:
    """Return a file of the caller's time entries; nothing of it is made yet.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    if not format_.is_installed:
        others = ", ".join(each.suffix for each in FORMATS if not each.needs)
        raise refuse(
            ApiCode.FORMAT_NOT_INSTALLED,
            f"This gateway writes no {format_.suffix}: it was installed without the extra `{format_.suffix}`, which "
            f"brings {format_.needs}. Ask for {others}, or have it installed.",
        )
    only(asked.parameters, "filter", "sort", "fields")
    api, run, given = asked.api, asked.run, by_name(asked.parameters)
    type_, filters = TYPES["time_entries"], given.get("filter", [])
    check_secrets(run.viewer, type_, filters)
    condition = FilterReader(FILTERS_OF[type_.name], run.filter_context, api.limits).read(filters)
    order = order_of(SORTS_OF[type_.name], given.get("sort", []))
    scope = Scope(run.rights, api.database.dialect)
    columns = Columns(scope, format_, run.viewer.time_zone)
    cells = columns.choose(given.get("fields", []))
    api.spend(asked.request, 1)
    walk = Walk(type_.table, scope.visibility(type_.table), scope.dialect, columns.projection)
    made = Export(run, condition, order, walk, columns, cells)
    return Stream(made.pieces(asked.request, api.exports), api.exports.seconds)


@dataclass(frozen=True, slots=True)
class Export:
    """One file: which rows in which order, and what is made of them."""

    run: Run
    condition: Condition
    order: Order
    walk: Walk
    columns: Columns
    cells: Callable[..., Cells]

    async def pieces(self, request: Request, places: Places) -> AsyncGenerator[bytes]:
        """Yield the file, charging a point for each row.

        Raises:
            HttpError: 429, as many are being made as may be.
        """
        file = self.columns.format.open(self.columns.headings)
        with places.taken(request.credential.token_id):
            yield file.begin()
            async with aclosing(self._slices()) as slices:
                async for rows in slices:
                    written = file.add(self.cells(rows, self.run.zone.render, viewer=self.run.viewer))
                    request.charge_rows(len(rows))
                    if written:
                        yield written
                    await asyncio.sleep(0)
            yield file.end()

    async def _slices(self) -> AsyncGenerator[Sequence[Row]]:
        async with (
            self.run.database.walk() as connection,
            aclosing(self.walk.pages(self.run.on(connection), self.condition, self.order)) as pages,
        ):
            async for rows in pages:
                for start in range(0, len(rows), AT_ONCE):
                    yield rows[start : start + AT_ONCE]
