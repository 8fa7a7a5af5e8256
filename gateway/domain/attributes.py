"""The attributes of a time entry: one table of what they are, and the reading of those that a caller may write.

Reading raises nothing: every fault is found at once, and stands beside the values.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from gateway.domain.billable import MAX_MINUTES
from gateway.domain.costs import AMOUNTS, SUFFIXES
from gateway.domain.errors import Code, Fault
from gateway.domain.instants import parse_date, parse_instant
from gateway.domain.names import camel_case
from gateway.domain.numbers import MAX_STORED

MAX_TEXT = 100_000  # characters of a note or a reason
MAX_NAME = 1_000  # characters of the name or title of anything, or of an e-mail address
MAX_LABEL = 255  # characters of a jira text
_SURROGATE = re.compile("[\ud800-\udfff]")

BLANK = "can't be blank"  # the documented words, exactly
NO_DATE = "is not a date"
UNKNOWN_FORMAT = f"{NO_DATE}: write a calendar day as YYYY-MM-DD, such as 2026-11-24."


class Kind(Enum):
    """What the values of an attribute are. Faults of one input are listed kind by kind, in this order."""

    DATE = "a day"
    REFERENCE = "the number of another record"
    MINUTES = "minutes"
    NUMBER = "the number of something that is not a record here"
    INSTANT = "milliseconds since 1970"
    TEXT = "text"
    FLAG = "true or false"
    TRACK_METHOD = "a documented code"
    CURRENCY = "ISO 4217"
    AMOUNT = "minor units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute that is stored as it is given, named as its column and as documents name it."""

    name: str
    kind: Kind
    is_writable: bool = False  # by a create and an update
    is_required: bool = False  # never null, though the caller may say so
    longest: int = MAX_TEXT  # characters
    is_folded: bool = False  # the column `<name>_folded` has the text for searches
    points_to: str | None = None  # the documented type of the record, which is its table's name

    @property
    def graphql_name(self) -> str:
        return camel_case(self.name)

    @property
    def path(self) -> tuple[str, ...]:
        """Where it is in the arguments of a mutation."""
        return ("input", self.graphql_name)


def _writable(name: str, kind: Kind) -> Attribute:
    return Attribute(name=name, kind=kind, is_writable=True)


def _writable_reference(name: str, points_to: str, *, is_required: bool = False) -> Attribute:
    return Attribute(name=name, kind=Kind.REFERENCE, is_writable=True, is_required=is_required, points_to=points_to)


def _jira(name: str, *, is_folded: bool = True) -> Attribute:
    return Attribute(name=name, kind=Kind.TEXT, is_writable=True, longest=MAX_LABEL, is_folded=is_folded)


def _read_only(kind: Kind, *names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name=name, kind=kind) for name in names)


def _references(**targets: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name=name, kind=Kind.REFERENCE, points_to=target) for name, target in targets.items())


ATTRIBUTES = (
    Attribute(name="date", kind=Kind.DATE, is_writable=True, is_required=True),
    _writable_reference("person_id", "people", is_required=True),
    _writable_reference("service_id", "services", is_required=True),
    _writable_reference("task_id", "tasks"),
    Attribute(name="note", kind=Kind.TEXT, is_writable=True, is_folded=True),
    _writable("time", Kind.MINUTES),
    _writable("billable_time", Kind.MINUTES),
    _writable("started_at", Kind.INSTANT),
    _writable("calendar_event_id", Kind.NUMBER),
    _writable("rejected_reason", Kind.TEXT),
    _jira("jira_issue_id"),
    _jira("jira_worklog_id"),
    _jira("jira_organization", is_folded=False),
    _jira("jira_issue_status"),
    _jira("jira_issue_summary"),
    *_read_only(Kind.INSTANT, "created_at", "updated_at", "last_activity_at", "timer_started_at", "timer_stopped_at"),
    *_read_only(Kind.INSTANT, "approved_at", "rejected_at"),
    *_read_only(Kind.FLAG, "approved", "rejected", "submitted", "overhead", "autotracked"),
    *_read_only(Kind.TRACK_METHOD, "track_method_id"),
    *_read_only(Kind.CURRENCY, *(f"currency{suffix}" for suffix in SUFFIXES)),
    *_read_only(Kind.AMOUNT, *(f"{name}{suffix}" for name in AMOUNTS for suffix in SUFFIXES)),
    *_references(approver_id="people", updater_id="people", rejecter_id="people", creator_id="people"),
    *_references(last_actor_id="people", person_subsidiary_id="subsidiaries", deal_subsidiary_id="subsidiaries"),
    *_references(timesheet_id="timesheets", booking_id="bookings", invoice_attribution_id="invoice_attributions"),
)
WRITABLE = tuple(attribute for attribute in ATTRIBUTES if attribute.is_writable)
FOLDED = frozenset(attribute.name for attribute in ATTRIBUTES if attribute.is_folded)


