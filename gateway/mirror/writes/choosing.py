"""Which writer a gateway has, by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.mirror.clock import Clock
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.account import Account, BadAccount
from gateway.mirror.writes.refusing import RefusingWriter
from gateway.operations.writing import StoreWriter, Writer
from gateway.store.databases.database import Database


def check_settings(options: MirrorOptions) -> None:
    """See that what a gateway is to do with writes can be done.

    Raises:
        BadAccount: a setting is missing.
    """
    if not options.is_mirror:
        return
    if not options.mirror_organization_id:
        raise BadAccount("No account is mirrored: set GATEWAY_MIRROR_ORGANIZATION_ID.")
    if options.mirror_writes == "forward":
        Account.of(options)
        if not options.secret_keys and options.mirror_shared_writes == "off":
            raise BadAccount(
                "People's writes are sent by tokens of their own: set GATEWAY_SECRET_KEY, which decrypts them, or "
                "GATEWAY_MIRROR_SHARED_WRITES=on."
            )


@asynccontextmanager
async def open_writer(
    database: Database, options: MirrorOptions, clock: Clock | None = None, *, patience_s: float = 25
) -> AsyncIterator[Writer]:
    """Open what does the writes of a gateway; those that are on their way are waited for at the end.

    `patience_s` is how long a request waits for the account.

    Raises:
        BadAccount: a setting is missing.
    """
    check_settings(options)
    here = StoreWriter(database)
    if not options.is_mirror:
        yield here
        return
    if options.mirror_writes == "refuse":
        yield RefusingWriter(database, options.mirror_organization_id, here)
        return
    # Imported where writes are forwarded alone: its client and its ciphers are a twentieth of a start.
    from gateway.mirror.writes.opening import open_forwarding_writer  # noqa: PLC0415

    async with open_forwarding_writer(database, options, here, clock, patience_s=patience_s) as writer:
        yield writer
