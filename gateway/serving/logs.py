"""The log: one line an event on standard error, as JSON for machines or in words for people.

An operation's line is made once for each request, so it takes a short way: no chain of processors, and all lines of a
moment are spelled together and written by one call. What spells them is then warm: one by one they took three times as
long.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Literal, TextIO, cast

import orjson
import structlog
from structlog.types import Processor

from gateway.http.observation import MOST_TOGETHER, SECONDS_TOGETHER
from gateway.serving.sink import Sink

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
LINE = orjson.OPT_APPEND_NEWLINE


def configure_logs(level: str, form: Literal["auto", "json", "console"]) -> Callable[[], None]:
    """Send what the gateway and its libraries log to standard error.

    Returns what writes the lines that still wait, to be called at the end.
    """
    threshold = LEVELS[level]
    sink = Sink(sys.stderr)
    errors = cast("TextIO", sink)
    end = sink.end
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        # With what a library for consoles makes of a traceback, the values of variables are in it: tokens, notes.
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        renderers: tuple[Processor, ...] = (console,)
        structlog.configure(
            processors=[*FIRST, *renderers],
            wrapper_class=structlog.make_filtering_bound_logger(threshold),
            logger_factory=structlog.WriteLoggerFactory(errors),
        )
    else:
        text = structlog.processors.JSONRenderer(serializer=lambda event, **_: _dump(event).decode())
        renderers = (structlog.processors.format_exc_info, text)
        lines = Lines(sink, threshold)
        end = lines.end
        structlog.configure(processors=[], wrapper_class=JsonLogger, logger_factory=lambda *_: lines)
    handler = logging.StreamHandler(errors)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*FIRST, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
    return end


class Lines:
    """Lines on their way to a file: those of a moment are written together, and urgent ones at once."""

    def __init__(self, sink: Sink, threshold: int) -> None:
        self._sink, self.threshold = sink, threshold
        self._waiting: list[tuple[float, dict[str, object]]] = []

    def add(self, facts: dict[str, object], at: float, *, urgent: bool) -> None:
        """Take what a line says; it is written in this moment where no event loop could do it in the next."""
        self._waiting.append((at, facts))
        if urgent or len(self._waiting) >= MOST_TOGETHER:
            self.flush()
        elif len(self._waiting) == 1:
            try:
                asyncio.get_running_loop().call_later(SECONDS_TOGETHER, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            for at, facts in waiting:
                facts["at"] = _instant(at)
            self._sink.write(b"".join([_dump(facts, LINE) for _, facts in waiting]))

    def end(self) -> None:
        """Write what waits, before the process ends."""
        self.flush()
        self._sink.end()


class JsonLogger(structlog.BoundLoggerBase):
    """A logger of structlog whose events become JSON in one step."""

    _logger: Lines

    def debug(self, event: str, **facts: object) -> None:
        self._put("debug", event, facts)

    def info(self, event: str, **facts: object) -> None:
        self._put("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        self._put("warning", event, facts)

    def error(self, event: str, **facts: object) -> None:
        self._put("error", event, facts)

    def _put(self, level: str, event: str, facts: dict[str, Any]) -> None:
        severity = LEVELS[level]
        if severity >= self._logger.threshold:
            facts["level"], facts["event"] = level, event
            at: float = facts.pop("at", None) or time.time()
            self._logger.add(facts, at, urgent=severity > logging.INFO)


def _dump(event: object, option: int | None = None) -> bytes:
    return orjson.dumps(event, str, option)


def _stamp(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the time, unless the event says when it was."""
    event["at"] = _instant(event.get("at") or time.time())
    return event


def _instant(seconds: float) -> str:
    """Write a time in UTC, to the millisecond; strftime runs once a second."""
    whole = int(seconds)
    if whole != _second[0]:
        _second[:] = whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{_second[1]}.{int((seconds - whole) * 1000):03d}Z"


_second: list[Any] = [0, ""]
FIRST: tuple[Processor, ...] = (_stamp, structlog.processors.add_log_level)
