"""Random filters as query strings of the documented API: what GraphQL asks by `filter`, said by `filter[...]`."""

import random
from collections.abc import Mapping
from typing import Any

from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.querying.operations import OPERATIONS
from tests.support.judges.predicate import BEYOND, FILTERS

Query = list[tuple[str, str]]

WORDS: Mapping[str, int] = {
    word.name: word.value for words in (BillingType, InvoicingStatus, TimeEntryStatus) for word in words
}
# The documented names of filters, by GraphQL's.
NAMES = {
    name: "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    for name in FILTERS
    if name not in BEYOND
}


def sayable(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a query string cannot say: `not`, an empty list or text, a comparator of nothing, more filters."""
    kept: dict[str, Any] = {}
    for name, value in asked.items():
        if name == "not" or name in BEYOND or value is None:
            continue
        if name in {"and", "or"}:
            below = [part for part in (sayable(part) for part in value) if part]
            if below:
                kept[name] = below
        elif isinstance(value, dict):
            tests = {operation: operand for operation, operand in value.items() if operand not in ([], "")}
            tests = {
                key: [text for text in each if text] if isinstance(each, list) else each for key, each in tests.items()
            }
            tests = {operation: operand for operation, operand in tests.items() if operand != []}
            if tests:
                kept[name] = tests
        else:
            kept[name] = value
    return kept


def query_of(asked: Mapping[str, Any], lot: random.Random, prefix: str = "filter") -> Query:
    """Write a filter whose parts all have to hold."""
    found: Query = []
    tests = [(name, value) for name, value in asked.items() if name not in {"and", "or"}]
    groups = [(name, value) for name, value in asked.items() if name in {"and", "or"}]
    number = 0
    for name, value in tests:
        operations = value.items() if isinstance(value, dict) else [("", value)]
        for operation, operand in operations:
            # In a group of its own, since one name and operation twice is a list of values.
            is_alone = len(operations) == 1 and lot.random() < 0.5
            place = prefix if is_alone else f"{prefix}[{number}]"
            number += 1
            found += _test(f"{place}[{NAMES[name]}]", operation, operand, lot)
    for name, parts in groups:
        place = f"{prefix}[{number}]"
        number += 1
        found.append((f"{place}[$op]", name))
        for index, part in enumerate(parts):
            found += query_of(part, lot, f"{place}[{index}]")
    return found


def _test(place: str, operation: str, operand: Any, lot: random.Random) -> Query:
    if operation == "isNull":
        return [(f"{place}[eq]" if operand else f"{place}[not_eq]", "")]
    documented = OPERATIONS[operation].documented if operation else "eq"
    key = place if documented == "eq" and lot.random() < 0.5 else f"{place}[{documented}]"
    if not isinstance(operand, list):
        return [(key, _text(operand))]
    texts = [_text(each) for each in operand]
    if any("," in text for text in texts) or "jira" in place or lot.random() < 0.3:
        return [(f"{key}[]", text) for text in texts]
    return [(key, ",".join(texts))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(WORDS[value]) if value in WORDS else _number(value)
    return str(value)


def _number(text: str) -> str:
    """Leave the type out of a global id."""
    type_name, colon, number = text.partition(":")
    return number if colon and type_name.isalpha() and number.isdigit() else text
