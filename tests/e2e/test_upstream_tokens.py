"""People's tokens of a mirrored account: read from standard input, encrypted, and never shown again."""

import asyncio
import base64

import pytest

from gateway.mirror.secrets import NoKey, Vault
from gateway.mirror.tokens import encrypt_again, find_token, forget_token, keep_token
from gateway.store.databases.database import open_database
from gateway.store.mirror.tokens import find_ciphertext, keep_ciphertext
from tests.support.worlds.documents import document, entry, save
from tests.support.worlds.office import ADMIN, MEMBER, NOW, furnish

SECRET = "tok-1f0c-secret"
ONE, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))
CREATE = ("token", "create", "--person")
IN_STORE = "sqlite+aiosqlite:///gateway.db"


@pytest.fixture
def imported(gateway, tmp_path):
    """The number of a person in a store."""
    made = document(entry(1))
    save(tmp_path / "a.json", made)
    assert gateway("import", "a.json").exit_code == 0
    return next(each["id"] for each in made["included"] if each["type"] == "people")


def kept(person, *keys):
    async def read():
        async with open_database(IN_STORE) as database:
            async with database.look_up() as connection:
                text = await find_ciphertext(connection, int(person))
            return text, await find_token(database, Vault(keys), int(person))

    return asyncio.run(read())


@pytest.mark.sqlite_only
def test_a_token_is_read_from_standard_input_and_kept_encrypted(gateway, imported):
    answer = gateway(*CREATE, imported, "--upstream-token", given=f"{SECRET}\n", GATEWAY_SECRET_KEY=ONE)

    text, token = kept(imported, ONE)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout == f"What person {imported} writes is sent to the account by this token.\n"
    assert token == SECRET
    assert SECRET not in text


@pytest.mark.sqlite_only
def test_without_a_key_nothing_is_kept(gateway, imported):
    answer = gateway(*CREATE, imported, "--upstream-token", given=f"{SECRET}\n")

    assert answer.exit_code == 1
    assert answer.stderr == (
        "Set GATEWAY_SECRET_KEY to 32 random bytes in URL-safe base64: openssl rand -base64 32 | tr '+/' '-_'\n"
    )
    assert kept(imported) == (None, None)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("given", ["", "two words\n", "ž\n", "x" * 501])
def test_what_is_no_token_is_not_kept(gateway, imported, given):
    answer = gateway(*CREATE, imported, "--upstream-token", given=given, GATEWAY_SECRET_KEY=ONE)

    assert answer.exit_code == 1
    assert answer.stderr == "A token of the account is 1 to 500 printable characters of ASCII without a space.\n"
    assert kept(imported, ONE) == (None, None)


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("imported")
def test_nobody_gets_no_token(gateway):
    answer = gateway(*CREATE, "999", "--upstream-token", given=f"{SECRET}\n", GATEWAY_SECRET_KEY=ONE)

    assert answer.exit_code == 1
    assert answer.stderr == "There is no person 999 in the store; see: gateway person list\n"


@pytest.mark.sqlite_only
def test_a_token_is_forgotten(gateway, imported):
    gateway(*CREATE, imported, "--upstream-token", given=f"{SECRET}\n", GATEWAY_SECRET_KEY=ONE)

    first, second = (gateway("token", "forget-upstream", "--person", imported) for _ in range(2))

    assert first.stdout == f"The token of person {imported} is forgotten.\n"
    assert (second.exit_code, second.stderr) == (1, f"No token of the account is kept for person {imported}.\n")
    assert kept(imported, ONE) == (None, None)


@pytest.mark.sqlite_only
def test_keys_are_changed_by_a_list_of_them(gateway, imported):
    gateway(*CREATE, imported, "--upstream-token", given=f"{SECRET}\n", GATEWAY_SECRET_KEY=ONE)

    with_both = kept(imported, OTHER, ONE)[1]
    answer = gateway("token", "encrypt-again", GATEWAY_SECRET_KEY=f"{OTHER},{ONE}")

    assert with_both == SECRET
    assert answer.stdout == "Encrypted by the first key: 1.\n"
    assert kept(imported, OTHER)[1] == SECRET
    with pytest.raises(NoKey, match=r"^What is kept for person \d+ cannot be decrypted by any key"):
        kept(imported, ONE)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("writes", "keys", "is_told"),
    [("forward", OTHER, True), ("forward", f"{OTHER},{ONE}", False), ("refuse", OTHER, False)],
)
def test_doctor_says_whose_token_no_key_decrypts(gateway, imported, writes, keys, is_told):
    gateway(*CREATE, imported, "--upstream-token", given=f"{SECRET}\n", GATEWAY_SECRET_KEY=ONE)

    account = {"URL": "http://127.0.0.1:9/api/v2", "TOKEN": SECRET, "ORGANIZATION_ID": "1", "WRITES": writes}
    answer = gateway(
        "doctor", GATEWAY_SECRET_KEY=keys, **{f"GATEWAY_MIRROR_{name}": value for name, value in account.items()}
    )

    sentence = f"Of person {imported}: no key of GATEWAY_SECRET_KEY decrypts the token"
    assert (sentence in answer.stdout) is is_told
    assert SECRET not in answer.stdout


@pytest.mark.asyncio(loop_scope="module")
async def test_a_token_is_kept_for_one_person_and_replaced(asked):
    await furnish(asked.database)
    vault = Vault([ONE])

    async def work(connection):
        first = await keep_token(connection, vault, MEMBER, "before", now=NOW)
        again = await keep_token(connection, vault, MEMBER, SECRET, now=NOW)
        text = await find_ciphertext(connection, MEMBER)
        assert text is not None
        await keep_ciphertext(connection, ADMIN, text, now=NOW)
        return first, again

    assert await asked.database.write(work) == (True, True)
    assert await find_token(asked.database, vault, MEMBER) == SECRET
    with pytest.raises(NoKey):
        await find_token(asked.database, vault, ADMIN)  # a text that was encrypted for somebody else


@pytest.mark.asyncio(loop_scope="module")
async def test_what_no_key_reads_keeps_all_as_they_are(asked):
    await furnish(asked.database)

    async def work(connection):
        await keep_token(connection, Vault([ONE]), ADMIN, SECRET, now=NOW)
        await keep_token(connection, Vault([OTHER]), MEMBER, SECRET, now=NOW)

    await asked.database.write(work)

    with pytest.raises(NoKey):
        await asked.database.write(lambda connection: encrypt_again(connection, Vault([ONE]), now=NOW))
    assert await find_token(asked.database, Vault([ONE]), ADMIN) == SECRET
    assert await asked.database.write(lambda connection: forget_token(connection, MEMBER)) is True
