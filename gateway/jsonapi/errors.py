"""Errors of the documented API: the closed set of codes, and the objects that an answer lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

from gateway.http.codes import Code
from gateway.http.refusals import HttpError, shortened

UNPROCESSABLE = "unprocessable_entity"  # the documented status of what is wrong with a query parameter


CONFLICT = "Conflict error"


@unique
class ApiCode(Enum):
    """A code with its HTTP status and its title; its name in lower case is what clients read."""

    ACCESS_DENIED = 403, "Access Denied", "The role of the token's person does not allow it."
    FORMAT_NOT_INSTALLED = 406, "Format not installed", "The gateway was installed without what writes such files."
    ID_MISMATCH = 409, "Id mismatch", "The document names another record than the path."
    IDEMPOTENCY_KEY_REUSED = (
        409,
        "Idempotency key reused",
        "The same key was used with another document within 24 hours.",
    )
    INVALID_ATTRIBUTE = (
        422,
        "Invalid Attribute",
        "A value that is not valid for the attribute; `source.pointer` names it.",
    )
    INVALID_AUTH_TOKEN = 401, "Unauthenticated", "The token is missing, unknown, expired or revoked."
    INVALID_DOCUMENT = 400, "Invalid document", "The body is not JSON, or not a document that this call takes."
    INVALID_HEADER = 400, "Invalid header", "A header that cannot be read, such as If-Match."
    KEYSET_CONFLICT = 400, "Keyset conflict", "`page[after]` and `page[number]` contradict each other."
    KEYSET_INVALID_CURSOR = 400, "Invalid keyset cursor", "`page[after]` is not a cursor of this list."
    LIMIT_EXCEEDED = 400, "Limit exceeded", "More conditions, operands, parameters, includes or ids than allowed."
    NO_PERSON = 403, "Access Denied", "The token belongs to another organization than X-Organization-Id says."
    RECORD_ALREADY_APPROVED = 409, CONFLICT, "The entry is approved; it has to be unapproved first."
    RECORD_ALREADY_REJECTED = 409, CONFLICT, "The entry is rejected already."
    RECORD_ALREADY_UNREJECTED = 409, CONFLICT, "The entry is not rejected."
    RECORD_NOT_FOUND = 404, "Record Not Found", "There is no such record, or the caller may not see it."
    SORT_PARAM_UNSUPPORTED = 400, "Unsupported sort param", "There is no such sort, or it is given twice."
    STALE_REVISION = 412, "Stale revision", "The entry was changed after the revision that If-Match names."
    TIMER_ALREADY_STOPPED = 409, CONFLICT, "No timer runs on the entry."
    TYPE_MISMATCH = 409, "Type mismatch", "The document is of another type than the path."
    UNSUPPORTED_FIELD = 400, "Unsupported field", "The type has no such attribute or relationship."
    UNSUPPORTED_FILTER = 400, "Unsupported filter", "There is no such filter here."
    UNSUPPORTED_FILTER_OPERATION = 400, "Unsupported filter operation", "The filter has no such operation."
    UNSUPPORTED_FILTER_VALUE_TYPE = 400, "Unsupported filter value type", "The filter does not accept such a value."
    UNSUPPORTED_GROUP = 400, "Unsupported group", "There is no such key of groups, or the keys do not go together."
    UNSUPPORTED_INCLUDE = 400, "Unsupported include", "There is no such relationship."
    UNSUPPORTED_PAGE = 400, "Unsupported page", "Not a whole number, out of bounds, or given twice."
    UNSUPPORTED_PARAMETER = 400, "Unsupported parameter", "There is no such query parameter here."

    def __init__(self, status: int, title: str, meaning: str) -> None:
        self.status = status
        self.title = title
        self.meaning = meaning

    @property
    def is_conflict(self) -> bool:
        """Whether the documented object says no more than that."""
        return self.title == CONFLICT


@dataclass(frozen=True, slots=True)
class ApiError:
    """One thing that is wrong: the code, a sentence, and where: in the query, in the document or in the head."""

    code: ApiCode
    detail: str
    parameter: str | None = None
    pointer: str | None = None
    header: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the object, its members in the documented order."""
        code = self.code
        status = str(code.status) if self.parameter is None else UNPROCESSABLE
        found: dict[str, Any] = {"status": status, "code": code.name.lower(), "title": code.title}
        if code.is_conflict:
            return found | {"source": {}}
        found["detail"] = shortened(self.detail)
        if self.parameter is not None:
            found["source"] = {"parameter": shortened(self.parameter)}
        elif self.pointer is not None:
            found["source"] = {"pointer": self.pointer}
        elif self.header is not None:
            found["source"] = {"header": self.header}
        return found


class Refused(Exception):
    """A request that is answered by errors alone; all of them have the status of the first."""

    def __init__(self, *errors: ApiError) -> None:
        super().__init__(errors[0].detail)
        self.errors: Sequence[ApiError] = errors


def refuse(
    code: ApiCode, detail: str, *, parameter: str | None = None, pointer: str | None = None, header: str | None = None
) -> Refused:
    """Refuse with one error."""
    return Refused(ApiError(code, detail, parameter, pointer, header))


def not_found(what: str) -> Refused:
    """Say that there is no such record, or the caller may not see it."""
    return refuse(ApiCode.RECORD_NOT_FOUND, f"There is no {what}, or you may not see it.")


# What goes before every face in the words of this one.
_SPELLED = {
    Code.UNAUTHENTICATED: ApiCode.INVALID_AUTH_TOKEN,
    Code.FORBIDDEN: ApiCode.NO_PERSON,
    Code.NOT_FOUND: ApiCode.RECORD_NOT_FOUND,
}


def spelled(code: Code) -> str:
    """Return what this face calls a code that all faces share."""
    return _SPELLED.get(code, code).name.lower()


def object_of(error: HttpError) -> dict[str, object]:
    """Return the object of an error that ended the request."""
    code = error.code
    known = _SPELLED.get(code)
    title = code.name.replace("_", " ").capitalize() if known is None else known.title
    found = {"status": str(code.status), "code": spelled(code), "title": title, "detail": error.message}
    return found | ({"meta": dict(error.extensions)} if error.extensions else {})
