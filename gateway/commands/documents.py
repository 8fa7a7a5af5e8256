"""`gateway documents`: add, list and remove the GraphQL documents that the store trusts."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.clock import system_clock
from gateway.commands.columns import echo_columns
from gateway.commands.failures import CommandFailed
from gateway.commands.stores import in_store
from gateway.documents.manifests import hash_of, key_of, read_manifest
from gateway.graphql.faults import faults_of
from gateway.settings import Settings
from gateway.store import documents
from gateway.store.databases.database import Connection, Database

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", help="Manifests of a client's generator, as JSON, or documents as .graphql."),
]
Identifiers = Annotated[list[str], typer.Argument(metavar="ID", help="Identifiers of documents, from the list.")]
OPERATION = re.compile(r"\b(?:query|mutation|subscription)\s+([_A-Za-z][_0-9A-Za-z]*)")

app = typer.Typer(
    name="documents",
    no_args_is_help=True,
    add_completion=False,
    help="Add, list and remove the GraphQL documents that the store trusts; see GATEWAY_DOCUMENTS.",
)


@app.command()
def add(files: Files) -> None:
    """Trust the documents of manifests, all or none; servers answer them within a second."""
    settings = Settings.load()
    texts: dict[str, str] = {}
    faults: list[str] = []
    for file in files:
        found = read_manifest(file)
        texts |= found
        faults += (f"{_place(file, key, found)}: {sentence}" for key, sentence in faults_of(found, settings))
    if faults:
        raise CommandFailed("\n".join([*faults, "Nothing was added."]))

    async def write(database: Database) -> int:
        return await database.write(lambda connection: documents.add_documents(connection, texts, now=system_clock()))

    new = in_store(settings, write)
    typer.echo(f"{_counted(len(texts))} of the files, {new:,} of them new.")


@app.command("list")
def list_() -> None:
    """List all documents that the store trusts, with the names of their operations."""

    async def read(database: Database) -> list[documents.TrustedDocument]:
        async with database.read(snapshot=False) as connection:
            return await documents.list_documents(connection)

    lines = [("ID", "ADDED", "OPERATIONS")]
    for document in in_store(Settings.load(), read):
        added = time.strftime("%Y-%m-%d %H:%M", time.gmtime(document.added_at / 1000))
        lines.append((document.key, added, ", ".join(OPERATION.findall(document.text)) or "-"))
    echo_columns(lines)


@app.command()
def remove(identifiers: Identifiers) -> None:
    """Trust documents no longer, all that are named or none; servers refuse them within a second."""
    keys = {key_of(identifier) for identifier in identifiers}

    async def write(database: Database) -> None:
        await database.write(lambda connection: _remove(connection, keys))

    in_store(Settings.load(), write)
    typer.echo(f"{_counted(len(keys))} removed.")


async def _remove(connection: Connection, keys: set[str]) -> None:
    missing = keys - await documents.remove_documents(connection, keys)
    if missing:
        raise CommandFailed(f"The store trusts no document {min(missing)}; see: gateway documents list")


def _place(file: Path, key: str, found: Mapping[str, str]) -> str:
    """Say where a document is: in its file, under an identifier where the file gives it one."""
    return str(file) if key == hash_of(found[key]) and len(found) == 1 else f"{file}, {key}"


def _counted(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"
