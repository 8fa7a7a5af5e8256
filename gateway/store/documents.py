"""The documents that the store names as trusted: by key, with their texts and when they were added."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.columns import TEXT
from gateway.store.schema.own import TRUSTED_DOCUMENTS

_KEYS = select(TRUSTED_DOCUMENTS.c.key, TRUSTED_DOCUMENTS.c.added_at)
_LIST = select(TRUSTED_DOCUMENTS.c.key, TRUSTED_DOCUMENTS.c.text, TRUSTED_DOCUMENTS.c.added_at).order_by(
    TRUSTED_DOCUMENTS.c.key
)
_chosen = any_of(TRUSTED_DOCUMENTS.c.key, bindparam("keys", type_=ListOf(TEXT)))
_TEXTS = select(TRUSTED_DOCUMENTS.c.key, TRUSTED_DOCUMENTS.c.text).where(_chosen)
_REMOVE = delete(TRUSTED_DOCUMENTS).where(_chosen).returning(TRUSTED_DOCUMENTS.c.key)
_ADD = insert(TRUSTED_DOCUMENTS)


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """A line of the list."""

    key: str
    text: str
    added_at: int


async def list_documents(connection: Connection) -> list[TrustedDocument]:
    """Return all of them, by key."""
    return [TrustedDocument(*row) for row in await connection.fetch(_LIST)]


async def list_keys(connection: Connection) -> dict[str, int]:
    """Return when each was added, by key."""
    return dict(await connection.fetch(_KEYS))


async def find_texts(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Return the texts of those that are there."""
    return dict(await connection.fetch(_TEXTS, {"keys": [*keys]}))


async def remove_documents(connection: Connection, keys: Collection[str]) -> set[str]:
    """Remove documents; return the keys of those that were there."""
    return {key for (key,) in await connection.fetch(_REMOVE, {"keys": [*keys]})}


async def add_documents(connection: Connection, texts: Mapping[str, str], *, now: int) -> int:
    """Add documents, in the place of those with the same keys; return how many are new."""
    known = await remove_documents(connection, texts)
    rows = [{"key": key, "text": text, "added_at": now} for key, text in texts.items()]
    if rows:
        await connection.execute_many(_ADD, rows)
    return len(rows) - len(known)
