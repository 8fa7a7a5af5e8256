"""The operations of comparators, one a row: its names, its SQL, what it means for a whole day, its sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import contains, eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import BindParameter, ColumnElement

from gateway.querying.dialects import any_of, contains_text

Operator = Callable[[Any, BindParameter[Any]], ColumnElement[bool]]
Test = Callable[[Any, Any], bool]  # of a value, which is not null, and the operand
START, END = 0, 1  # of a day: its first moment, and the first moment after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a comparator can be asked for."""

    name: str  # in GraphQL
    documented: str  # in the documented API
    comparison: str  # in a condition
    sql: Operator
    holds: Test  # the same of a value in Python
    description: str
    takes_list: bool = False
    # A moment compared with a day: comparisons with its START or END, all of which hold; one of them for `notEq`.
    whole_day: tuple[tuple[str, int], ...] = ()


def _none_of(column: Any, operands: BindParameter[Any]) -> ColumnElement[bool]:
    return ~any_of(column, operands)


def _lacks(column: Any, text: BindParameter[Any]) -> ColumnElement[bool]:
    return ~contains_text(column, text)


def _is_among(value: Any, operands: Any) -> bool:
    return value in operands


def _is_not_among(value: Any, operands: Any) -> bool:
    return value not in operands


def _has_not(value: str, text: str) -> bool:
    return text not in value


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            name="eq", documented="eq", comparison="=", sql=eq, holds=eq,
            whole_day=((">=", START), ("<", END)),
            description="Equal to this.",
        ),
        Operation(
            name="notEq", documented="not_eq", comparison="<>", sql=ne, holds=ne,
            whole_day=(("<", START), (">=", END)),
            description="Different from this; a missing value does not match.",
        ),
        Operation(
            name="contains", documented="contains", comparison="contains", sql=contains_text, holds=contains,
            description="Contains this text, regardless of case; % and _ are plain characters.",
        ),
        Operation(
            name="notContain", documented="not_contain", comparison="not contains", sql=_lacks, holds=_has_not,
            description="Does not contain this text, regardless of case; a missing value does not match.",
        ),
        Operation(
            name="gt", documented="gt", comparison=">", sql=gt, holds=gt,
            whole_day=((">=", END),),
            description="Greater, or later, than this.",
        ),
        Operation(
            name="gtEq", documented="gt_eq", comparison=">=", sql=ge, holds=ge,
            whole_day=((">=", START),),
            description="Greater, or later, than this, or equal to it.",
        ),
        Operation(
            name="lt", documented="lt", comparison="<", sql=lt, holds=lt,
            whole_day=(("<", START),),
            description="Less, or earlier, than this.",
        ),
        Operation(
            name="ltEq", documented="lt_eq", comparison="<=", sql=le, holds=le,
            whole_day=(("<", END),),
            description="Less, or earlier, than this, or equal to it.",
        ),
        Operation(
            name="in", documented="eq", comparison="in", sql=any_of, holds=_is_among, takes_list=True,
            description="Equal to one of these; an empty list matches nothing.",
        ),
        Operation(
            name="notIn", documented="not_eq", comparison="not in", sql=_none_of, holds=_is_not_among, takes_list=True,
            description=(
                "Equal to none of these; a missing value does not match. An empty list matches everything."
            ),
        ),
    )
}  # fmt: skip
IS_NULL = "isNull"  # compares nothing: whether there is a value at all
IS_NULL_DESCRIPTION = "true: there is no value; false: there is one."
