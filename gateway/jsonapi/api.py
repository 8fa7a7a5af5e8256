"""What answering needs: the store, the limits and the plans made so far; and a request that is being answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from gateway.caches import BoundedCache
from gateway.clock import Clock, system_clock
from gateway.exports.options import ExportOptions
from gateway.exports.places import Places
from gateway.http.codes import Code
from gateway.http.options import RequestLimits
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.http.runs import Run
from gateway.jsonapi.errors import ApiCode, refuse
from gateway.jsonapi.levels import Scope
from gateway.jsonapi.lists import ListPlan, RecordsPlan
from gateway.jsonapi.parameters import Parameter
from gateway.jsonapi.shown import RecordType
from gateway.jsonapi.wanted import Wanted
from gateway.operations.idempotency import Key
from gateway.operations.writing import StoreWriter, Writer
from gateway.store.databases.database import Database
from gateway.store.totals.sizes import Sizes

Plan = TypeVar("Plan", ListPlan, RecordsPlan)
PLAN_BYTES = 250_000  # of one; measured: 130,000 with many includes and two statements, which are kept apart
KEY_HEADER, REVISION_HEADER = "X-Idempotency-Key", "If-Match"
_REVISION = re.compile(rb'\s*(?:"(\d{1,18})"|(\*))\s*')


@dataclass(frozen=True, slots=True)
class Api:
    """What answers need: the database, the sizes of its tables, the clock, the limits, and the plans made so far."""

    database: Database
    sizes: Sizes
    limits: RequestLimits
    clock: Clock = system_clock
    exports: Places = field(default_factory=lambda: Places(ExportOptions()))
    writer: Writer | None = None  # writes the store, unless another is given
    plans: "BoundedCache[ListPlan | RecordsPlan]" = field(default_factory=lambda: BoundedCache("documented plans"))

    def spend(self, request: Request, points: int) -> None:
        """Take the price of what will be done.

        Raises:
            HttpError: it is more than one request may cost, or than the token has left.
        """
        most = self.limits.max_cost
        if points > most:
            raise HttpError(
                Code.COST_LIMIT_EXCEEDED,
                f"The request may cost {points:,} points; at most {most:,} are allowed. Ask for a smaller page, or "
                "include less.",
            )
        request.spend(points)

    async def list_plan(self, request: Request, run: Run, type_: RecordType, wanted: Wanted) -> ListPlan:
        """Return the plan of a list, which may be that of an earlier request."""
        return await self._plan(ListPlan, request, run, type_, wanted)

    async def records_plan(self, request: Request, run: Run, type_: RecordType, wanted: Wanted) -> RecordsPlan:
        """Return the plan of single records."""
        return await self._plan(RecordsPlan, request, run, type_, wanted)

    async def _plan(self, plan: type[Plan], request: Request, run: Run, type_: RecordType, wanted: Wanted) -> Plan:
        scope = Scope(run.rights, self.database.dialect)
        key = plan, type_.name, run.rights, wanted.shape()
        if key not in self.plans:
            await request.turn()  # to make it
        found = self.plans.get(key, lambda: plan(scope, type_, wanted), lambda _: PLAN_BYTES)
        return cast("Plan", found)  # kept under its class


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is being answered: who asks at which address, with which query string and body."""

    api: Api
    request: Request
    parameters: Sequence[Parameter]
    body: bytes
    url: str  # without its query

    @property
    def run(self) -> Run:
        """A run of the caller."""
        writer = StoreWriter(self.api.database) if self.api.writer is None else self.api.writer
        run = Run(self.api.database, writer.as_writer(self.request.credential.viewer), self.api.clock, writer=writer)
        run.operands.most = self.api.limits.max_operand_characters
        return run

    def revision(self) -> int | None:
        """Return the revision that If-Match names; `*` is any.

        Raises:
            Refused: it names none.
        """
        given = self.request.headers.get(REVISION_HEADER.lower().encode())
        if given is None:
            return None
        match = _REVISION.fullmatch(given)
        if match is None:
            detail = 'If-Match is a revision in quotes, as ETag has it: "3".'
            raise refuse(ApiCode.INVALID_HEADER, detail, header=REVISION_HEADER)
        return None if match[1] is None else int(match[1])

    def key(self, name: str, arguments: dict[str, object]) -> Key | None:
        """Return the client's idempotency key, with the digest of what came with it."""
        text = self.request.headers.get(KEY_HEADER.lower().encode())
        return Key.of(name, None if text is None else text.decode("latin-1"), arguments)
