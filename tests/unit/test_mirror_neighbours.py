"""When the types that entries point to are read anew."""

import pytest

from gateway.mirror.neighbours import due_types, first_types
from gateway.store.mirror.progress import ReadType

MINUTE = 60_000


def test_every_type_is_read_before_entries_but_what_comes_with_them() -> None:
    assert set(due_types({}, 0)) == set(first_types())
    assert "approval_statuses" not in first_types()


@pytest.mark.parametrize(
    ("name", "records", "minutes"),
    [("people", 0, 10), ("people", 800, 10), ("tasks", 1_600, 20), ("tasks", 100_000, 1_250), ("salaries", 9, 60)],
)
def test_a_type_is_read_anew_the_more_seldom_the_more_pages_it_has(name, records, minutes) -> None:
    now = minutes * MINUTE
    read = {each: ReadType(each, 0, now - 1) for each in first_types()} | {name: ReadType(name, records, 0)}

    assert due_types(read, now - 1) == []
    assert due_types(read, now) == [name]


def test_a_type_that_was_read_later_than_now_is_read_anew() -> None:
    read = {each: ReadType(each, 0, MINUTE) for each in first_types()} | {"people": ReadType("people", 0, MINUTE + 1)}

    assert due_types(read, MINUTE) == ["people"]


def test_what_only_changes_with_an_entry_is_fetched_when_it_is_missing() -> None:
    read = {each: ReadType(each, 0, 0) for each in first_types()}

    assert not {"timesheets", "bookings", "invoice_attributions"} & set(due_types(read, 10**12))
