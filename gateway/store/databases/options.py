"""How a store is opened: patience, pools, and the name that the server's own tools show."""

from pydantic import BaseModel, ConfigDict, Field


class StoreOptions(BaseModel):
    """The settings of a store; pools, patience and name are PostgreSQL's, a SQLite file needs none of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read_connections: int = Field(
        default=8,
        ge=1,
        le=1_000,
        description="Most connections to PostgreSQL that a worker reads by; SQLite has its own.",
    )
    write_connections: int = Field(
        default=4,
        ge=1,
        le=1_000,
        description="Most connections to PostgreSQL that a worker writes by; SQLite has one writer.",
    )
    connect_timeout_ms: int = Field(
        default=10_000,
        ge=0,
        le=600_000,
        description="How long the start waits for PostgreSQL to answer, in milliseconds.",
    )
    application_name: str = Field(
        default="gateway",
        min_length=1,
        max_length=63,
        description="Name by which PostgreSQL shows the gateway's connections.",
    )
    statement_timeout_ms: int = Field(
        default=10_000, ge=1, le=3_600_000, description="Longest run of one SQL statement, in milliseconds."
    )
