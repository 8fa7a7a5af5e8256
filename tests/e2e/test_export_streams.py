"""Files on their way: sent as they are made, few at a time, ended when nobody reads or time is over."""

import asyncio

import httpx

from gateway.exports import places, walk
from gateway.http import timeouts
from tests.support.harness.documented import documented_office
from tests.support.harness.serving import listening
from tests.support.harness.waiting import TIMEOUT, as_time_passes, eventually, put_forward
from tests.support.worlds import office

LONG = 99_000
ENTRIES = [office.entry(number, note="x" * LONG) for number in range(1, 201)]  # some 20 MB: more than sockets hold
PATH = "/api/v2/time_entries.jsonl?fields=id,note"


def free(asked):
    """Tell whether no place is taken."""
    return asked.app.exports.running == 0


def known(asked):
    """The header that says who asks."""
    return {"x-auth-token": asked.tokens[office.ADMIN]}


async def asking(address, asked, who=office.ADMIN):
    """Ask for a file; read nothing of the answer."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1_000)
    writer.write(f"GET {PATH} HTTP/1.1\r\nhost: x\r\nx-auth-token: {asked.tokens[who]}\r\n\r\n".encode())
    return reader, writer


async def whole(reader):
    """Read to the end of a file that does not break off."""
    read = b""
    while not read.endswith(b"0\r\n\r\n"):
        part = await asyncio.wait_for(reader.read(1_000_000), TIMEOUT)
        assert part, "it broke off"
        read += part
    return read


async def test_what_is_beyond_the_places_is_refused_until_one_is_free(tmp_path):
    async with (
        documented_office(tmp_path, ENTRIES, {"max_exports": 1}) as asked,
        listening(asked.app) as address,
        httpx.AsyncClient(base_url=address, headers=known(asked), timeout=TIMEOUT) as client,
    ):
        reader, writer = await asking(address, asked)
        await reader.readuntil(b"\r\n\r\n")
        refused = await client.get("/api/v2/time_entries.csv?fields=id")
        beside = await client.get("/healthz")
        writer.close()
        await eventually(lambda: free(asked))
        taken = await client.get("/api/v2/time_entries.csv?fields=id")

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == str(places.RETRY_AFTER)
    assert refused.json()["errors"][0]["code"] == "too_many_exports"
    assert beside.status_code == 200
    assert (taken.status_code, len(taken.text.splitlines())) == (200, 201)


async def test_of_several_places_one_is_left_to_others(tmp_path):
    async with (
        documented_office(tmp_path, ENTRIES, {"max_exports": 2}) as asked,
        listening(asked.app) as address,
        httpx.AsyncClient(base_url=address, timeout=TIMEOUT) as client,
    ):
        reader, writer = await asking(address, asked)
        await reader.readuntil(b"\r\n\r\n")
        statuses = [
            (
                await client.get("/api/v2/time_entries.csv?fields=id", headers={"x-auth-token": asked.tokens[who]})
            ).status_code
            for who in (office.ADMIN, office.MANAGER)
        ]
        writer.close()
        await eventually(lambda: free(asked))

    assert statuses == [429, 200]


async def test_a_file_that_is_never_read_is_ended(tmp_path):
    async with (
        documented_office(tmp_path, ENTRIES, {"export_timeout_ms": 3_600_000}) as asked,
        listening(asked.app, write_timeout_ms=30_000) as address,
    ):
        _, writer = await asking(address, asked)
        await eventually(lambda: not free(asked))
        await as_time_passes(lambda: free(asked))
        writer.close()


async def test_a_file_takes_as_long_as_an_export_may_and_longer_than_a_request(tmp_path, monkeypatch):
    monkeypatch.setattr(timeouts, "BETWEEN_LOOKS", 0)
    monkeypatch.setattr(walk, "MOST_ROWS", 4)
    settings = {"request_timeout_ms": 60_000, "export_timeout_ms": 3_600_000, "max_answer_bytes": 10_000}
    async with (
        documented_office(tmp_path, ENTRIES, settings) as asked,
        listening(asked.app, request_timeout_ms=1, write_timeout_ms=3_600_000) as address,
    ):
        reader, writer = await asking(address, asked)
        await reader.readuntil(b"\r\n\r\n")
        put_forward(600)
        answer = await whole(reader)
        writer.close()

    assert answer.count(b'{"id":') == 200


async def test_a_file_that_takes_too_long_breaks_off_so_that_its_reader_sees_it(tmp_path, monkeypatch):
    monkeypatch.setattr(timeouts, "BETWEEN_LOOKS", 0)  # its time is counted from the first look on
    async with (
        documented_office(tmp_path, ENTRIES, {"export_timeout_ms": 600_000}) as asked,
        listening(asked.app, write_timeout_ms=3_600_000) as address,
    ):
        reader, writer = await asking(address, asked)
        await reader.readuntil(b"\r\n\r\n")
        put_forward(600)
        await eventually(lambda: free(asked))
        rest = b""
        while part := await asyncio.wait_for(reader.read(1_000_000), TIMEOUT):
            rest += part
        writer.close()

    assert 0 < len(rest) < 200 * LONG
    assert not rest.endswith(b"0\r\n\r\n")


async def test_a_file_shows_one_state_of_the_data(tmp_path):
    async with (
        documented_office(tmp_path, ENTRIES) as asked,
        listening(asked.app) as address,
    ):
        reader, writer = await asking(address, asked)
        await reader.readuntil(b"\r\n\r\n")
        deleted = await asked.send("DELETE", "time_entries/200")
        rest = await whole(reader)
        writer.close()

    assert deleted.status_code == 204
    assert rest.count(b'{"id":') == 200


async def test_a_file_costs_a_point_for_each_row_as_it_is_sent(tmp_path):
    async with documented_office(tmp_path, ENTRIES, {"rate_limit": 150, "max_cost": 1}) as asked:
        first = await asked.get("time_entries.csv", [("fields", "id")])
        second = await asked.get("time_entries.csv", [("fields", "id")])

    assert (first.status_code, len(first.text.splitlines())) == (200, 201)
    assert second.status_code == 429
    assert second.json()["errors"][0]["code"] == "rate_limited"


async def test_of_many_that_are_asked_for_at_once_some_are_made_and_the_others_refused(tmp_path):
    async with documented_office(tmp_path, ENTRIES[:20], {"max_exports": 2}) as asked:
        answers = await asyncio.gather(*(asked.get("time_entries.csv", [("fields", "id")]) for _ in range(100)))
        later = await asked.get("time_entries.csv", [("fields", "id")])

        statuses = {answer.status_code for answer in answers}
        made = {answer.text for answer in answers if answer.status_code == 200}
        assert statuses == {200, 429}
        assert made == {later.text}
        assert free(asked)
