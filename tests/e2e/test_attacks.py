"""Hostile requests: each is answered as it should be, briefly, and without a word about the inside."""

import httpx
import pytest
import pytest_asyncio

from tests.support.harness.serving import Served, serving
from tests.support.random.attacks import ANSWERED, RESPONSE, attacks

pytestmark = pytest.mark.sqlite_only
INSIDE = ("Traceback", "sqlite", "asyncpg", "sqlalchemy", "site-packages", ".py", "SELECT ", "Exception")
LONGEST_ANSWER = 30_000  # bytes
STATUSES = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "HEADERS_TOO_LARGE": 431,
}
# Errors of a field come with data, so with status 200.
OF_FIELDS = {"INVALID_PAGINATION", "INVALID_CURSOR", "BAD_USER_INPUT"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory):
    async with serving(tmp_path_factory.mktemp("attacked")) as served:
        yield served


async def send(served: Served, attack) -> httpx.Response:
    headers = {**served.bearer(), "accept": RESPONSE, "content-type": "application/json", **attack.headers}
    raw = httpx.Headers(headers, encoding="latin-1")
    return await served.client.request(attack.method, attack.address, content=attack.body, headers=raw)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", list(attacks()), ids=lambda attack: attack.name)
async def test_an_attack_is_refused_or_answered(served, attack):
    response = await send(served, attack)

    payload = response.json()
    codes = {error["extensions"]["code"] for error in payload.get("errors", ())} or {ANSWERED}
    assert codes <= set(attack.code.split("|"))
    if codes != {ANSWERED}:
        expected = STATUSES.get(min(codes), 400)
        assert response.status_code == expected or (codes & OF_FIELDS and response.status_code == 200)
    assert len(response.content) <= LONGEST_ANSWER
    assert not [word for word in INSIDE if word in response.text]


def test_there_are_enough_attacks_and_each_has_a_name_of_its_own():
    names = [attack.name for attack in attacks()]

    assert len(names) >= 100
    assert len(names) == len(set(names))
