"""What an operation takes: noted where its statements and steps run, read where operations are logged and charged."""

import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import coroutine
from typing import Any, TypeVar

from gateway.querying.sizes import AnswerSize

T = TypeVar("T")

LONG_STEP_NS = 10_000_000  # of the processor
# What a step takes of the processor is told by the clock on the wall while that is little. Of longer ones the slow
# clock of the thread tells it, which was looked at no longer than this before the step.
SHORT_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement that was run."""

    text: str
    names: Sequence[str]  # of its parameters, in order; none of SQL as written
    parameters: Sequence[object]  # as the driver took them
    began: int  # nanoseconds since 1970
    ended: int
    rows: int


class _LastLook(threading.local):
    """When both clocks were looked at, in each thread."""

    at = -SHORT_NS
    processor = 0


Listener = Callable[[Ran], None]
_last_look = _LastLook()


@dataclass(slots=True)
class Usage:
    """What an operation took so far: statements, their rows, time; the token that asks; how long its answer is."""

    statements: int = 0
    rows: int = 0
    listeners: tuple[Listener, ...] = ()
    token_id: int | None = None
    answer: AnswerSize = field(default_factory=AnswerSize)
    ended_ns: int = 0  # nanoseconds of steps and statements that have ended
    step_began: int | None = None  # by the clock of the thread, at most SHORT_NS early; while a step runs
    step_began_at: int = 0  # by the clock on the wall, which costs less to read and runs no slower

    @property
    def spent_ns(self) -> int:
        """Nanoseconds of the processor, and of statements that a server or another thread ran, so far."""
        if self.step_began is None:
            return self.ended_ns
        running = time.perf_counter_ns() - self.step_began_at
        if running > SHORT_NS:
            running = min(running, time.thread_time_ns() - self.step_began)
        return self.ended_ns + running

    @property
    def is_step_long(self) -> bool:
        """Whether the operation has run for so long without a pause that others should get their turn."""
        if self.step_began is None or time.perf_counter_ns() - self.step_began_at <= LONG_STEP_NS:
            return False
        return time.thread_time_ns() - self.step_began > LONG_STEP_NS

    def note_statement(
        self, rows: int, text: str, names: Sequence[str], parameters: Sequence[object], began: int
    ) -> None:
        """Count a statement that returned so many rows; `began` is asked where somebody listens."""
        self.statements += 1
        self.rows += rows
        if self.listeners:
            ran = Ran(text, names, parameters, began, time.time_ns(), rows)
            for listener in self.listeners:
                listener(ran)


# Set for the task of an operation; None where nobody wants to know.
current_usage: ContextVar[Usage | None] = ContextVar("usage", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell a listener of each statement of the task."""
    usage = current_usage.get() or Usage()
    before, token = usage.listeners, current_usage.set(usage)
    usage.listeners = (*before, listener)
    try:
        yield
    finally:
        usage.listeners = before
        current_usage.reset(token)


def current_answer() -> AnswerSize:
    """Return the size of the answer that is being made; one that has no bound where there is no operation."""
    usage = current_usage.get()
    return AnswerSize() if usage is None else usage.answer


def caller() -> int | None:
    """Return the number of the token that asks; None for a command, and before the token is known."""
    usage = current_usage.get()
    return None if usage is None else usage.token_id


def note_time(nanoseconds: int) -> None:
    """Count time that was spent for the operation elsewhere than in its own steps."""
    usage = current_usage.get()
    if usage is not None:
        usage.ended_ns += nanoseconds


@coroutine
def metered(work: Awaitable[T], usage: Usage | None) -> Generator[Any, Any, T]:
    """Do a work and count what its steps take of the processor; what others do between two steps is not counted.

    A step within another of the same operation is part of that.
    """
    steps = work.__await__()
    if usage is None:
        return (yield from steps)
    step: Callable[[Any], Any] = steps.send
    given: Any = None
    while True:
        is_within = usage.step_began is not None
        if not is_within:
            usage.step_began_at = now = time.perf_counter_ns()
            if now - _last_look.at >= SHORT_NS:
                _last_look.at, _last_look.processor = now, time.thread_time_ns()
            usage.step_began = _last_look.processor
        try:
            awaited = step(given)
        except StopIteration as ended:
            answer: T = ended.value
            return answer
        finally:
            if not is_within:
                usage.ended_ns, usage.step_began = usage.spent_ns, None
        step, given = steps.send, None
        try:
            given = yield awaited
        except BaseException as error:  # noqa: BLE001 - whatever it is, a cancellation above all, is the work's
            step, given = steps.throw, error
