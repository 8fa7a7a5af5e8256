"""The log: one line an event on standard error, as JSON for machines or in words for people."""

import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import structlog
from structlog.types import Processor

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True, slots=True)
class Form:
    """How events are written: the gateway's own, and those that come by way of the standard library."""

    own: Processor
    writer: Callable[..., Any]
    others: tuple[Processor, ...]


def configure_logs(level: str, form: Literal["auto", "json", "console"]) -> None:
    """Send what the gateway and its libraries log to standard error."""
    chosen = _words() if form == "console" or (form == "auto" and sys.stderr.isatty()) else _json()
    threshold = LEVELS[level]
    first: list[Processor] = [_stamp, structlog.processors.add_log_level]
    structlog.configure(
        processors=[*first, chosen.own],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=chosen.writer,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *chosen.others],
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)


def _words() -> Form:
    console = structlog.dev.ConsoleRenderer()
    return Form(console, structlog.WriteLoggerFactory(sys.stderr), (console,))


def _json() -> Form:
    # Bytes are written as they are: an operation's line costs half of what it costs as text.
    text = structlog.processors.JSONRenderer(serializer=lambda event, **_: _dump(event).decode())
    return Form(
        structlog.processors.JSONRenderer(serializer=_dump),
        structlog.BytesLoggerFactory(sys.stderr.buffer),
        (structlog.processors.format_exc_info, text),
    )


def _dump(event: object, **_options: object) -> bytes:
    return orjson.dumps(event, default=str)


def _stamp(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the time in UTC, to the millisecond; strftime runs once a second."""
    now = time.time()
    whole = int(now)
    if whole != _second[0]:
        _second[:] = whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    event["at"] = f"{_second[1]}.{int((now - whole) * 1000):03d}Z"
    return event


_second: list[Any] = [0, ""]
