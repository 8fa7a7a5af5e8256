"""The custom scalars. Their values reach the schema in the form that JSON has, so output passes them on."""

from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Date = NewType("Date", str)
DateTime = NewType("DateTime", str)
DateOrDateTime = NewType("DateOrDateTime", str)
MinorUnits = NewType("MinorUnits", int)
MinutesTotal = NewType("MinutesTotal", int)
JSON = NewType("JSON", object)


def _text(name: str, example: str) -> Any:
    """Take any text: the place that it is written in decides what it must be."""

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} cannot represent {value!r:.100}; write it as a string such as {example!r}.")
        return value

    return parse


def _output_only(name: str) -> Any:
    def parse(_value: object) -> Any:
        raise GraphQLError(f"{name} is not an input type.")

    return parse


# RFC 3339 has days as full-date and moments as date-time, RFC 8259 values and numbers as JSON writes them.
DATES_AND_TIMES = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
JSON_VALUES, JSON_NUMBERS = (
    "https://www.rfc-editor.org/rfc/rfc8259#section-3",
    "https://www.rfc-editor.org/rfc/rfc8259#section-6",
)

SCALARS: dict[object, ScalarDefinition] = {
    Date: strawberry.scalar(
        name="Date",
        specified_by_url=DATES_AND_TIMES,
        description="A calendar day, ISO 8601, in the form `2016-10-01` and no other.",
        parse_value=_text("Date", "2016-10-01"),
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        specified_by_url=DATES_AND_TIMES,
        description=(
            "A moment, RFC 3339 with milliseconds, in the organization's time zone: `2025-08-01T06:18:41.728+02:00`. "
            "Any offset, or Z, is accepted as input."
        ),
        parse_value=_text("DateTime", "2025-08-01T06:18:41.728+02:00"),
    ),
    DateOrDateTime: strawberry.scalar(
        name="DateOrDateTime",
        specified_by_url=DATES_AND_TIMES,
        description=(
            "What a moment is compared with: a day (`2025-08-01`) means that whole day in the organization's time "
            "zone, a date-time (`2025-08-01T06:18:41.728+02:00`) means that very moment."
        ),
        parse_value=_text("DateOrDateTime", "2025-08-01"),
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        specified_by_url=JSON_NUMBERS,
        description=(
            "An amount in whole minor units of the currency named beside it (cents for EUR, whole yen for JPY). A "
            "JSON integer, exact within plus or minus 2^53 - 1."
        ),
        parse_value=_output_only("MinorUnits"),
    ),
    MinutesTotal: strawberry.scalar(
        name="MinutesTotal",
        specified_by_url=JSON_NUMBERS,
        description="A sum of minutes: a JSON integer of up to 64 bits.",
        parse_value=_output_only("MinutesTotal"),
    ),
    JSON: strawberry.scalar(
        name="JSON",
        specified_by_url=JSON_VALUES,
        description="Any JSON value: text, a number, true, false, null, a list or an object.",
        parse_value=_output_only("JSON"),
    ),
}
