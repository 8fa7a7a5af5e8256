"""How a store is opened: patience, pools, and the name that the server's own tools show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What may be tuned; pools, patience and name are PostgreSQL's, a SQLite file needs none of them."""

    statement_timeout_ms: int = 10_000
    read_connections: int = 8  # at most, of one process
    write_connections: int = 4  # likewise
    connect_timeout_ms: int = 10_000  # how long opening goes on trying
    application_name: str = "gateway"
