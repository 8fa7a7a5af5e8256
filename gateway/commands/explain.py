"""`gateway explain`: what a query reads, costs, and runs."""

from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
import typer
from rich.console import Console

from gateway.commands.failures import CommandFailed
from gateway.commands.plan_text import print_plan
from gateway.commands.query_texts import query_text
from gateway.commands.stores import in_store
from gateway.commands.viewers import find_viewer
from gateway.domain.access import Role, Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.http.parameters import from_query_string
from gateway.graphql.requests.request import GraphQLRequest, Outcome
from gateway.http.refusals import HttpError
from gateway.settings import Settings
from gateway.store.databases.database import Database

Query = Annotated[
    str, typer.Argument(metavar="QUERY", help="The query itself, the file that holds it, or - for standard input.")
]
Variables = Annotated[str | None, typer.Option(metavar="JSON", help="Its variables, as a JSON object.")]
Operation = Annotated[str | None, typer.Option(metavar="NAME", help="Which operation, where there are several.")]
Whose = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="WHO",
        help="Whom to ask as: a role (its first person), the number of a person, or a token.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON, as extensions.plan has it.")]


def explain(
    query: Query,
    *,
    variables: Variables = None,
    operation: Operation = None,
    whose: Whose = Role.ADMIN.name,
    as_json: AsJson = False,
) -> None:
    """Run a query and print what it reads of which table, its cost, its SQL and the database's plan; not its answer."""
    settings = Settings.load()
    request = _request(query_text(query), variables, operation)

    async def run(database: Database) -> tuple[Viewer, Outcome]:
        async with database.read(snapshot=False) as connection:
            viewer = await find_viewer(connection, whose)
        gateway = Gateway(
            database,
            limits=settings,
            introspection=settings.introspection != "off",
            explains_to=frozenset(Role),
        )
        return viewer, await gateway.execute(request, viewer, allow_mutation=False)

    viewer, outcome = in_store(settings, run)
    if outcome.is_mutation_by_get:
        raise CommandFailed("A mutation is not explained, since it would write; explain a query for what it answers.")
    if "plan" in outcome.extensions:
        explanation = _explanation(outcome, viewer, settings.max_cost)
        if as_json:
            typer.echo(orjson.dumps(explanation, option=orjson.OPT_INDENT_2).decode())
        else:
            print_plan(explanation, Console())
    errors: Any = outcome.payload.get("errors")
    if errors:
        raise CommandFailed("\n".join(error["message"] for error in errors))


def _request(query: str, variables: str | None, operation: str | None) -> GraphQLRequest:
    """Read the request as the HTTP face reads one, so that what is wrong is said in the same words."""
    given = {"query": query, "variables": variables, "operationName": operation, "extensions": '{"plan": true}'}
    pairs = {name: value for name, value in given.items() if value is not None}
    try:
        return from_query_string(urlencode(pairs, errors="surrogateescape").encode())
    except HttpError as refused:
        raise CommandFailed(refused.message) from refused


def _explanation(outcome: Outcome, viewer: Viewer, limit: int) -> dict[str, object]:
    return {
        "operation": outcome.operation,
        "viewer": {"personId": viewer.person_id, "role": viewer.role.value, "seesCosts": viewer.sees_costs},
        "cost": {"requested": outcome.cost, "limit": limit},
        "plan": outcome.extensions["plan"],
    }
