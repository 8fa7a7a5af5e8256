"""`gateway token`: make, list and revoke tokens."""

import sys
import time
from typing import Annotated

import typer

from gateway.clock import system_clock
from gateway.commands.columns import echo_columns
from gateway.commands.failures import CommandFailed
from gateway.commands.numbers import number_argument, number_option
from gateway.commands.stores import in_store
from gateway.domain.instants import DAY
from gateway.mirror import tokens as upstream
from gateway.mirror.secrets import Vault
from gateway.mirror.upstream.account import TOKEN
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.databases.database import Database

LONGEST_LINE = 1_000  # characters that are read of standard input

Person = Annotated[int, number_option("Number of the person whom the token stands for.")]
Name = Annotated[str, typer.Option(help="What the token is for, to recognize it later.")]
ExpiresInDays = Annotated[
    int | None, typer.Option(min=1, max=36_500, help="Days until it expires; if not given, it never does.")
]
UpstreamToken = Annotated[
    bool,
    typer.Option(
        "--upstream-token",
        help="Keep the person's own token of the mirrored account, by which their writes are sent there; it is asked "
        "for, or read from standard input.",
    ),
]
TokenId = Annotated[int, number_argument("Number of the token, from the list.")]

app = typer.Typer(
    name="token",
    no_args_is_help=True,
    add_completion=False,
    help="Make, list and revoke the tokens that people authenticate by.",
)


@app.command()
def create(
    person: Person,
    name: Name = "command line",
    expires_in_days: ExpiresInDays = None,
    *,
    upstream_token: UpstreamToken = False,
) -> None:
    """Make a token and print it, alone on the last line; it is kept nowhere and shown this once."""
    if upstream_token:
        _keep_upstream_token(person)
        return
    now = system_clock()
    expires_at = None if expires_in_days is None else now + expires_in_days * DAY

    async def make(database: Database) -> str:
        return await database.write(
            lambda connection: tokens.create_token(
                connection, person_id=person, name=name, now=now, expires_at=expires_at
            )
        )

    token = in_store(Settings.load(), make)
    typer.echo(f"A token for person {person}, named {name!r}; send it as Authorization: Bearer TOKEN.")
    typer.echo(token)


def _keep_upstream_token(person: int) -> None:
    settings = Settings.load()
    vault = Vault(settings.secret_keys)
    if sys.stdin.isatty():
        token = str(typer.prompt("The person's token of the account", hide_input=True)).strip()
    else:
        token = sys.stdin.readline(LONGEST_LINE).strip()
    if not TOKEN.fullmatch(token):
        raise CommandFailed("A token of the account is 1 to 500 printable characters of ASCII without a space.")

    async def keep(database: Database) -> bool:
        now = system_clock()
        return await database.write(lambda connection: upstream.keep_token(connection, vault, person, token, now=now))

    if not in_store(settings, keep):
        raise CommandFailed(f"There is no person {person} in the store; see: gateway person list")
    typer.echo(f"What person {person} writes is sent to the account by this token.")


@app.command()
def forget_upstream(person: Person) -> None:
    """Forget the token by which a person's writes are sent to the mirrored account."""

    async def forget(database: Database) -> bool:
        return await database.write(lambda connection: upstream.forget_token(connection, person))

    if not in_store(Settings.load(), forget):
        raise CommandFailed(f"No token of the account is kept for person {person}.")
    typer.echo(f"The token of person {person} is forgotten.")


@app.command()
def encrypt_again() -> None:
    """Encrypt all tokens of the mirrored account by the first key of GATEWAY_SECRET_KEY; the others can go then."""
    settings = Settings.load()
    vault = Vault(settings.secret_keys)

    async def encrypt(database: Database) -> int:
        now = system_clock()
        return await database.write(lambda connection: upstream.encrypt_again(connection, vault, now=now))

    count = in_store(settings, encrypt)
    typer.echo(f"Encrypted by the first key: {count:,}.")


@app.command("list")
def list_() -> None:
    """List all tokens: whose they are, until when, last use. The tokens themselves are not kept."""

    async def read(database: Database) -> list[tokens.TokenLine]:
        async with database.read(snapshot=False) as connection:
            return await tokens.list_tokens(connection)

    lines: list[tuple[str, ...]] = [("ID", "NAME", "PERSON", "ROLE", "CREATED", "EXPIRES", "LAST USED", "STATE")]
    now = system_clock()
    for token in in_store(Settings.load(), read):
        instants = (_minute(at) for at in (token.created_at, token.expires_at, token.last_used_at))
        person = f"{token.person} ({token.person_id})"
        lines.append((str(token.id), token.name, person, token.role.value, *instants, token.state(now)))
    echo_columns(lines)


@app.command()
def revoke(token_id: TokenId) -> None:
    """Revoke a token; it is refused within a second, wherever the store is served."""

    async def end(database: Database) -> bool:
        return await database.write(
            lambda connection: tokens.revoke_token(connection, token_id=token_id, now=system_clock())
        )

    if not in_store(Settings.load(), end):
        raise CommandFailed(f"There is no token {token_id} that could be revoked; see: gateway token list")
    typer.echo(f"Token {token_id} is revoked.")


def _minute(instant: int | None) -> str:
    return "-" if instant is None else time.strftime("%Y-%m-%d %H:%M", time.gmtime(instant / 1000))
