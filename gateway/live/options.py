"""The settings of live updates."""

from pydantic import BaseModel, ConfigDict, Field


class LiveOptions(BaseModel):
    """How many may watch, and how far back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_subscriptions: int = Field(
        default=100, ge=0, le=100_000, description="Most subscriptions of a token that a worker holds; 0 refuses all."
    )
    events_kept_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days for which events are kept for subscribers to go on from; 0 is for ever. Older ones are "
        "removed but for the first and the last of each entry.",
    )
