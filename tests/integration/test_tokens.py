"""Tokens: stored as digests, looked up once a second, refused when revoked or expired, their use noted each minute."""

import pytest

from gateway.domain.access import Role
from gateway.store.tokens import Credentials, NoSuchPerson, create_token, digest_of, list_tokens, revoke_token
from tests.support.harness.serving import NOW, PEOPLE, make_people

SECOND, MINUTE = 1_000, 60_000


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
async def tokens(database):
    return await database.write(make_people)


async def last_uses(database):
    async with database.read(snapshot=False) as connection:
        return [token.last_used_at for token in await list_tokens(connection)]


async def test_a_token_stands_for_one_person(database, tokens):
    credentials = Credentials(database, clock=Clock())

    credential = await credentials.find(tokens["member"])

    await credentials.close()
    assert credential is not None
    assert (credential.viewer.person_id, credential.viewer.organization_id) == (PEOPLE["member"].id, 1)
    assert credential.viewer.role is Role.MEMBER
    assert credential.viewer.time_zone == "Europe/Zagreb"
    assert not credential.viewer.sees_costs


async def test_what_is_stored_is_the_digest(database, tokens):
    async with database.read(snapshot=False) as connection:
        lines = await list_tokens(connection)

    assert [line.person for line in lines] == ["Ana Kos", "Marko Kos", "Iva Kos", "Saga Kos"]
    assert len({digest_of(token) for token in tokens.values()}) == 4
    assert not [line for line in lines for token in tokens.values() if token in repr(line)]


@pytest.mark.parametrize("text", ["", "teg_", "teg_" + "A" * 43, "teg_" + "é" * 43, "x" * 100_000, "teg_\0" + "A" * 42])
@pytest.mark.usefixtures("tokens")
async def test_a_text_that_is_no_token_is_nobody(database, text):
    assert await Credentials(database).find(text) is None


async def test_a_credential_is_remembered_for_a_second(database, tokens):
    clock = Clock()
    credentials = Credentials(database, clock=clock)
    token = tokens["admin"]
    await credentials.find(token)
    await credentials.close()

    clock.now += SECOND - 1
    remembered = credentials.recall(digest_of(token))
    clock.now += 1
    forgotten = credentials.recall(digest_of(token))

    assert remembered is not None
    assert forgotten is None


async def test_a_revoked_token_is_forgotten_within_a_second(database, tokens):
    clock = Clock()
    credentials = Credentials(database, clock=clock)
    token = tokens["admin"]
    await credentials.find(token)
    await credentials.close()

    first = await database.write(lambda connection: revoke_token(connection, token_id=1, now=clock.now))
    again = await database.write(lambda connection: revoke_token(connection, token_id=1, now=clock.now))
    clock.now += SECOND

    assert (first, again) == (True, False)
    assert credentials.recall(digest_of(token)) is None
    assert await credentials.find(token) is None


async def test_a_revoked_token_does_not_live_on_where_the_clock_is_set_back(database, tokens):
    clock = Clock()
    credentials = Credentials(database, clock=clock)
    await credentials.find(tokens["admin"])
    await credentials.close()
    await database.write(lambda connection: revoke_token(connection, token_id=1, now=clock.now))

    clock.now -= 60 * MINUTE
    recalled = credentials.recall(digest_of(tokens["admin"]))

    assert recalled is None
    assert await credentials.find(tokens["admin"]) is None


@pytest.mark.usefixtures("tokens")
async def test_an_expired_token_is_refused_at_once_even_when_it_is_remembered(database):
    clock = Clock()
    credentials = Credentials(database, clock=clock)
    token = await database.write(
        lambda connection: create_token(connection, person_id=11, name="short", now=NOW, expires_at=NOW + 500)
    )

    before = await credentials.find(token)
    clock.now += 500

    await credentials.close()
    assert before is not None
    assert credentials.recall(digest_of(token)) is None
    assert await credentials.find(token) is None


async def test_the_last_use_is_written_once_a_minute(database, tokens):
    clock = Clock()
    credentials = Credentials(database, clock=clock)
    seen = []

    for wait in (0, 2 * SECOND, MINUTE - 3 * SECOND, SECOND):
        clock.now += wait
        await credentials.find(tokens["admin"])
        await credentials.close()
        seen.append((await last_uses(database))[0])

    assert seen == [NOW, NOW, NOW, NOW + MINUTE]


@pytest.mark.usefixtures("tokens")
async def test_nobody_gets_no_token(database):
    with pytest.raises(NoSuchPerson, match=r"There is no person 999 in the store\."):
        await database.write(lambda connection: create_token(connection, person_id=999, name="x", now=NOW))
