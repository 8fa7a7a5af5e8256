"""How long a request may take: ends the work when its time is over or its client is gone."""

import asyncio
from types import TracebackType
from typing import Self, cast

from starlette.types import Receive

from gateway.graphql.refusals import CLOSE, Refused

# Most requests are answered within this many seconds: until then nobody is watched, which costs one timer.
GRACE = 0.05


class ClientGone(Exception):
    """The client closed the connection; there is nobody to answer."""


class Patience:
    """Guards one request, which the current task runs: first while its body comes, then while it is executed.

    Raises, when it ends the work:
        Refused: 408 for a body that does not come, 504 for an operation that takes too long.
        ClientGone: the connection was closed.
    """

    __slots__ = ("_body", "_body_timeout", "_reason", "_receive", "_request_timeout", "_task", "_timer", "_watcher")

    def __init__(self, receive: Receive, *, body_timeout: float, request_timeout: float) -> None:
        """Prepare; both times are in seconds."""
        self._receive = receive
        self._body = asyncio.Event()
        self._body_timeout = body_timeout
        self._request_timeout = request_timeout
        self._reason: Exception | None = None
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[object]", asyncio.current_task(loop))
        self._timer = loop.call_later(GRACE, self._start_watching)
        return self

    def body_is_read(self) -> None:
        """Say that the body has come: from now on the receiving side tells when the client goes."""
        self._body.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._reason is not None:
            self._task.uncancel()
            if isinstance(error, asyncio.CancelledError):
                raise self._reason from error

    def _start_watching(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(self._body_timeout):
                await self._body.wait()
        except TimeoutError:
            self._end(Refused(408, "REQUEST_TIMEOUT", "The request's body did not come in time.", CLOSE))
            return
        try:
            async with asyncio.timeout(self._request_timeout):
                if (await self._receive())["type"] != "http.disconnect":
                    await asyncio.Event().wait()  # a server that tells something else will not tell that either
        except TimeoutError:
            self._end(Refused(504, "REQUEST_TIMEOUT", "The operation took too long and was ended."))
        else:
            self._end(ClientGone())

    def _end(self, reason: Exception) -> None:
        self._reason = reason
        self._task.cancel()
