"""Reading documents: the text piece by piece, and resources into records, without a store."""

import io
import json
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from gateway.imports.records import Place, Problems, Record
from gateway.jsonapi.reading import Reader
from gateway.jsonapi.scanner import CHUNK, LARGEST_VALUE, Malformed, Scanner
from tests.support.worlds.documents import Json, document, entry, link, office, resource


def scan(text: bytes, *, several: bool = False) -> list[tuple[str, object]]:
    """All resources of a text."""
    scanner = Scanner(io.BytesIO(text))
    return [each for _, resources in scanner.documents(several=several) for each in resources]


def read(value: object) -> tuple[list[Record], list[str], Counter[str]]:
    """The records of one resource, the problems as text, the unknown names."""
    problems = Problems()
    reader = Reader(problems)
    records = list(reader.read(value, Place("f", "/data"), 1))
    return records, [str(problem).removeprefix("f /data") for problem in problems.listed], reader.unknown


# ---- the text -----------------------------------------------------------------------------------------------------


class Dripping(io.BytesIO):
    """A stream that gives a few bytes at a time, so that every value is cut somewhere."""

    def read(self, _count: int | None = -1, /) -> bytes:
        return super().read(3)


def test_resources_are_found_wherever_the_text_is_cut():
    whole = document(entry(1, note='a"\\ }],{[ ž 🐛 \u0001'), resource("tasks", 2), included=[resource("people", 3)])
    text = json.dumps(whole, indent=1).encode()

    scanner = Scanner(Dripping(text))
    found = [each for _, resources in scanner.documents(several=False) for each in resources]

    assert found == [
        ("/data/0", whole["data"][0]),
        ("/data/1", whole["data"][1]),
        ("/included/0", whole["included"][0]),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"data": {"id": "1"}}', [("/data", {"id": "1"})]),
        (b'{"data": null}', []),
        (b'{"data": []}', []),
        (b'\xef\xbb\xbf {"data": [1 , 2 ] }\r\n', [("/data/0", 1), ("/data/1", 2)]),
        (b'{"meta": {"data": [{}]}, "links": [[]], "data": []}', []),
        (b'{"jsonapi": {}, "included": [7], "data": [12345]}', [("/included/0", 7), ("/data/0", 12345)]),
    ],
)
def test_a_document_is_one_resource_or_a_list_and_what_is_included(text, expected):
    assert scan(text) == expected


def test_documents_follow_each_other_line_by_line():
    scanner = Scanner(io.BytesIO(b'{"data": [1]}\n\n{"data":\n[2]}\n'))

    found = [(line, list(resources)) for line, resources in scanner.documents(several=True)]

    assert found == [(1, [("/data/0", 1)]), (3, [("/data/0", 2)])]


