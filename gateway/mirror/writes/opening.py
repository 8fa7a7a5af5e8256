"""The writer that forwards writes, with the client and the vault of tokens that it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.mirror.clock import Clock, SystemClock
from gateway.mirror.options import MirrorOptions
from gateway.mirror.secrets import Vault
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, StoredState, budget_of
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.writes.forwarding import ForwardingWriter
from gateway.operations.writing import StoreWriter, Writer
from gateway.store.databases.database import Database


@asynccontextmanager
async def open_forwarding_writer(
    database: Database, options: MirrorOptions, here: StoreWriter, clock: Clock | None, *, patience_s: float
) -> AsyncIterator[Writer]:
    """Open what sends writes to the account; `here` does those that are not the account's."""
    account, clock = Account.of(options), clock or SystemClock()
    state = StoredState(database, account.organization_id)
    limiter = Limiter(budget_of(options.budget_windows), state, clock)
    async with Upstream(account, limiter) as upstream:
        is_shared = options.mirror_shared_writes == "on"
        vault = Vault(options.secret_keys)
        writer = ForwardingWriter(database, upstream, vault, clock, here, is_shared=is_shared, patience_s=patience_s)
        yield writer
        await writer.close()
