"""What the account's versions say of an entry: what was done last, by whom and when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.domain.changes import Kind
from gateway.mirror.reading import instant_of
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Page, Resource, attributes_of, number_of, related
from gateway.mirror.upstream.errors import Forbidden, NotThere


@dataclass(frozen=True, slots=True)
class Deletion:
    """Who deleted an entry, and when, by the upstream's clock."""

    actor: int | None
    at: int


def item_of(version: Resource) -> int | None:
    """Return the entry that a version is of."""
    return number_of({"id": attributes_of(version).get(calls.VERSION_ITEM)})


def deletion_in(version: Resource, at: int) -> Deletion | None:
    """Return who deleted the entry, where this version says that it was."""
    return Deletion(actor_of(version), at) if _event(version) in calls.DELETING else None


def kind_of(version: Resource) -> Kind:
    """Return what was done."""
    return calls.EVENTS.get(_event(version), Kind.UPDATED)


def actor_of(version: Resource) -> int | None:
    """Return the person who did it; None where the version does not say."""
    return related(version, calls.VERSION_ACTOR)


async def last_deletion(versions: AsyncIterator[Page], entry: int) -> Deletion | None:
    """Return who deleted an entry of which these are the versions; None where that was not done last, or is not told.

    Raises:
        UpstreamError: they cannot be read, though the account has versions.
    """
    last: tuple[int, Deletion | None] = (0, None)
    try:
        async for page in versions:
            for version in page.records:
                at = instant_of(version, calls.VERSION_INSTANT)
                if at is not None and item_of(version) == entry:
                    last = max(last, (at, deletion_in(version, at)), key=lambda each: each[0])
    except (NotThere, Forbidden):
        return None
    return last[1]


def _event(version: Resource) -> str:
    return str(attributes_of(version).get(calls.VERSION_EVENT))