def test_memory_does_not_grow_with_the_text():
    part = json.dumps(entry(1, note="x" * 2_000)).encode() + b","

    class Long(io.BytesIO):
        """Some 30 MB, made while they are read."""

        left = 30_000_000 // len(part)

        def read(self, count: int | None = -1, /) -> bytes:
            if not self.left:
                return b""
            some = min(self.left, max(1, (count or 0) // len(part)))
            start = b'{"data": [' if self.left == 30_000_000 // len(part) else b""
            self.left -= some
            return start + part * some + (b"0]}" if not self.left else b"")

    tracemalloc.start()
    count = sum(1 for _, resources in Scanner(Long()).documents(several=False) for _ in resources)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 30_000_000 // len(part) + 1
    assert peak < 12 * CHUNK


def test_one_resource_may_not_be_endless():
    class Endless(io.BytesIO):
        start = b'{"data": [{"id": "'

        def read(self, count: int | None = -1, /) -> bytes:
            start, self.start = self.start, b""
            return start or b"x" * (count or 1)

    with pytest.raises(Malformed, match=f"a resource of at most {LARGEST_VALUE:,} characters was expected"):
        next(iter(next(iter(Scanner(Endless()).documents(several=False)))[1]))


@pytest.mark.parametrize(("names", "fits"), [(1_000, True), (1_001, False)])
def test_a_document_has_so_many_members_and_no_longer_names(names, fits):
    many = b'{"data": []' + b"".join(b', "m%d": 1' % number for number in range(names - 1)) + b"}"
    long = b'{"data": [], "' + b"x" * names + b'": 1}'

    for text in (many, long):
        if fits:
            assert scan(text) == []
            continue
        with pytest.raises(Malformed, match="at most 1,000 members, with names of 1,000 characters, were expected"):
            scan(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"[]", "line 1, column 1: a JSON:API document, which is an object, was expected"),
        (b'{"data": [', "line 1, column 11: a resource was expected (the text ends here)"),
        (b'{"data": []', "line 1, column 12: a comma or the end of the document was expected"),
        (b'{"data": []} x', "line 1, column 14: the end of the file was expected after the document"),
        (b'{"data": [],\n "data": []}', "line 2, column 9: each member once was expected, and 'data' comes twice"),
        (b'{"included": []}', "line 1, column 17: a document with the member data was expected"),
        (b'{"errors": [{"status": "401"}]}', "a document with data was expected, and this one holds errors"),
        (b'{"data": [{"id": NaN}]}', "a resource was expected (NaN is not a JSON number)"),
        (b'{"data": [{"id": "\xff"}]}', "UTF-8 text was expected (byte 0xff)"),
        (b'{"data": [], "meta": ' + b"[" * 200_000 + b"}", "it is nested too deeply"),
        (b'{"data": [' + b"9" * 5_000 + b"]}", "a resource was expected (a number has too many digits)"),
    ],
)
def test_what_is_no_document_is_reported_with_line_and_column(text, problem):
    with pytest.raises(Malformed) as raised:
        scan(text)

    assert problem in str(raised.value)


# ---- resources ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"track_method_id": 0}, "track_method_id: the way of tracking, a whole number from 1 to 2,147,483,647,"),
        ({"date": "2019-02-30"}, "date: a day of the calendar as YYYY-MM-DD was expected, not '2019-02-30'"),
        ({"date": "10/21/19"}, "date: a day of the calendar as YYYY-MM-DD was expected, not '10/21/19'"),
        ({"date": ""}, "date: a day of the calendar as YYYY-MM-DD was expected, not ''"),
        ({"date": None}, "date: a value was expected, not null"),
        ({"time": -1}, "time: minutes, a whole number from 0 to 52,596,000, was expected, not -1"),
        ({"time": 52_596_001}, "time: minutes"),
        ({"time": 4.5}, "time: minutes, a whole number from 0 to 52,596,000, was expected, not 4.5"),
        ({"time": True}, "time: minutes, a whole number from 0 to 52,596,000, was expected, not True"),
        ({"time": "480"}, "time: minutes, a whole number from 0 to 52,596,000, was expected, not '480'"),
        ({"approved": 1}, "approved: true or false was expected, not 1"),
        ({"created_at": "2025-08-01T06:18:41"}, "created_at: a date-time with an offset"),
        ({"currency": "euro"}, "currency: a currency of three capital letters, such as EUR, was expected, not 'euro'"),
        ({"cost": 10**15}, "cost: minor units"),
        ({"note": "a\0b"}, "note: text of at most 100,000 characters was expected"),
        ({"note": "\ud800"}, "note: text of at most 100,000 characters was expected"),
        ({"note": "x" * 100_001}, "note: text of at most 100,000 characters was expected"),
        ({"jira_issue_id": "x" * 256}, "jira_issue_id: text of at most 255 characters was expected"),
        ({"calendar_event_id": "abc"}, "calendar_event_id: a number, positive and at most 9223372036854775807,"),
        ({"invoice_attribution_id": 2**63}, "invoice_attribution_id: a record's number"),
    ],
)
def test_a_wrong_attribute_is_reported_with_its_place(attributes, problem):
    records, [problems], _ = read(entry(1) | {"attributes": {"date": "2016-10-01"} | attributes})

    assert problems.startswith(f"/attributes/{problem}")
    assert [(record.id, record.is_broken) for record in records] == [(1, True)]


