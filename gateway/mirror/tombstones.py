"""Deleting here what was deleted in the account: who did it and when is in the log."""

from collections import defaultdict
from collections.abc import Mapping

from gateway.mirror.versions import Deletion
from gateway.store.databases.database import Connection
from gateway.store.mirror.known import bury, stored_among
from gateway.store.schema.tables import PEOPLE


async def leave_tombstones(connection: Connection, organization_id: int, deletions: Mapping[int, Deletion]) -> None:
    """Delete entries in the order in which the account did; who is not stored is not named."""
    there = await stored_among(connection, organization_id, PEOPLE, actors_of(deletions))
    alike: defaultdict[Deletion, list[int]] = defaultdict(list)
    for number, deletion in deletions.items():
        alike[deletion].append(number)
    for deletion, numbers in sorted(alike.items(), key=lambda each: each[0].at):
        actor = deletion.actor if deletion.actor in there else None
        await bury(connection, organization_id, numbers, actor, deletion.at)


def actors_of(deletions: Mapping[int, Deletion]) -> set[int]:
    """Return the people who deleted entries, as far as they are known."""
    return {deletion.actor for deletion in deletions.values() if deletion.actor is not None}
