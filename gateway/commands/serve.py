"""`gateway serve`: answer from the store, until it is asked to end."""

import socket
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated

import typer

from gateway.commands.mirror_beside import mirror_beside
from gateway.commands.stores import require_store
from gateway.documents.manifests import trusted_by
from gateway.graphql.options import GRAPHQL_PATH
from gateway.mirror.upstream.account import Account
from gateway.mirror.writes.choosing import check_settings
from gateway.serving.listening import address_of, listen
from gateway.serving.starting import import_for_good
from gateway.serving.workers import serve_many
from gateway.settings import Settings

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
WithMirror = Annotated[bool, typer.Option("--mirror", help="Mirror the account of GATEWAY_MIRROR_URL, too.")]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Processes that serve; GATEWAY_WORKERS.")]


def serve(host: Host = None, port: Port = None, workers: Workers = None, *, mirror: WithMirror = False) -> None:
    """Serve the store of GATEWAY_DATABASE_URL."""
    settings = Settings.load(host=host, port=port, workers=workers)
    trusted_by(settings)  # a sentence now, and not from each worker
    check_settings(settings)
    require_store(settings)
    if mirror:
        Account.of(settings)
    with listen(settings.host, settings.port) as listening:
        address = address_of(listening)
        with mirror_beside() if mirror else nullcontext():
            serve_on(settings, listening, lambda: typer.echo(f"The gateway answers at {address}{GRAPHQL_PATH}"))


def serve_on(settings: Settings, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve on a socket that listens, by as many processes as the settings say."""
    if settings.workers == 1:
        import_for_good("gateway.serving.alone").serve_one(settings, listening, started)
    else:
        serve_many(settings, listening, started, workers=settings.workers)
