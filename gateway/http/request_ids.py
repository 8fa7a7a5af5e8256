"""The id of a request: logged with it, and shown with an unexpected error, so that it can be found in the log."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
