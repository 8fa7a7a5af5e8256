"""What the settings of all rooms share: they are frozen, and a whole number says its default and bounds in one line."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """The settings of one room."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def whole(default: int, least: int, most: int, description: str) -> Any:  # noqa: ANN401 - fits an annotation, as Field() does
    """Declare a whole number within bounds; the description names its unit."""
    return Field(default=default, ge=least, le=most, description=description)
