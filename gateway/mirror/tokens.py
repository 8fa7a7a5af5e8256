"""People's own tokens for the mirrored account, by which their writes are sent: kept encrypted, shown never."""

from gateway.mirror.secrets import NoKey, Vault
from gateway.store.databases.database import Connection, Database
from gateway.store.mirror.tokens import find_ciphertext, forget_ciphertext, keep_ciphertext, list_ciphertexts


def _owner(person_id: int) -> str:
    return f"person-{person_id}"


async def keep_token(connection: Connection, vault: Vault, person_id: int, token: str, *, now: int) -> bool:
    """Keep a person's token in place of the one before; False where there is no such person.

    Raises:
        NoKey: there is no key to encrypt it by.
    """
    return await keep_ciphertext(connection, person_id, vault.encrypt(_owner(person_id), token), now=now)


async def forget_token(connection: Connection, person_id: int) -> bool:
    """Forget a person's token; False where none is kept."""
    return await forget_ciphertext(connection, person_id)


async def find_token(database: Database, vault: Vault, person_id: int) -> str | None:
    """Return a person's token; None where none is kept.

    Raises:
        NoKey: no key decrypts it.
    """
    async with database.look_up() as connection:
        kept = await find_ciphertext(connection, person_id)
    return None if kept is None else vault.decrypt(_owner(person_id), kept)


async def list_unreadable(connection: Connection, vault: Vault) -> list[int]:
    """Return whose tokens no key decrypts."""
    found = []
    for person_id, ciphertext in await list_ciphertexts(connection):
        try:
            vault.decrypt(_owner(person_id), ciphertext)
        except NoKey:
            found.append(person_id)
    return found


async def encrypt_again(connection: Connection, vault: Vault, *, now: int) -> int:
    """Encrypt all tokens by the first key, so that the others can be dropped; return how many there are.

    Raises:
        NoKey: one cannot be decrypted by any; nothing was written.
    """
    kept = await list_ciphertexts(connection)
    for person_id, ciphertext in kept:
        await keep_token(connection, vault, person_id, vault.decrypt(_owner(person_id), ciphertext), now=now)
    return len(kept)
