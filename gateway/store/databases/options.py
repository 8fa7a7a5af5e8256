"""How a store is opened: time limits, pools, and the name that the server's own tools show."""

from pydantic import Field, field_validator

from gateway.options import Options, whole


class StoreOptions(Options):
    """The settings of a store; pools, time limits and name are PostgreSQL's, a SQLite file needs none of them."""

    read_connections: int = whole(
        8, 1, 1_000, "Most connections to PostgreSQL that a worker uses for reads; SQLite has its own."
    )
    write_connections: int = whole(
        4, 1, 1_000, "Most connections to PostgreSQL that a worker uses for writes; SQLite has one writer."
    )
    connect_timeout_ms: int = whole(
        10_000, 0, 600_000, "How long the start waits for PostgreSQL to answer, in milliseconds."
    )
    application_name: str = Field(
        default="gateway",
        min_length=1,
        max_length=63,
        description="Name by which PostgreSQL shows the gateway's connections.",
    )
    statement_timeout_ms: int = whole(10_000, 1, 3_600_000, "Longest run of one SQL statement, in milliseconds.")
    read_url: str = Field(
        default="",
        description="A standby of that PostgreSQL, for reads while it has what was written; none by default.",
        json_schema_extra={"allowed": "postgresql+asyncpg://USER:PASSWORD@HOST/NAME"},
    )
    max_replica_lag_ms: int = whole(
        100,
        0,
        600_000,
        "How far behind the standby may be for a read to wait for it, in milliseconds; else the primary is read.",
    )

    @field_validator("read_url")
    @classmethod
    def _known_standby(cls, value: str) -> str:
        if value and not value.startswith("postgresql+asyncpg://"):
            raise ValueError
        return value
