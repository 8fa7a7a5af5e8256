"""What a client may know of a failure that it did not cause; the log has the rest under the request's id."""

import logging

from gateway.http.codes import Code
from gateway.http.refusals import HttpError
from gateway.http.request_ids import request_id
from gateway.querying.sizes import AnswerTooLong
from gateway.store.databases.failures import StatementTimeout, StoreUnavailable

_log = logging.getLogger(__name__)


def masked(error: Exception) -> tuple[Code, str]:
    """Return code and sentence for any error that is not the client's, and log what they hide."""
    match error:
        case AnswerTooLong():
            return Code.ANSWER_TOO_LARGE, str(error)
        case MemoryError():
            error.with_traceback(None)  # what was made of the answer hangs on the frames, and the log needs memory
            _log.error("request %s: there was too little memory", request_id.get())
            return Code.OUT_OF_MEMORY, "The gateway has too little memory for this answer; ask for less, or later."
        case StatementTimeout():
            return Code.STATEMENT_TIMEOUT, "The database took too long and was stopped."
        case StoreUnavailable():
            _log.error("request %s: the store is not available: %s", request_id.get(), error)
            return Code.STORE_UNAVAILABLE, "The store cannot answer now; try again later."
        case _:
            _log.error("request %s: an unexpected error", request_id.get(), exc_info=error)
            return Code.INTERNAL_SERVER_ERROR, "An unexpected error happened."


def http_error_of(error: Exception) -> HttpError:
    """Return an error that ends a request as the client sees it."""
    if isinstance(error, HttpError):
        return error
    code, message = masked(error)
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, StoreUnavailable) else {}
    return HttpError(code, message, headers, {"requestId": request_id.get()})
