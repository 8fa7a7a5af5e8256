"""What an account was found to have of what not every account has; kept as JSON beside how far it was read."""

from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What there is; before anybody looked, the optional calls for writes are taken not to be there."""

    versions: bool = True
    cursors: bool = True
    bulk: bool = False
    timers: bool = False
    timesheets: bool = False

    @classmethod
    def read(cls, text: str | None) -> "Capabilities":
        """Read what was kept."""
        kept = orjson.loads(text) if text else {}
        return cls(**{name: bool(kept[name]) for name in cls.__slots__ if name in kept})

    def written(self) -> str:
        """Return the text to keep."""
        return orjson.dumps(asdict(self)).decode()