class Unset(Enum):
    """An attribute that was not given: it stays as it is, or gets its default."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The attributes given to a create or an update, and what is wrong with them; what cannot be read is None."""

    date: dt.date | Unset | None = UNSET
    person_id: int | Unset | None = UNSET
    service_id: int | Unset | None = UNSET
    task_id: int | Unset | None = UNSET
    note: str | Unset | None = UNSET
    time: int | Unset | None = UNSET  # minutes
    billable_time: int | Unset | None = UNSET  # minutes
    started_at: int | Unset | None = UNSET  # milliseconds since 1970
    calendar_event_id: int | Unset | None = UNSET
    rejected_reason: str | Unset | None = UNSET
    jira_issue_id: str | Unset | None = UNSET
    jira_worklog_id: str | Unset | None = UNSET
    jira_organization: str | Unset | None = UNSET
    jira_issue_status: str | Unset | None = UNSET
    jira_issue_summary: str | Unset | None = UNSET
    faults: tuple[Fault, ...] = ()

    def given(self) -> dict[str, object]:
        """Return what was given, by name."""
        values = ((attribute.name, getattr(self, attribute.name)) for attribute in WRITABLE)
        return {name: value for name, value in values if value is not UNSET}


def read_attributes(values: Mapping[str, object]) -> Attributes:
    """Read values by name: days and moments are text, references are numbers already."""
    typed: dict[str, Any] = {}
    faults: list[Fault] = []
    for attribute, read in _READERS:
        if attribute.name in values:
            typed[attribute.name], found = read(attribute, values[attribute.name])
            faults += found
    return Attributes(**typed, faults=tuple(faults))


def read_date(text: str | None, path: tuple[str, ...]) -> tuple[dt.date | None, list[Fault]]:
    """Return the day, or None and the documented faults: two of them for a blank one."""
    if text is None or not text.strip():
        return None, [Fault(Code.INVALID_ATTRIBUTE, words, path) for words in (BLANK, NO_DATE)]
    try:
        return parse_date(text), []
    except ValueError:
        return None, [Fault(Code.INVALID_ATTRIBUTE, UNKNOWN_FORMAT, path)]


def text_faults(value: str | None, *, name: str, path: tuple[str, ...], longest: int = MAX_TEXT) -> list[Fault]:
    """Return what is wrong with a text: its length, a NUL, half of a surrogate pair."""
    if value is None:
        return []
    found = []
    if len(value) > longest:
        found.append(f"{name} has {len(value):,} characters; at most {longest:,} are kept.")
    if "\0" in value:
        found.append(f"{name} contains the character U+0000, which cannot be stored.")
    if _SURROGATE.search(value):
        found.append(f"{name} contains half of a surrogate pair, which is not text.")
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, path) for sentence in found]


def plain_columns(given: Attributes) -> dict[str, object]:
    """Return the columns of what is stored as it was given, each folded sibling with it."""
    columns: dict[str, object] = {}
    for attribute in _STORED_AS_GIVEN:
        value = getattr(given, attribute.name)
        if value is not UNSET:
            columns[attribute.name] = value
            if attribute.is_folded:
                columns[f"{attribute.name}_folded"] = None if value is None else value.casefold()
    return columns


def _fault(attribute: Attribute, sentence: str) -> list[Fault]:
    return [Fault(Code.INVALID_ATTRIBUTE, f"{attribute.graphql_name} {sentence}", attribute.path)]


def _date(attribute: Attribute, value: str | None) -> tuple[dt.date | None, list[Fault]]:
    return read_date(value, attribute.path)


def _reference(attribute: Attribute, value: int | None) -> tuple[int | None, list[Fault]]:
    if value is not None or not attribute.is_required:
        return value, []
    what = attribute.name.removesuffix("_id")
    return None, _fault(attribute, f"cannot be null: every time entry has a {what}.")


def _minutes(attribute: Attribute, value: int | None) -> tuple[int | None, list[Fault]]:
    if value is not None and 0 <= value <= MAX_MINUTES:
        return value, []
    shown = "null" if value is None else f"{value:,}"
    sentence = f"is {shown}; it is a whole number of minutes from 0 to {MAX_MINUTES:,} (100 years)."
    return value, _fault(attribute, sentence)


def _number(attribute: Attribute, value: int | None) -> tuple[int | None, list[Fault]]:
    if value is None or 0 < value <= MAX_STORED:
        return value, []
    return None, _fault(attribute, "is not a positive whole number of at most 63 bits.")


def _instant(attribute: Attribute, value: str | None) -> tuple[int | None, list[Fault]]:
    try:
        return None if value is None else parse_instant(value), []
    except ValueError:
        return None, _fault(attribute, "is not a date-time with an offset, such as 2025-08-01T06:18:41.728+02:00.")


def _text(attribute: Attribute, value: str | None) -> tuple[str | None, list[Fault]]:
    return value, text_faults(value, name=attribute.graphql_name, path=attribute.path, longest=attribute.longest)


_OF_KIND: Mapping[Kind, Callable[[Attribute, Any], tuple[Any, list[Fault]]]] = {
    Kind.DATE: _date,
    Kind.REFERENCE: _reference,
    Kind.MINUTES: _minutes,
    Kind.NUMBER: _number,
    Kind.INSTANT: _instant,
    Kind.TEXT: _text,
}
_READERS = [(attribute, read) for kind, read in _OF_KIND.items() for attribute in WRITABLE if attribute.kind is kind]
# The others depend on each other, or on what they point to: the rules of creating and updating set them.
_STORED_AS_GIVEN = [a for a in WRITABLE if a.kind in {Kind.TEXT, Kind.NUMBER, Kind.INSTANT}]
