"""The settings of a running gateway: `GATEWAY_*` variables, each with a default, its unit and its bounds.

A setting is one field: here, or among the options of the room that reads it (`graphql/options.py`, `http/options.py`,
`exports/options.py`, `mirror/options.py`, `store/databases/options.py`). Settings are all of these at once, so they are
handed on whole. The command line and the composition root alone know where they come from. A wrong setting stops the
start with one sentence that names the variable, the value and what is allowed.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.documents.options import DocumentOptions
from gateway.exports.options import ExportOptions
from gateway.graphql.options import Limits
from gateway.http.options import HttpOptions
from gateway.live.options import LiveOptions
from gateway.mirror.options import MirrorOptions
from gateway.options import whole
from gateway.store.databases.options import StoreOptions

PREFIX = "GATEWAY_"
# Read by the tests alone, so no setting of a running gateway.
FOREIGN_PREFIXES = ("GATEWAY_TEST_",)
TOKEN_VARIABLE = "GATEWAY_TOKEN"  # noqa: S105 - the name of what commands show to a gateway that they ask
DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///gateway.db"


class SettingError(ValueError):
    """A setting that cannot be used; its text is one sentence for the person who starts the gateway."""


class Settings(
    Limits, DocumentOptions, HttpOptions, ExportOptions, LiveOptions, MirrorOptions, StoreOptions, BaseSettings
):
    """Everything that can be set from outside; `Settings.load` reads the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = Field(
        DEFAULT_DATABASE_URL,
        description="Where the store is, as an SQLAlchemy address.",
        json_schema_extra={"allowed": "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"},
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = whole(8000, 0, 65535, "Port to listen on; 0 takes a free one.")

    max_connections: int = whole(
        0,
        0,
        100_000,
        "Most client connections that a worker accepts; 0 is as many as the limit of open file descriptors "
        "(`ulimit -n`) leaves, which also caps any other number. Beyond it only health probes are answered.",
    )
    max_connections_per_address: int = whole(
        0, 0, 100_000, "Most of them from one address, or one /64 of IPv6; 0 is half of all."
    )
    max_unread_bytes: int = whole(
        100_000_000, 100_000, 10_000_000_000, "Longest answer that is kept for a client to read, in bytes."
    )
    max_unread_bytes_in_all: int = whole(
        256_000_000,
        100_000,
        100_000_000_000,
        "Most bytes of answers that a worker keeps for clients to read; beyond it connections are ended, "
        "first those whose clients have read nothing for longest.",
    )

    inbox: str = Field(
        "",
        description="Folder of a page to serve at /inbox/, as `scripts/example` builds it; none by default.",
        json_schema_extra={"allowed": "the path of a folder with an index.html"},
    )
    introspection: Literal["on", "authenticated", "off"] = Field(
        "on",
        description="Who may read the schema: `on` leaves /schema.graphql open, `authenticated` asks for a token there "
        "too, `off` refuses __schema, __type and /schema.graphql.",
    )

    head_timeout_ms: int = whole(10_000, 1, 3_600_000, "Longest wait for a request's head, in milliseconds.")
    write_timeout_ms: int = whole(
        10_000,
        1,
        3_600_000,
        "Longest wait for a client to read more of its answer, in milliseconds; then its connection is ended.",
    )
    # Longer than the minute for which reverse proxies keep theirs, so that it is the proxy that closes.
    keep_alive_timeout_ms: int = whole(
        75_000, 1, 3_600_000, "Longest wait for a connection's next request, in milliseconds."
    )
    shutdown_timeout_ms: int = whole(
        8_000, 0, 600_000, "How long running requests may go on after SIGTERM, in milliseconds."
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="Form of the log; `auto` is console on a terminal, else json."
    )
    metrics: bool = Field(
        default=True,
        description="Whether /metrics is served.",
        json_schema_extra={"allowed": "true or false"},
    )

    @field_validator("inbox")
    @classmethod
    def _built_page(cls, value: str) -> str:
        if not value or (Path(value) / "index.html").is_file():
            return value
        raise ValueError

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            return value
        raise ValueError

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` read alone, so that a misspelt variable is refused instead of ignored."""
        return (init_settings,)

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: object) -> Self:
        """Read the settings; `given` (from the command line) goes before the environment, None is not given.

        Raises:
            SettingError: for the first setting that is unknown or cannot be used.
        """
        variables = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for variable, value in sorted(variables.items()):
            if variable.startswith(PREFIX) and not variable.startswith((*FOREIGN_PREFIXES, TOKEN_VARIABLE)):
                name = variable.removeprefix(PREFIX).lower()
                if name not in cls.model_fields:
                    raise SettingError(_unknown(variable, list(cls.model_fields)))
                values[name] = value
        values |= {name: value for name, value in given.items() if value is not None}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            field = cls.model_fields[name]
            shown = None if field.annotation is SecretStr else values[name]
            raise SettingError(_sentence(name, shown, allowed(field))) from None


def allowed(field: FieldInfo) -> str:
    """Say in words what a setting may be; the README's table and the refusals use the same words."""
    if isinstance(field.json_schema_extra, dict) and "allowed" in field.json_schema_extra:
        return str(field.json_schema_extra["allowed"])
    if field.annotation is int:
        bounds = {type(bound).__name__: bound for bound in field.metadata}
        return f"a whole number from {bounds['Ge'].ge:,} to {bounds['Le'].le:,}"
    choices: tuple[str, ...] = getattr(field.annotation, "__args__", ())
    return f"one of {', '.join(choices)}" if choices else "text that is not empty"


def _unknown(variable: str, names: list[str]) -> str:
    close = difflib.get_close_matches(variable, [PREFIX + name.upper() for name in names], n=1, cutoff=0.8)
    hint = f"did you mean {close[0]}?" if close else "the README lists them all."
    return f"{variable} is not a setting of the gateway; {hint}"


def _sentence(name: str, value: object, wanted: str) -> str:
    # A secret comes as None, and a database address holds a password: no terminal or log is to show them.
    shown = "what it is" if value is None or "@" in str(value) else repr(value)[:100]
    return f"{PREFIX}{name.upper()} cannot be {shown}; it has to be {wanted}."
