"""`gateway person`: the people of the store, and what they may do."""

from typing import Annotated

import typer

from gateway.commands.columns import echo_columns
from gateway.commands.failures import CommandFailed
from gateway.commands.numbers import number_argument
from gateway.commands.stores import in_store
from gateway.domain.access import Role
from gateway.domain.folding import plain
from gateway.domain.texts import printable
from gateway.settings import Settings
from gateway.store import viewers
from gateway.store.databases.database import Database

Search = Annotated[str | None, typer.Option(metavar="TEXT", help="Words of the name, whatever their case and accents.")]
PersonId = Annotated[int, number_argument("Number of the person, from the list.")]
NewRole = Annotated[str, typer.Argument(metavar="ROLE", help="admin, manager or member.")]
SeesCosts = Annotated[
    bool | None,
    typer.Option("--sees-costs/--no-costs", help="Whether a manager sees costs; an admin always does, a member never."),
]

app = typer.Typer(
    name="person", no_args_is_help=True, add_completion=False, help="List people, and say what they may do."
)


@app.command("list")
def list_(search: Search = None) -> None:
    """List people with their roles, by organization and name."""
    settings = Settings.load()
    words = plain(search or "").split()

    async def read(database: Database) -> list[viewers.PersonLine]:
        async with database.read(snapshot=False) as connection:
            return await viewers.list_people(connection)

    lines: list[tuple[str, ...]] = [("ID", "NAME", "ROLE", "COSTS", "SET HERE", "ORGANIZATION")]
    for person in in_store(settings, read):
        if all(word in person.plain_name for word in words):
            sees = person.role is Role.ADMIN or (person.role is Role.MANAGER and person.can_see_costs)
            flags = ("yes" if flag else "no" for flag in (sees, person.is_set))
            lines.append((str(person.id), person.name, person.role.value.lower(), *flags, person.organization))
    echo_columns(lines)


@app.command()
def role(person_id: PersonId, role: NewRole, *, sees_costs: SeesCosts = None) -> None:
    """Set a person's role; it holds within a second wherever the store is served, and no import changes it."""
    if role.upper() not in Role.__members__:
        raise CommandFailed(f"{role!r} is not a role; there are {', '.join(each.value.lower() for each in Role)}.")
    settings = Settings.load()

    async def write(database: Database) -> bool:
        return await database.write(
            lambda connection: viewers.set_role(connection, person_id, Role[role.upper()], sees_costs=sees_costs)
        )

    if not in_store(settings, write):
        raise CommandFailed(f"There is no person {person_id}; see: gateway person list")
    typer.echo(f"Person {person_id} is {role.lower()} now.")
    warn_of_leaderless(settings)


def warn_of_leaderless(settings: Settings) -> None:
    """Say of which organizations nobody may approve anything."""

    async def read(database: Database) -> list[str]:
        async with database.read(snapshot=False) as connection:
            return await viewers.organizations_without_approver(connection)

    for name in in_store(settings, read):
        typer.echo(leaderless(name), err=True)


def leaderless(name: str) -> str:
    """Say that nobody in an organization may approve anything."""
    where = printable(name)
    return f"Nobody in {where} may approve anything: all are members. See: gateway person list, gateway person role"
