"""Tokens: credentials of one person each, stored as digests, shown once, remembered for at most a second."""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, insert, or_, select, update

from gateway.caches import CACHES, watch_entries
from gateway.clock import Clock, system_clock
from gateway.domain.access import Role, Viewer
from gateway.domain.instants import MINUTE, SECOND
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection, Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.schema.own import TOKENS
from gateway.store.schema.tables import ORGANIZATIONS, PEOPLE
from gateway.store.viewers import VIEWER_COLUMNS, viewer_of

PREFIX = "teg_"
SECRET_BYTES = 32
MOST_REMEMBERED = CACHES["tokens"].entries

_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)
_log = logging.getLogger(__name__)


_GOOD = (
    select(
        TOKENS.c.id,
        TOKENS.c.expires_at,
        TOKENS.c.last_used_at,
        *VIEWER_COLUMNS,
    )
    .join(PEOPLE, PEOPLE.c.id == TOKENS.c.person_id)
    .join(ORGANIZATIONS, ORGANIZATIONS.c.id == PEOPLE.c.organization_id)
    .where(TOKENS.c.revoked_at.is_(None))
)
_FIND = _GOOD.where(TOKENS.c.digest == bindparam("digest"))
_FIND_ALL = _GOOD.where(any_of(TOKENS.c.id, bindparam("token_ids", type_=ListOf(BigInteger()))))
_PERSON = select(PEOPLE.c.organization_id).where(PEOPLE.c.id == bindparam("person_id"))
_CREATE = (
    insert(TOKENS)
    .values(
        {
            name: bindparam(name)
            for name in ("organization_id", "person_id", "name", "digest", "created_at", "expires_at")
        }
    )
    .returning(TOKENS.c.id)
)
_LIST = (
    select(
        TOKENS.c.id,
        TOKENS.c.name,
        PEOPLE.c.id,
        PEOPLE.c.first_name,
        PEOPLE.c.last_name,
        PEOPLE.c.role,
        TOKENS.c.created_at,
        TOKENS.c.expires_at,
        TOKENS.c.revoked_at,
        TOKENS.c.last_used_at,
    )
    .join(PEOPLE, PEOPLE.c.id == TOKENS.c.person_id)
    .order_by(TOKENS.c.id)
)
_REVOKE = (
    update(TOKENS)
    .where(TOKENS.c.id == bindparam("token_id"), TOKENS.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(TOKENS.c.id)
)
_USED = (
    update(TOKENS)
    .where(
        TOKENS.c.id == bindparam("token_id"),
        or_(TOKENS.c.last_used_at.is_(None), TOKENS.c.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=bindparam("now"))
    .returning(TOKENS.c.id)
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A token that was good when it was looked up."""

    token_id: int
    viewer: Viewer
    expires_at: int | None
    last_used_at: int | None

    def good_at(self, now: int) -> bool:
        """Tell whether it has not expired by then."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class TokenLine:
    """What may be shown of a token: everything but the token."""

    id: int
    name: str
    person_id: int
    person: str
    role: Role
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None

    def state(self, now: int) -> str:
        """Say whether the token is good."""
        if self.revoked_at is not None:
            return "revoked"
        return "good" if self.expires_at is None or now < self.expires_at else "expired"


class NoSuchPerson(LookupError):
    """A token was asked for somebody who is not in the store."""


def digest_of(token: str) -> str:
    """Return what is stored of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_token(
    connection: Connection, *, person_id: int, name: str, now: int, expires_at: int | None = None
) -> str:
    """Make a token and return its text, which is kept nowhere.

    Raises:
        NoSuchPerson: nobody has that number.
    """
    people = await connection.fetch(_PERSON, {"person_id": person_id})
    if not people:
        raise NoSuchPerson(f"There is no person {person_id} in the store.")
    token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await connection.fetch(
        _CREATE,
        {
            "organization_id": people[0][0],
            "person_id": person_id,
            "name": name,
            "digest": digest_of(token),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return token


async def find_credential(connection: Connection, digest: str) -> Credential | None:
    """Look a token up by its digest; None when it is unknown or revoked. Expiry is the caller's to check."""
    rows = await connection.fetch(_FIND, {"digest": digest})
    if not rows:
        return None
    token_id, expires_at, last_used_at, *person = rows[0]
    return Credential(token_id, viewer_of(tuple(person)), expires_at, last_used_at)


async def find_credentials(connection: Connection, token_ids: Sequence[int]) -> dict[int, Credential]:
    """Look tokens up by their numbers; those that are revoked are absent. Expiry is the caller's to check."""
    rows = await connection.fetch(_FIND_ALL, {"token_ids": list(token_ids)})
    return {row[0]: Credential(row[0], viewer_of(tuple(row[3:])), row[1], row[2]) for row in rows}


async def list_tokens(connection: Connection) -> list[TokenLine]:
    """Return all tokens, revoked and expired ones too, by number."""
    rows = await connection.fetch(_LIST)
    return [
        TokenLine(token_id, name, person_id, f"{first_name} {last_name}", Role(role), *instants)
        for token_id, name, person_id, first_name, last_name, role, *instants in rows
    ]


async def revoke_token(connection: Connection, *, token_id: int, now: int) -> bool:
    """End a token; False when there is none of that number that is still good."""
    return bool(await connection.fetch(_REVOKE, {"token_id": token_id, "now": now}))


class Credentials:
    """Who is behind a token. Answers are remembered for at most a second, so that a revocation holds within one."""

    def __init__(self, database: Database, *, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock
        self._remembered: dict[str, tuple[int, Credential]] = {}
        self.made = self.found = 0  # how often a token was looked up, and how often remembered
        watch_entries("tokens", self, len, lambda known: known.made, lambda known: known.found)
        self._writes: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._remembered)

    def recall(self, digest: str) -> Credential | None:
        """Answer from memory, by the digest of a token; None says nothing about the token."""
        found = self._remembered.get(digest)
        if found is None:
            return None
        until, credential = found
        now = self._clock()
        if not (until - SECOND <= now < until and credential.good_at(now)):
            return None
        self.found += 1
        return credential

    async def find(self, token: str) -> Credential | None:
        """Answer from the store, and remember; None when the token is unknown, revoked or expired."""
        if not _SHAPE.fullmatch(token):
            return None
        digest = digest_of(token)
        now = self._clock()
        async with self._database.look_up() as connection:
            credential = await find_credential(connection, digest)
        if credential is None or not credential.good_at(now):
            self._remembered.pop(digest, None)
            return None
        if len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = (now + SECOND, credential)
        self.made += 1
        if credential.last_used_at is None or credential.last_used_at <= now - MINUTE:
            task = asyncio.create_task(self._note_use(credential.token_id, now))
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)
        return credential

    async def close(self) -> None:
        """Wait for what is still being written."""
        await asyncio.gather(*self._writes)

    async def _note_use(self, token_id: int, now: int) -> None:
        async def note(connection: Connection) -> None:
            values = {"token_id": token_id, "now": now, "before": now - MINUTE}
            await connection.fetch(_USED, values, brief=True)

        try:
            await self._database.write(note)
        except StoreFailure:  # a store that cannot be written still answers reads
            _log.warning("the last use of token %d was not noted", token_id, exc_info=True)
