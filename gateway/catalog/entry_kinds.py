"""Kinds of filters that entries alone have: what is invoiced, what the caller may decide, the approval state."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from gateway.catalog.managers import OWNER, manager_of
from gateway.domain.access import Role, Viewer
from gateway.domain.codes import InvoicingStatus, TimeEntryStatus
from gateway.querying.column_types import BOOLEAN_TYPE, ID_TYPE
from gateway.querying.conditions import NOTHING, Comparison, Condition, Not, Subject, all_of, any_part
from gateway.querying.dialects import apart_from_indexes
from gateway.querying.errors import BadOperand
from gateway.querying.kinds import DateKind
from gateway.querying.operands import FilterContext, whole_number
from gateway.store.schema.entries import ENTRIES

ROW = ENTRIES.c
NOT_INVOICED = InvoicingStatus.NOT_INVOICED.value
INVOICED = [status.value for status in InvoicingStatus if status.value != NOT_INVOICED]
UNDECIDED = TimeEntryStatus.UNAPPROVED.value

IS_SUBMITTED = Subject("submitted", ROW.submitted, BOOLEAN_TYPE)
# What is undecided is few of the entries that a leader ever had, so it is found by its status.
LEADS = (
    Subject("leads_deal", apart_from_indexes(ROW.responsible_id), ID_TYPE, image=OWNER),
    replace(manager_of(apart_from_indexes(ROW.person_id)), name="leads_person"),
)


class FlagKind:
    """True or false, as a bare value."""

    comparator = "Boolean"
    operations: tuple[str, ...] = ()
    documented = "Boolean"
    is_separable = True

    def parse(self, text: str) -> bool:
        """Read one of the two words."""
        if text not in {"true", "false"}:
            raise ValueError(text)
        return text == "true"

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Return the condition for one of the two."""
        del operation, context, place
        return Comparison(subject, "=", operand)


class InvoicedKind(FlagKind):
    """Whether the entry has an invoice attribution, drafted or finalized."""

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Compare the invoicing status with NOT_INVOICED, or with all others."""
        del operation, context, place
        return Comparison(subject, "in", INVOICED) if operand else Comparison(subject, "=", NOT_INVOICED)


class DecidableKind(FlagKind):
    """Whether the caller may approve or reject the entry now: `domain/rights.py leads`, said as a condition."""

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Return the condition for one of the two; a condition also where it holds for every entry."""
        del operation, place
        decidable = _decidable(Comparison(subject, "=", UNDECIDED), context.viewer)
        return decidable if operand else Not(decidable)


def _decidable(undecided: Condition, viewer: Viewer) -> Condition:
    if viewer.only_reads:
        return NOTHING
    match viewer.role:
        case Role.ADMIN:
            return undecided
        case Role.MANAGER:
            leads = [Comparison(subject, "=", viewer.person_id) for subject in LEADS]
            return all_of([undecided, any_part([*leads])])
        case Role.MEMBER:
            return NOTHING


class BareDateKind(DateKind):
    """A date as a bare value."""

    comparator = "Date"


class StatusKind:
    """Approval states: UNAPPROVED is every undecided entry, SUBMITTED and DRAFT its two parts."""

    comparator = "TimeEntryStatusFilter"
    operations: tuple[str, ...] = ("eq", "notEq", "in", "notIn")
    documented = "Integer"
    is_separable = True
    parts: Mapping[TimeEntryStatus, frozenset[TimeEntryStatus]] = {
        status: frozenset({status}) for status in TimeEntryStatus
    } | {TimeEntryStatus.UNAPPROVED: frozenset({TimeEntryStatus.SUBMITTED, TimeEntryStatus.DRAFT})}
    finest = frozenset(TimeEntryStatus) - {TimeEntryStatus.UNAPPROVED}

    def parse(self, text: str) -> TimeEntryStatus:
        """Read a documented code."""
        return TimeEntryStatus(whole_number(text))

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition for the states that the operation leaves.

        Raises:
            BadOperand: SUBMITTED or DRAFT where the organization has no timesheet submission.
        """
        asked = operand if isinstance(operand, list) else [operand]
        for status in asked:
            if status in self.parts[TimeEntryStatus.UNAPPROVED] and not context.timesheet_submission:
                raise BadOperand(
                    f"{status.name} is not a value of {place}: this organization has no timesheet submission; "
                    "use APPROVED, UNAPPROVED or REJECTED."
                )
        chosen: frozenset[TimeEntryStatus] = frozenset().union(*(self.parts[status] for status in asked))
        return _among(subject, self.finest - chosen if operation.startswith("not") else chosen)


@cache  # of sixteen sets
def _among(subject: Subject, chosen: frozenset[TimeEntryStatus]) -> Condition:
    """Return the condition for some of the states that UNAPPROVED is not part of."""
    if chosen == StatusKind.finest:
        return all_of([])
    whole = StatusKind.parts[TimeEntryStatus.UNAPPROVED]
    undecided = whole & chosen
    codes = sorted(status.value for status in chosen - undecided)
    if undecided == whole:
        codes, undecided = sorted([*codes, UNDECIDED]), frozenset()
    conditions: list[Condition] = [
        all_of(
            [
                Comparison(subject, "=", UNDECIDED),
                Comparison(IS_SUBMITTED, "=", status is TimeEntryStatus.SUBMITTED),
            ]
        )
        for status in undecided
    ]
    if len(codes) > 1:
        conditions.append(Comparison(subject, "in", codes))
    conditions += [Comparison(subject, "=", code) for code in codes if len(codes) == 1]
    return any_part(conditions)
