"""How fresh the data of an organization is where it mirrors an account, and how answers of every face say so."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.instants import zone

HEADER = b"x-mirror"
SECOND = 1_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known of a mirror; instants in milliseconds."""

    synced_to: int | None  # all that the account had by then is here, by the account's clock; None: nothing yet
    checked_at: int | None  # when that was so, by this machine's clock
    reaches_back_to: dt.date | None  # the first day whose entries are here; None: no month is here yet
    is_complete: bool  # whether older days have no entries that are not here

    def lag_seconds(self, now: int) -> int | None:
        """Return for how many whole seconds nothing was heard of the account."""
        return None if self.checked_at is None else max(0, now - self.checked_at) // SECOND

    def extension(self, now: int, time_zone: str) -> dict[str, object]:
        """Return `extensions.mirror` of a GraphQL answer."""
        return {
            "syncedTo": None if self.synced_to is None else zone(time_zone).render(self.synced_to),
            "lagSeconds": self.lag_seconds(now),
            "reachesBackTo": None if self.reaches_back_to is None else self.reaches_back_to.isoformat(),
            "complete": self.is_complete,
        }

    def field(self, now: int, time_zone: str) -> tuple[bytes, bytes]:
        """Return the header that says the same: a dictionary as RFC 9651 has it, without what is not known."""
        parts = []
        if self.synced_to is not None:
            parts += [f'synced_to="{zone(time_zone).render(self.synced_to)}"', f"lag_seconds={self.lag_seconds(now)}"]
        if self.reaches_back_to is not None:
            parts.append(f'reaches_back_to="{self.reaches_back_to}"')
        parts.append(f"complete=?{int(self.is_complete)}")
        return HEADER, ", ".join(parts).encode()


# By the number of an organization; None where it mirrors nothing.
Freshnesses = Callable[[int], Freshness | None]


def never_mirrored(_organization_id: int) -> None:
    """Say that there is no mirror."""