@pytest.mark.parametrize(
    ("type", "id", "attributes", "problem"),
    [
        ("services", 51, {"billing_type_id": 1.0}, "billing_type_id: one of 1, 2, 3 was expected, not 1.0"),
        ("services", 51, {"billing_type_id": [1]}, "billing_type_id: one of 1, 2, 3 was expected, not [1]"),
        ("services", 51, {"billing_type_id": 4}, "billing_type_id: one of 1, 2, 3 was expected, not 4"),
        ("organizations", 1, {"time_zone": "Mars/Base"}, "time_zone: the name of a time zone"),
        ("organizations", 1, {"rounding_interval": 7}, "rounding_interval: one of 6, 15, 30 was expected, not 7"),
        ("people", 11, {"role": "owner"}, "role: one of admin, manager, member was expected, not 'owner'"),
        ("exchange_rates", 81, {"rate": "0.0"}, "rate: an exchange rate above 0"),
        ("exchange_rates", 81, {"rate": "1.12345678901"}, "rate: an exchange rate above 0"),
        ("exchange_rates", 81, {"rate": 1.25}, "rate: an exchange rate above 0"),
        ("salaries", 71, {"cost": 10**8 + 1}, "cost: minor units an hour, a whole number from 0 to 100,000,000,"),
        ("deals", 41, {"deal_type_id": 3}, "deal_type_id: one of 1, 2 was expected, not 3"),
    ],
)
def test_a_wrong_attribute_of_another_type_is_reported_with_its_place(type, id, attributes, problem):
    right = next(each for each in office() if (each["type"], each["id"]) == (type, str(id)))

    _, [problems], _ = read(right | {"attributes": right["attributes"] | attributes})

    assert problems.startswith(f"/attributes/{problem}")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (entry(1, links={"task": ("people", 11)}), "/relationships/task/data/type: tasks was expected, not 'people'"),
        (
            entry(1) | {"id": "x"},
            "/id: a record's number, positive and at most 9223372035854775808, was expected, not 'x'",
        ),
        (entry(1) | {"id": "0"}, "/id: a record's number"),
        (entry(1) | {"id": "9223372035854775809"}, "/id: a record's number"),
        (
            {"type": "time_entries"},
            "/id: a record's number, positive and at most 9223372035854775808, was expected, not null",
        ),
        ("text", ": a resource, which is an object, was expected, not 'text'"),
        ({"id": "1"}, "/type: a type, which is text, was expected, not null"),
        (entry(1) | {"attributes": []}, "/attributes: an object was expected, not []"),
        (entry(1) | {"relationships": {"task": 5}}, "/relationships/task: a relationship, which is an object, was"),
        (entry(1) | {"relationships": {"task": {"data": []}}}, "/relationships/task/data: type and id of one record"),
        (entry(1) | {"relationships": {"person": {"data": None}}}, "/relationships/person/data: a value was expected"),
        (
            entry(1) | {"relationships": {"approval_statuses": {"data": [{"type": "approval_statuses", "id": 0}]}}},
            "/relationships/approval_statuses/data/0/id: a record's number",
        ),
    ],
)
def test_a_wrong_resource_is_reported_with_its_place(value, problem):
    _, [problems], _ = read(value)

    assert problems.startswith(problem)


@pytest.mark.parametrize("right", office(), ids=lambda each: f"{each['type']} {each['id']}")
def test_what_is_right_has_no_problem(right):
    records, problems, unknown = read(right)

    assert (len(records), problems, unknown) == (1, [], Counter())


def test_a_place_is_reported_as_the_document_spells_it():
    dashed: Json = {"id": "1", "type": "time-entries", "attributes": {"billable-time": -1, "date": "2016-10-01"}}
    dashed["relationships"] = {"last-actor": {"data": {"type": "people", "id": "0"}}}

    _, problems, _ = read(dashed)

    assert [line.partition(":")[0] for line in problems] == [
        "/attributes/billable-time",
        "/relationships/last-actor/data/id",
    ]


def test_a_flood_of_unknown_names_is_counted_within_bounds():
    flood: dict[str, Any] = {f"name{number}": 1 for number in range(2_000)}

    _, problems, unknown = read(
        {"id": "1", "type": "tasks", "attributes": flood, "relationships": {"x": link("people", 1)}}
    )

    assert problems == []
    assert (len(unknown), unknown.total(), unknown["others"]) == (1_001, 2_001, 1_001)
