"""An account that suddenly answers nonsense: one clear sentence, nothing lost, nothing half written, no secret told."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from gateway.mirror.upstream.errors import UpstreamError
from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.troubles import list_troubles
from tests.support.upstream.accounts import ORGANIZATION, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.impostors import Sent, answer
from tests.support.upstream.mirrors import differences, entries_of, mirroring
from tests.support.worlds.office import ADMIN, entry

ENTRIES = "/api/v2/time_entries?"
MINUTE = 60_000


def record(id: Any = "2", **attributes: Any) -> dict[str, Any]:
    """The record of entry 2, as nobody can take it."""
    changed = {"updated_at": "2025-08-01T06:00:30.000Z", "note": "new"} | attributes
    links = {"person": ("people", "4"), "service": ("services", "1"), "organization": ("organizations", "1")}
    related = {name: {"data": {"type": type_, "id": number}} for name, (type_, number) in links.items()}
    return {"type": "time_entries", "id": id, "attributes": changed, "relationships": related}


def foreign() -> dict[str, Any]:
    found = record()
    found["relationships"]["organization"]["data"]["id"] = "2"
    return found


# What comes in place of a page of entries, and what is said of it; of a record that is bad all others are taken.
PAGES: dict[str, tuple[bytes, str]] = {
    "html": (answer(200, body=b"<html>Hello</html>", media_type="text/html"), "answers text/html in place of JSON"),
    "200 MB": (answer(200, body=b" " * 200_000_000), "answers more than 20 MB"),
    "no document": (answer(200, {"hello": 1}), "JSON that is no document"),
    "another organization": (answer(200, {"data": [foreign()]}), "a record of organization 2, not of 1"),
    "wrong token": (answer(401, {"errors": [{"code": "unauthorized"}]}), "does not know the token"),
    "endless": (
        answer(200, {"data": [], "links": {"next": "?page[after]=x"}}),
        "has no last page: its links go on for ever",
    ),
    "elsewhere": (
        answer(200, {"data": [], "links": {"next": "https://elsewhere.example/?page[after]=x"}}),
        "a link to another host",
    ),
}
RECORDS: dict[str, tuple[dict[str, Any], str]] = {
    "time": (record(time="sixty"), "minutes, a whole number"),
    "date": (record(date=5), "a day of the calendar as YYYY-MM-DD"),
    "note": (record(note={"a": 1}), "text was expected"),
    "instant": (record(created_at="yesterday"), "a date-time with an offset"),
    "id": (record(id="99999999999999999999"), "a record's number"),
    "number": (record(id=2**63), "a record's number"),
    "attributes": ({**record(), "attributes": [1]}, "an object was expected"),
}


def in_place_of_entries(reply: bytes) -> Callable[[Sent], bytes | None]:
    return lambda sent: reply if sent.target.startswith(ENTRIES) else None


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_that_is_none_changes_nothing_and_is_told(tmp_path, database, clock, caplog, name):
    reply, sentence = PAGES[name]
    caplog.set_level(logging.INFO)
    async with live_account(tmp_path, *map(entry, range(1, 6)), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
            before = await entries_of(database)
            account.proxy.alter = in_place_of_entries(reply)
            clock.instant += MINUTE
            with pytest.raises(UpstreamError) as told:
                await mirror.once()
            after = await entries_of(database)
            async with database.read(snapshot=False) as connection:
                kept = await find_account(connection, ORGANIZATION)
            account.proxy.alter = lambda _: None
            await account.ask("PATCH", "time_entries/3/approve")
            clock.instant += MINUTE
            left = await mirror.once()

        assert sentence in told.value.sentence
        assert kept is not None
        assert kept.problem == told.value.sentence
        assert {number: row for number, row in after.items() if number != 2} == {
            number: row for number, row in before.items() if number != 2
        }
        assert left.is_nothing
        assert await differences(database, account.database) == []
        assert account.tokens[ADMIN] not in caplog.text


@pytest.mark.parametrize("name", RECORDS)
async def test_a_record_that_cannot_be_taken_is_named_and_all_others_are(tmp_path, database, clock, caplog, name):
    bad, sentence = RECORDS[name]
    good = record("3", note="taken")
    caplog.set_level(logging.INFO)
    async with live_account(tmp_path, *map(entry, range(1, 6)), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
            before = await entries_of(database)
            page = answer(200, {"data": [bad, good]}, date="Fri, 01 Aug 2025 06:01:00 GMT")
            alone = answer(200, {"data": [bad]})
            account.proxy.alter = lambda sent: (
                page
                if "updated_at%5D%5Bgt_eq" in sent.target
                else alone
                if "filter%5Bid%5D=2&" in sent.target
                else None
            )
            clock.instant += MINUTE
            left = await mirror.once()
            after = await entries_of(database)
            async with database.read(snapshot=False) as connection:
                troubles = await list_troubles(connection, ORGANIZATION)

        assert not left.is_nothing
        assert any(sentence in trouble.sentence for trouble in troubles.values()), troubles
        assert after[2] == before[2]
        assert after[3]["note"] == "taken"
        assert account.tokens[ADMIN] not in caplog.text
