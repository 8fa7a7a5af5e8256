"""Totals and groups of entries, added up in plain Python from the rows."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

Row = Mapping[str, Any]
BILLING_WORDS = {1: "FIXED", 2: "ACTUALS", 3: "NON_BILLABLE"}
INVOICING_WORDS = {1: "NOT_INVOICED", 2: "DRAFTED", 3: "FINALIZED"}
STATUS_WORDS = ("APPROVED", "UNAPPROVED", "REJECTED", "SUBMITTED", "DRAFT")
AGGREGATE = "{ count time billableTime cost { amount currency } costDefault }"
# Key -> the group's field, what is selected of it, and the column behind it.
RECORDS = {
    "PERSON": ("person", "person_id"),
    "SERVICE": ("service", "service_id"),
    "TASK": ("task", "task_id"),
    "DEAL": ("deal", "deal_id"),
    "PROJECT": ("project", "project_id"),
    "COMPANY": ("company", "company_id"),
}
SPANS: dict[str, Callable[[dt.date], dt.date]] = {
    "DATE": lambda day: day,
    "WEEK": lambda day: dt.date.fromordinal(day.toordinal() - day.weekday()),
    "MONTH": lambda day: day.replace(day=1),
    "YEAR": lambda day: day.replace(month=1, day=1),
}
KEYS = (*RECORDS, "STATUS", "BILLING_TYPE", "INVOICING_STATUS", *SPANS)


def rounded(unrounded: int) -> int:
    """Whole minor units of 1/60,000 ones, half a unit away from zero."""
    with localcontext(prec=60):
        return int((Decimal(unrounded) / 60_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def aggregate(rows: Sequence[Row], *, sees_costs: bool = True) -> dict[str, Any]:
    """What `aggregate` says of these rows."""
    currencies = sorted({row["currency"] for row in rows})
    costs = [
        {
            "amount": rounded(sum(row["cost_unrounded"] for row in rows if row["currency"] == currency)),
            "currency": currency,
        }
        for currency in currencies
    ]
    is_one_currency = len({row["currency_default"] for row in rows}) < 2
    default = rounded(sum(row["cost_default_unrounded"] for row in rows)) if is_one_currency else None
    return {
        "count": len(rows),
        "time": sum(row["time"] for row in rows),
        "billableTime": sum(row["billable_time"] for row in rows),
        "cost": costs if sees_costs else None,
        "costDefault": default if sees_costs else None,
    }


SORTS: dict[str, Callable[[Sequence[Row]], int]] = {
    "COUNT": len,
    "TIME": lambda rows: sum(row["time"] for row in rows),
    "BILLABLE_TIME": lambda rows: sum(row["billable_time"] for row in rows),
    "COST_DEFAULT": lambda rows: sum(row["cost_default_unrounded"] for row in rows),
}


def sorted_groups(rows: Sequence[Row], keys: Sequence[str], order: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """All groups by a sum, the largest first unless asked otherwise, ties in the order of the keys."""
    found = members_of_groups(rows, keys, submission=True)
    if order is not None:
        descending = order.get("direction") != "ASC"
        found.sort(key=lambda group: weight(group[1], order["field"], descending=descending))
    return [shown | {"aggregate": aggregate(members)} for shown, members in found]


def weight(rows: Sequence[Row], field: str, *, descending: bool) -> tuple[bool, int]:
    """What groups are ordered by: a sum, and behind all of these what has none, being of several currencies."""
    if field == "COST_DEFAULT" and len({row["currency_default"] for row in rows}) > 1:
        return True, 0
    return False, SORTS[field](rows) * (-1 if descending else 1)


def groups(
    rows: Sequence[Row], keys: Sequence[str], *, submission: bool, first: int | None, sees_costs: bool = True
) -> dict[str, Any]:
    """What `groups` says of these rows, each group with the fields of `group_selection`."""
    nodes = [
        shown | {"aggregate": aggregate(members, sees_costs=sees_costs)}
        for shown, members in members_of_groups(rows, keys, submission=submission)
    ]
    return {"totalCount": len(nodes), "nodes": nodes[: 100 if first is None else first]}


def members_of_groups(
    rows: Sequence[Row], keys: Sequence[str], *, submission: bool
) -> list[tuple[dict[str, Any], list[Row]]]:
    """The groups in order: what each shows of its keys, and its rows."""
    return [
        ({_field(key): _shown(key, value) for key, value in zip(keys, values, strict=True)}, members)
        for values, members in grouped(rows, keys, submission=submission)
    ]


def grouped(rows: Sequence[Row], keys: Sequence[str], *, submission: bool) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """The groups in order: the values of the keys, what lacks one last, and its rows."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(_key(row, key, submission=submission) for key in keys), []).append(row)
    ordered = sorted(found, key=lambda values: [(value is None, value if value is not None else 0) for value in values])
    return [(values, found[values]) for values in ordered]


def group_selection(keys: Sequence[str]) -> str:
    """The GraphQL selection that answers what `groups` makes."""
    return f"{{ totalCount nodes {{ {key_selection(keys)} aggregate {AGGREGATE} }} }}"


def key_selection(keys: Sequence[str]) -> str:
    """The fields of a group that show its keys."""
    return " ".join(f"{_field(key)} {{ resourceId }}" if key in RECORDS else _field(key) for key in keys)


def _field(key: str) -> str:
    if key in RECORDS:
        return RECORDS[key][0]
    return {"STATUS": "status", "BILLING_TYPE": "billingType", "INVOICING_STATUS": "invoicingStatus"}.get(key, "date")


def _key(row: Row, key: str, *, submission: bool) -> Any:
    """What groups are made and ordered by."""
    if key in RECORDS:
        return row[RECORDS[key][1]]
    if key in SPANS:
        return SPANS[key](row["date"])
    return {
        "STATUS": STATUS_WORDS.index(status(row, submission=submission)),
        "BILLING_TYPE": row["billing_type_id"],
        "INVOICING_STATUS": row["invoicing_status_id"],
    }[key]


def status(row: Row, *, submission: bool) -> str:
    """The finest word for the state of an entry."""
    if row["approved"]:
        return "APPROVED"
    if row["rejected"]:
        return "REJECTED"
    if not submission:
        return "UNAPPROVED"
    return "SUBMITTED" if row["submitted"] else "DRAFT"


def _shown(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in RECORDS:
        return {"resourceId": str(value)}
    if key in SPANS:
        return value.isoformat()
    return {
        "STATUS": dict(enumerate(STATUS_WORDS)), "BILLING_TYPE": BILLING_WORDS, "INVOICING_STATUS": INVOICING_WORDS,
    }[key][value]  # fmt: skip
