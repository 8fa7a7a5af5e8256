"""The viewer that a command asks as."""

from gateway.clock import system_clock
from gateway.commands.failures import CommandFailed
from gateway.domain.access import Role, Viewer
from gateway.http.callers import BAD_TOKEN
from gateway.querying.identifiers import NotAnId, record_number
from gateway.store.databases.database import Connection
from gateway.store.tokens import digest_of, find_credential
from gateway.store.viewers import find_person, first_of


async def find_viewer(connection: Connection, whose: str) -> Viewer:
    """Find who is meant by a role, the number of a person, or a token.

    Raises:
        CommandFailed: nobody is.
    """
    if whose.upper() in Role.__members__:
        viewer = await first_of(connection, Role[whose.upper()])
        missing = f"Nobody in the store is {whose.upper()}."
    elif (number := _number_of(whose)) is not None:
        viewer = await find_person(connection, number)
        missing = f"There is no person {whose.rpartition(':')[2]} in the store."
    else:
        credential = await find_credential(connection, digest_of(whose))
        viewer = credential.viewer if credential is not None and credential.good_at(system_clock()) else None
        missing = BAD_TOKEN
    if viewer is None:
        raise CommandFailed(missing)
    return viewer


def _number_of(whose: str) -> int | None:
    try:
        return record_number(whose, "Person")
    except NotAnId:
        return None
