"""The settings of live updates."""

from pydantic import BaseModel, ConfigDict, Field


class LiveOptions(BaseModel):
    """How many may watch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_subscriptions: int = Field(
        default=100, ge=0, le=100_000, description="Most subscriptions of a token that a worker holds; 0 refuses all."
    )
