"""The settings of HTTP, whichever face answers."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from gateway.options import Options, whole
from gateway.querying.pages import MAX_OPERAND_CHARACTERS


def separated(value: object) -> object:
    """Take a text apart at its commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


SEPARATED = BeforeValidator(separated)


class HttpOptions(Options):
    """What holds for the requests of all faces."""

    workers: int = whole(1, 1, 256, "Processes that serve; each has its own connections and its own share of limits.")
    max_body_bytes: int = whole(1_000_000, 1_000, 100_000_000, "Longest request body, in bytes.")
    max_header_bytes: int = whole(32_768, 1_024, 1_000_000, "Longest request head, in bytes.")
    max_answer_bytes: int = whole(
        64_000_000, 10_000, 10_000_000_000, "Longest answer, in bytes; it is counted while it is made."
    )
    body_timeout_ms: int = whole(10_000, 1, 3_600_000, "Longest wait for a request's body, in milliseconds.")
    request_timeout_ms: int = whole(30_000, 1, 3_600_000, "Longest run of one operation, in milliseconds.")
    cors_origins: Annotated[tuple[str, ...], SEPARATED] = Field(
        default=(),
        description="Origins whose pages may call /graphql and /api/v2, separated by commas; none by default.",
        json_schema_extra={"allowed": "origins such as https://a.example, separated by commas"},
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], SEPARATED] = Field(
        default=(),
        description="Proxies that many clients come through: the share of one address does not apply to them, and "
        "links begin with what they say was asked for, by X-Forwarded-Proto and X-Forwarded-Host.",
        json_schema_extra={"allowed": "addresses or networks such as 10.0.0.0/8, separated by commas"},
    )
    rate_limit: int = whole(0, 0, 1_000_000_000, "Cost points that a token may spend in a minute; 0 sets no limit.")
    slow_operation_ms: int = whole(1_000, 0, 3_600_000, "Operations that take longer are logged as slow; 0 logs none.")

    @field_validator("cors_origins")
    @classmethod
    def _whole_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not rest or "/" in rest or "*" in rest:
                raise ValueError
        return value


class RequestLimits(Options):
    """How much one operation may ask for, whichever face it comes by."""

    max_filter_conditions: int = whole(100, 1, 10_000, "Most conditions of a filter.")
    max_filter_operands: int = whole(1_000, 1, 100_000, "Most operands of a filter.")
    max_operand_characters: int = whole(
        MAX_OPERAND_CHARACTERS,
        1_000,
        100_000_000,
        "Most characters of the operands of all filters of an operation, counted wherever each is used.",
    )
    max_filter_depth: int = whole(10, 1, 50, "Deepest nesting of and, or and not in a filter.")
    max_cost: int = whole(500_000, 1, 1_000_000_000, "Most cost points of one operation.")
