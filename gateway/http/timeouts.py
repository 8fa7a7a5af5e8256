"""How long a request may take: ends the work when its time is over or its client is gone."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from gateway.http.codes import Code
from gateway.http.refusals import CLOSE, HttpError

# Seconds from one look at the running requests to the next: most of them are answered before anybody looks.
BETWEEN_LOOKS = 0.05


class ClientGone(Exception):
    """The client closed the connection; there is nobody to answer."""


class DeadlineWatch:
    """Looks at the requests that are running every so often, and has those watched that it sees.

    One timer for all of them: one for each request would be set and cancelled in vain nearly every time.
    """

    def __init__(self, *, body_timeout: float, request_timeout: float) -> None:
        """Set how long a body and an operation may take, in seconds."""
        self.body_timeout, self.request_timeout = body_timeout, request_timeout
        self.running: set[RequestDeadline] = set()  # that nobody watches yet
        self.timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look at what is running after a while."""
        self.timer = asyncio.get_running_loop().call_later(BETWEEN_LOOKS, self._look)

    def _look(self) -> None:
        self.timer = None
        for deadline in self.running:
            deadline.watch()
        self.running.clear()


class RequestDeadline:
    """Guards one request, which the current task runs: first while its body comes, then while it is executed.

    Raises, when it ends the work:
        HttpError: 408 for a body that does not come, 504 for an operation that takes too long.
        ClientGone: the connection was closed.
    """

    __slots__ = ("_body", "_deadlines", "_is_read", "_reason", "_receive", "_seconds", "_task", "_timeout", "_watcher")

    def __init__(self, deadlines: DeadlineWatch, receive: Receive) -> None:
        self._deadlines = deadlines
        self._receive = receive
        self._is_read = False
        self._body: asyncio.Event | None = None  # while somebody watches
        self._reason: Exception | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._seconds: float | None = deadlines.request_timeout
        self._timeout: asyncio.Timeout | None = None  # of the operation, while somebody watches

    def __enter__(self) -> Self:
        self._task: asyncio.Task[object] | None = asyncio.current_task()
        deadlines = self._deadlines
        deadlines.running.add(self)
        if deadlines.timer is None:
            deadlines.begin()
        return self

    def body_is_read(self) -> None:
        """Say that the body has come: from now on the receiving side notices when the client goes."""
        self._is_read = True
        if self._body is not None:
            self._body.set()

    def allow(self, seconds: float | None) -> None:
        """Let what runs take so long from now on; None is as long as it likes."""
        self._seconds = seconds
        if self._timeout is not None:
            self._timeout.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.running.discard(self)
        if self._watcher is not None:
            self._watcher.cancel()
        if self._reason is not None:
            if self._task is not None:
                self._task.uncancel()
            if isinstance(error, asyncio.CancelledError):
                raise self._reason from error

    def watch(self) -> None:
        """Begin to watch the clock and the client."""
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        self._body = asyncio.Event()
        if self._is_read:
            self._body.set()
        try:
            async with asyncio.timeout(self._deadlines.body_timeout):
                await self._body.wait()
        except TimeoutError:
            self._end(HttpError(Code.REQUEST_TIMEOUT, "The request's body did not come in time.", CLOSE))
            return
        try:
            async with asyncio.timeout(self._seconds) as self._timeout:
                if (await self._receive())["type"] != "http.disconnect":
                    await asyncio.Event().wait()  # a server that tells something else will not tell that either
        except TimeoutError:
            self._end(HttpError(Code.OPERATION_TIMEOUT, "The operation took too long and was stopped."))
        else:
            self._end(ClientGone())

    def _end(self, reason: Exception) -> None:
        self._reason = reason
        if self._task is not None:
            self._task.cancel()
