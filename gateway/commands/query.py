"""`gateway query`: ask at a terminal, off the store or off a gateway that serves."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import orjson
import typer

from gateway.commands.failures import CommandFailed
from gateway.commands.numbers import number_option
from gateway.commands.progress import progress_bar
from gateway.commands.query_rows import LISTS, Form, connection_of, rows_of, text_of
from gateway.commands.query_texts import query_text
from gateway.commands.remote import Url, answered, refuse_person
from gateway.commands.stores import in_store
from gateway.commands.viewers import find_viewer
from gateway.domain.access import Role
from gateway.graphql.execution import Gateway
from gateway.graphql.options import GRAPHQL_PATH
from gateway.graphql.requests.request import GraphQLRequest
from gateway.settings import Settings
from gateway.store.databases.database import Database

CURSOR = "after"  # the variable that leads from page to page
Variables = dict[str, Any]
Ask = Callable[[Variables], Awaitable[dict[str, Any]]]
ACCEPT = "application/graphql-response+json"

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="The file that holds the query, - for standard input, or the query itself."),
]
Person = Annotated[int | None, number_option("Person to ask as; by default the first admin.")]
Variable = Annotated[
    list[str] | None,
    typer.Option(
        "--variable",
        metavar="NAME=VALUE",
        help="A variable; its value is read as JSON if it is JSON, otherwise as text.",
    ),
]
Operation = Annotated[str | None, typer.Option(metavar="NAME", help="Which operation, where there are several.")]
FormOption = Annotated[Form, typer.Option("--format", help="How the answer is printed.")]
AllPages = Annotated[bool, typer.Option("--all-pages", help=f"Read all pages, through the variable ${CURSOR}.")]


def query(
    file: File,
    *,
    person: Person = None,
    url: Url = None,
    variable: Variable = None,
    operation: Operation = None,
    form: FormOption = Form.TABLE,
    all_pages: AllPages = False,
) -> None:
    """Run a query and print the list in its answer as a table, or the answer as JSON or csv."""
    text = query_text(file)
    variables = _variables(variable or [], text)
    refuse_person(url, person)
    if all_pages and not _has_variable(text, CURSOR):
        raise CommandFailed(f"The query has no variable ${CURSOR}; write `after: ${CURSOR}` into its list.")

    async def answer(ask: Ask) -> dict[str, Any]:
        data = await ask(variables)
        return await _all_pages(data, variables, ask) if all_pages else data

    if url is None:
        data = _from_store(text, operation, person, answer)
    else:
        data = asyncio.run(answer(_asker_of(url, text, operation)))
    sys.stdout.write(text_of(data, rows_of(data), form))


def _variables(given: Sequence[str], text: str) -> Variables:
    variables: Variables = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise CommandFailed(f"{each!r} is not a variable; write NAME=VALUE, such as first=10.")
        if not _has_variable(text, name):
            raise CommandFailed(f"The query has no variable ${name}.")
        try:
            variables[name] = orjson.loads(value)
        except ValueError:
            variables[name] = value
    return variables


def _has_variable(text: str, name: str) -> bool:
    return re.search(rf"\${re.escape(name)}\b", text) is not None


async def _all_pages(data: dict[str, Any], variables: Variables, ask: Ask) -> dict[str, Any]:
    """Return the first page with the records of all others behind its own."""
    first = found = connection_of(data)
    if first is None or not {"hasNextPage", "endCursor"} <= first["pageInfo"].keys():
        raise CommandFailed("No list of the query selects pageInfo { hasNextPage endCursor }, which --all-pages needs.")
    name = next((name for name in LISTS if name in first), None)
    if name is None:
        raise CommandFailed("The list that has pageInfo has neither nodes nor edges.")
    with progress_bar("Reading") as note:
        while found is not None and found["pageInfo"]["hasNextPage"]:
            note(len(first[name]), None)
            found = connection_of(await ask(variables | {CURSOR: found["pageInfo"]["endCursor"]}))
            if found is not None:
                first[name] += found[name]
                first["pageInfo"] = found["pageInfo"]
    return data


def _from_store(
    text: str, operation: str | None, person: int | None, answer: Callable[[Ask], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    settings = Settings.load()

    async def run(database: Database) -> dict[str, Any]:
        async with database.read(snapshot=False) as connection:
            viewer = await find_viewer(connection, Role.ADMIN.name if person is None else str(person))
        gateway = Gateway(database, limits=settings)

        async def ask(variables: Variables) -> dict[str, Any]:
            outcome = await gateway.execute(GraphQLRequest(text, variables, operation), viewer, allow_mutation=False)
            if outcome.is_mutation_by_get:
                raise CommandFailed("A mutation is not a query; send it to a gateway that serves, by --url.")
            return _data(outcome.payload)

        return await answer(ask)

    return in_store(settings, run)


def _asker_of(url: str, text: str, operation: str | None) -> Ask:
    async def ask(variables: Variables) -> dict[str, Any]:
        body = {"query": text, "variables": variables, "operationName": operation}
        with answered(url, GRAPHQL_PATH, body, {"accept": ACCEPT}) as answer:
            return _data(orjson.loads(answer.read()))

    return ask


def _data(payload: dict[str, Any]) -> dict[str, Any]:
    errors = payload.get("errors")
    if errors:
        raise CommandFailed("\n".join(error["message"] for error in errors))
    data: dict[str, Any] = payload["data"]
    return data
