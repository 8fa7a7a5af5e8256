"""An account that suddenly answers nonsense: one clear sentence, nothing lost, nothing half written, no secret told."""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from gateway.mirror.merging import MOST_STEPS
from gateway.mirror.upstream.budget import Purpose
from gateway.mirror.upstream.errors import UpstreamError
from gateway.mirror.upstream.exchange import MOST_BYTES
from gateway.store.databases.database import Database
from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.troubles import list_troubles
from gateway.store.schema.rows import Row
from tests.support.upstream.accounts import ORGANIZATION, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.impostors import Sent, answer
from tests.support.upstream.mirrors import differences, entries_of, mirroring
from tests.support.upstream.proxies import Plan
from tests.support.worlds.office import ADMIN, STRANGER, entry, furnish

ENTRIES = "/api/v2/time_entries?"
BEFORE_THE_STORE = pytest.mark.sqlite_only  # what is said is refused where it is read; no database has a part in that
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
PAGES: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "html": (answer(200, body=b"<html>Hello</html>", media_type="text/html"), "answers text/html in place of JSON"),
    "200 MB": (lambda: answer(200, body=b" " * 200_000_000), "answers more than 20 MB"),
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


@BEFORE_THE_STORE
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_that_is_none_changes_nothing_and_is_told(tmp_path, database, clock, caplog, name):
    reply, sentence = PAGES[name]
    caplog.set_level(logging.INFO)
    async with live_account(tmp_path, *map(entry, range(1, 6)), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
            before = await entries_of(database)
            account.proxy.alter = in_place_of_entries(reply if isinstance(reply, bytes) else reply())
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


async def test_nothing_that_an_account_says_changes_another_organization(tmp_path, database, clock):
    await furnish(database, entry(1), entry(900, organization_id=2, person_id=STRANGER))
    theirs = {name: record("900", note="evil") for name in ("time_entries",)}
    del theirs["time_entries"]["relationships"]["organization"]
    theirs["people"] = {"type": "people", "id": str(STRANGER), "attributes": {"first_name": "Evil"}}
    theirs["organizations"] = {"type": "organizations", "id": "2", "attributes": {"name": "Evil"}}
    theirs["approval_statuses"] = {"type": "approval_statuses", "id": "1", "attributes": {"status": 1}}
    gone = {"item_id": 900, "event": "delete", "created_at": "2025-08-01T06:00:30.000Z"}
    theirs["time_entry_versions"] = {"type": "time_entry_versions", "id": "1", "attributes": gone}
    date = "Fri, 01 Aug 2025 06:01:00 GMT"
    lists = {f"/api/v2/{name}?": answer(200, {"data": [said]}, date=date) for name, said in theirs.items()}
    before = await rows_of_others(database)
    async with live_account(tmp_path, entry(1), clock=clock) as account, mirroring(account, database) as mirror:
        await mirror.once()
        account.proxy.alter = lambda sent: next((lists[path] for path in lists if sent.target.startswith(path)), None)
        clock.instant += MINUTE
        left = await mirror.once(sweep=True)

    assert len(before) >= 4
    assert await rows_of_others(database) == before
    assert any("a record of organization 1 was expected" in trouble for trouble in left.troubles)


async def test_what_points_to_what_points_on_without_an_end_waits(tmp_path, database, clock):
    def endless(sent: Sent) -> bytes | None:
        """Have each person managed by the next, whoever is asked for."""
        if not sent.target.startswith("/api/v2/people?"):
            return None
        found = re.search(r"filter%5Bid%5D=(\d+)", sent.target)
        number = int(found[1]) if found else 1_000
        links = {"manager": {"data": {"type": "people", "id": str(number + 1)}}}
        said = {"first_name": "A", "last_name": "B", "email": "a@example.org"}
        return answer(200, {"data": [{"type": "people", "id": number, "attributes": said, "relationships": links}]})

    async with live_account(tmp_path, entry(1), clock=clock) as account, mirroring(account, database) as mirror:
        await mirror.once()
        account.proxy.alter, before = endless, len(account.proxy.sent)
        clock.instant += MINUTE
        left = await mirror.once()

    assert left.waiting == MOST_STEPS + 1
    assert len(account.proxy.sent) - before < 3 * MOST_STEPS + 40


async def rows_of_others(database: Database) -> list[tuple[str, Any]]:
    """Return every row of organization 2."""
    found: list[tuple[str, Any]] = []
    async with database.read(snapshot=True) as connection:
        for name, table in Row.metadata.tables.items():
            owner = table.c.get("organization_id") if name != "organizations" else table.c.id
            if owner is not None:
                found += [(name, *row) for row in await connection.fetch(select(table).where(owner == 2))]
    return sorted(found, key=repr)


@BEFORE_THE_STORE
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


LONG = answer(200, body=b" " * 100_001)


def too_long_together(sent: Sent) -> bytes | None:
    """Answer what is too long in place of each page of more than five records, whatever they are."""
    size = parse_qs(urlsplit(sent.target).query).get("page[size]", ["1"])[0]
    return LONG if int(size) > 5 else None


@pytest.mark.parametrize("cursors", [True, False])
async def test_whatever_is_too_long_is_read_in_parts_and_one_record_that_is_alone_is_named(
    tmp_path, database, clock, monkeypatch, cursors
):
    monkeypatch.setitem(MOST_BYTES, Purpose.MIRROR, 100_000)
    async with live_account(tmp_path, *map(entry, range(1, 14)), clock=clock) as account:
        account.proxy.plan = Plan(cursors=cursors)
        account.proxy.alter = too_long_together
        async with mirroring(account, database) as mirror:
            loaded = await mirror.once()
            after_load = await differences(database, account.database)
            await account.ask("PATCH", "time_entries/3", note("x" * 99_900))
            for number in (4, 5, 6, 7, 8, 9):
                await account.ask("PATCH", f"time_entries/{number}/approve")
            await account.ask("DELETE", "time_entries/10")
            clock.instant += MINUTE
            followed = await mirror.once(sweep=True)
            after_round = await differences(database, account.database)
            await account.ask("PATCH", "time_entries/3", note("short"))
            clock.instant += MINUTE
            mended = await mirror.once()
            after_all = await differences(database, account.database)

    assert (loaded.is_nothing, after_load) == (True, [])
    assert {line.split(".")[0] for line in after_round} == {"3"}  # as it was before, and not deleted
    assert followed.troubles == ("time_entries 3: /: an answer with this record alone is too long to be read",)
    assert (mended.is_nothing, after_all) == (True, [])


def note(text: str) -> dict[str, Any]:
    return {"data": {"type": "time_entries", "attributes": {"note": text}}}
