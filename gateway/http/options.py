"""The settings of HTTP, whichever face answers."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from gateway.querying.pages import MAX_OPERAND_CHARACTERS


def separated(value: object) -> object:
    """Take a text apart at its commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


SEPARATED = BeforeValidator(separated)


class HttpOptions(BaseModel):
    """What holds for the requests of all faces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Processes to serve by; each has its own connections and its own share of limits.",
    )
    max_body_bytes: int = Field(
        default=1_000_000, ge=1_000, le=100_000_000, description="Longest request body, in bytes."
    )
    max_header_bytes: int = Field(default=32_768, ge=1_024, le=1_000_000, description="Longest request head, in bytes.")
    max_answer_bytes: int = Field(
        default=64_000_000,
        ge=10_000,
        le=10_000_000_000,
        description="Longest answer, in bytes; it is counted while it is made.",
    )
    body_timeout_ms: int = Field(
        default=10_000, ge=1, le=3_600_000, description="Longest wait for a request's body, in milliseconds."
    )
    request_timeout_ms: int = Field(
        default=30_000, ge=1, le=3_600_000, description="Longest run of one operation, in milliseconds."
    )
    cors_origins: Annotated[tuple[str, ...], SEPARATED] = Field(
        default=(),
        description="Origins whose pages may call /graphql and /api/v2, separated by commas; none by default.",
        json_schema_extra={"allowed": "origins such as https://a.example, separated by commas"},
    )
    rate_limit: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        description="Cost points that a token may spend in a minute; 0 sets no limit.",
    )
    slow_operation_ms: int = Field(
        default=1_000, ge=0, le=3_600_000, description="Operations that take longer are logged as slow; 0 logs none."
    )

    @field_validator("cors_origins")
    @classmethod
    def _whole_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not rest or "/" in rest or "*" in rest:
                raise ValueError
        return value


class RequestLimits(BaseModel):
    """How much one operation may ask for, whichever face it comes by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_filter_conditions: int = Field(default=100, ge=1, le=10_000, description="Most conditions of a filter.")
    max_filter_operands: int = Field(default=1_000, ge=1, le=100_000, description="Most operands of a filter.")
    max_operand_characters: int = Field(
        default=MAX_OPERAND_CHARACTERS,
        ge=1_000,
        le=100_000_000,
        description="Most characters of the operands of all filters of an operation, counted wherever each is used.",
    )
    max_filter_depth: int = Field(
        default=10, ge=1, le=50, description="Deepest nesting of and, or and not in a filter."
    )
    max_cost: int = Field(default=500_000, ge=1, le=1_000_000_000, description="Most cost points of one operation.")
