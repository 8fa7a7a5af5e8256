"""Retries: a mutation under the key of an earlier one answers what that one made, and makes nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.attributes import MAX_LABEL, text_faults
from gateway.domain.errors import Code, Fault, KeyReused, Refusal
from gateway.operations.work import Work, no_such_entry
from gateway.store.writes.entry_facts import entry_state
from gateway.store.writes.idempotency import find_made, forget_made, remember_made

PATH = ("input", "idempotencyKey")


@dataclass(frozen=True, slots=True)
class Key:
    """A client's key for one mutation field, with the digest of the arguments that came with it."""

    field: str
    text: str
    digest: str

    @classmethod
    def of(cls, field: str, text: str | None, arguments: Mapping[str, object]) -> "Key | None":
        """Return the key that came with these arguments; None when the client gave none."""
        return None if text is None else cls(field, text, digest_of(arguments))


def digest_of(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of the arguments that were given, whatever their order; days count as ISO text."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


async def made_before(work: Work, key: Key | None) -> int | None:
    """Return the entry that was made under the key in the last 24 hours; None when it is to be made now.

    Raises:
        Refusal: KeyReused (other arguments came with it), NotFound (the entry is gone), or InvalidAttribute.
    """
    if key is None:
        return None
    if faults := _faults(key.text):
        raise Refusal(faults)
    person_id, now = work.viewer.person_id, work.clock()
    found = await find_made(work.connection, person_id=person_id, field=key.field, key=key.text, now=now)
    if found is None:
        await forget_made(work.connection, person_id=person_id, field=key.field, key=key.text, now=now)
        return None
    digest, entry_id = found
    if digest != key.digest:
        raise KeyReused("This key was used with other arguments in the last 24 hours; choose a new one.", path=PATH)
    if await entry_state(work.connection, work.viewer, entry_id) is None:
        raise no_such_entry(PATH)
    return entry_id


async def remember(work: Work, key: Key | None, entry_id: int) -> None:
    """Keep what was made under the key, in the transaction that made it."""
    if key is not None:
        await remember_made(
            work.connection,
            now=work.now,
            person_id=work.viewer.person_id,
            field=key.field,
            key=key.text,
            digest=key.digest,
            time_entry_id=entry_id,
        )


def _faults(text: str) -> list[Fault]:
    if not text.strip():
        return [Fault(Code.INVALID_ATTRIBUTE, "idempotencyKey is blank; leave it out, or choose a new one.", PATH)]
    return text_faults(text, name="idempotencyKey", path=PATH, longest=MAX_LABEL)
