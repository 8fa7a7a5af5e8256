"""PostgreSQL's errors in the store's words: what may be tried again, what is over, what a person has to mend."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import URL

from gateway.store.databases.failures import StatementTimeout, StoreUnavailable

# Two writes met: one of them has to begin again. A key that is there already is met by both databases'
# rules in the second attempt, which finds the row that it belongs to.
COLLISIONS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.InvalidCachedStatementError,  # the schema was changed meanwhile
)
# Classes of SQLSTATE: connection, resources, operator's intervention, the system, a read-only server.
UNAVAILABLE = ("08", "53", "57", "58", "XX", "25006", "42501")
MISSING_TABLE = "42P01"


class Collision(StoreUnavailable):
    """Another transaction was in the way; the whole unit of work may be tried again."""

    def __init__(self, cause: asyncpg.PostgresError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what the driver raises as one of the store's failures, where it is one.

    Raises:
        Collision: the transaction has to be tried again.
        StatementTimeout: a statement took longer than the statement timeout.
        StoreUnavailable: the server is gone, full, read-only or forbids it.
    """
    try:
        yield
    except COLLISIONS as error:
        raise Collision(error) from error
    except asyncpg.QueryCanceledError as error:
        raise StatementTimeout from error
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if state == MISSING_TABLE or state.startswith(UNAVAILABLE):
            raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
        raise
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError, OSError) as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error


def is_passing(error: BaseException) -> bool:
    """Tell whether a server that refuses now may accept soon: it starts, is full, or is not there yet."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, asyncpg.CannotConnectNowError | asyncpg.TooManyConnectionsError)
    return isinstance(error, OSError | TimeoutError | asyncio.IncompleteReadError | asyncpg.ConnectionDoesNotExistError)


def why_not_connected(address: URL, error: BaseException) -> str:
    """Say in a sentence why there is no connection, and what to do; the password is never part of it."""
    place = f"{address.host or address.query.get('host') or 'the local socket'}"
    if address.port:
        place += f":{address.port}"
    match error:
        case asyncpg.InvalidCatalogNameError():
            return (
                f"There is no database {address.database!r} at {place}; make it by `createdb`, or name another by "
                "GATEWAY_DATABASE_URL."
            )
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return (
                f"The server at {place} refuses user {address.username!r}: {error}. Check user and password of "
                "GATEWAY_DATABASE_URL."
            )
        case asyncpg.InsufficientPrivilegeError():
            return f"User {address.username!r} may not use database {address.database!r} at {place}: {error}."
        case asyncpg.TooManyConnectionsError():
            return (
                f"The server at {place} has no connection left: {error}. Lower GATEWAY_READ_CONNECTIONS, "
                "GATEWAY_WRITE_CONNECTIONS or --workers, or raise its max_connections."
            )
        case asyncpg.UndefinedObjectError() | asyncpg.CantChangeRuntimeParamError() | ValueError():
            return f"The address of the database at {place} says what cannot be: {error}."
        case _:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return f"The database at {place} cannot be reached: {reason}. Is the server running?"
