"""Which writer a gateway has, by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.mirror.options import MirrorOptions
from gateway.mirror.writes.refusing import RefusingWriter
from gateway.operations.writing import Writer, WriterHere
from gateway.store.databases.database import Database


@asynccontextmanager
async def open_writer(database: Database, options: MirrorOptions) -> AsyncIterator[Writer]:
    """Open what does the writes of a gateway; what it has begun is ended at the end."""
    here = WriterHere(database)
    yield RefusingWriter(database, options.mirror_organization_id, here) if options.is_mirror else here
