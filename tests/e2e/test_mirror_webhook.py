"""Webhooks of a mirrored account: those that are signed and fresh have their entry read, and others do nothing."""

import asyncio
import hashlib
import hmac
import json
import time

import pytest
import pytest_asyncio

from gateway.mirror.webhook import MOST_BYTES
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.mirror.troubles import list_waiting
from tests.support.harness.documented import documented_office
from tests.support.worlds.office import entry

pytestmark = pytest.mark.asyncio(loop_scope="function")

SECRET = "hook-secret"
MIRROR = {
    "mirror_url": "https://account.example/api/v2",
    "mirror_token": "t",
    "mirror_organization_id": 1,
    "mirror_webhook_secret": SECRET,
}
CHANGED = b'{"data": {"id": "7", "type": "time-entries", "attributes": {"note": "not believed"}}, "event": 8}'


@pytest_asyncio.fixture
async def asked(tmp_path):
    async with documented_office(tmp_path, [entry(7, note="before")], MIRROR) as asked:
        yield asked


def signature(body, at=None, secret=SECRET):
    at = int(time.time()) if at is None else at
    return f"t={at},s={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


async def send(asked, body, header):
    headers = {} if header is None else {"Productive-Signature": header}
    answer = await asked.client.post("/mirror/webhook", content=body, headers=headers)
    return answer.status_code, [error["extensions"]["code"] for error in answer.json()["errors"]] if answer.text else []


async def hinted(asked):
    async with asked.app.database.look_up() as connection:
        return [(row.type, row.id) for row in await list_waiting(connection, 1, due=2**62, most=10)]


async def test_a_signed_hook_has_its_entry_read_and_is_not_believed(asked):
    answers = [await send(asked, CHANGED, signature(CHANGED)) for _ in range(2)]

    note = (await asked.document("time_entries/7"))["data"]["attributes"]["note"]
    assert answers == [(204, [])] * 2
    assert await hinted(asked) == [("time_entries", 7)]
    assert note == "before"


@pytest.mark.parametrize(
    "made",
    [
        lambda: None,
        lambda: "",
        lambda: "t=1,s=2",
        lambda: signature(CHANGED, secret="other"),
        lambda: signature(b"{}"),
        lambda: signature(CHANGED, at=int(time.time()) - 301),
        lambda: signature(CHANGED, at=int(time.time()) + 3_000),
        lambda: signature(CHANGED).upper(),
        lambda: "t=" + "9" * 5_000 + ",s=" + "0" * 64,
    ],
    ids=["none", "empty", "short", "another secret", "another body", "old", "of the future", "upper case", "long"],
)
async def test_what_the_account_did_not_sign_lately_is_refused(asked, made):
    # Made here: one that is made when the tests are collected is old, or good, by when its turn comes.
    assert await send(asked, CHANGED, made()) == (401, ["UNAUTHENTICATED"])
    assert await hinted(asked) == []


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": {"id": "7", "type": "people"}}).encode(),
        json.dumps({"data": {"id": str(2**63), "type": "time_entries"}}).encode(),
        json.dumps({"data": [7]}).encode(),
        b"7",
    ],
)
async def test_what_is_about_no_entry_is_taken_and_nothing_comes_of_it(asked, body):
    assert await send(asked, body, signature(body)) == (204, [])
    assert await hinted(asked) == []


async def test_a_body_that_is_no_json_or_too_long_is_refused(asked):
    longest = b" " * (MOST_BYTES + 1)

    assert await send(asked, b"<html>", signature(b"<html>")) == (400, ["BAD_REQUEST"])
    assert await send(asked, longest, signature(longest)) == (413, ["PAYLOAD_TOO_LARGE"])
    assert await hinted(asked) == []


async def test_a_hook_without_a_fresh_signature_is_refused_before_its_body_is_read(asked):
    async def body():
        raise AssertionError("read")
        yield b""

    for header in ("t=1,s=" + "0" * 64, "", "t=1"):
        answer = await asked.client.post("/mirror/webhook", content=body(), headers={"Productive-Signature": header})

        assert answer.status_code == 401


async def test_hooks_that_come_together_are_noted_together_and_not_without_end(asked, monkeypatch):
    monkeypatch.setattr("gateway.store.mirror.troubles.MOST_HINTED", 5)
    hooks = [json.dumps({"data": {"id": number, "type": "time_entries"}}).encode() for number in range(1, 41)]
    writes: list[object] = []
    write = asked.app.database.write

    def counted(unit):
        writes.append(unit)
        return write(unit)

    monkeypatch.setattr(asked.app.database, "write", counted)

    answers = await asyncio.gather(*(send(asked, hook, signature(hook)) for hook in hooks))

    assert answers == [(204, [])] * 40
    assert len(await hinted(asked)) == 5
    assert 1 < len(writes) < 20


async def test_a_hook_that_the_store_cannot_note_now_is_to_be_sent_again(asked, monkeypatch):
    async def unavailable(_):
        raise StoreUnavailable("locked")

    monkeypatch.setattr(asked.app.database, "write", unavailable)

    assert await send(asked, CHANGED, signature(CHANGED)) == (503, ["STORE_UNAVAILABLE"])


async def test_without_a_secret_there_is_no_such_address(tmp_path):
    settings = {name: value for name, value in MIRROR.items() if name != "mirror_webhook_secret"}
    async with documented_office(tmp_path, [entry(7)], settings) as asked:
        assert await send(asked, CHANGED, signature(CHANGED)) == (404, ["NOT_FOUND"])
