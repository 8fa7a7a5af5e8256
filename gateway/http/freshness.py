"""How fresh the data of an organization is where it mirrors an account, and how answers of every face say so."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.domain.instants import SECOND, zone

HEADER = b"x-mirror"


class Notice(NamedTuple):
    """What answers say within a second, to people of one time zone."""

    lag_seconds: int | None
    time_zone: str
    extension: Mapping[str, object]  # `extensions.mirror` of GraphQL
    field: tuple[bytes, bytes]  # the header: a dictionary as RFC 9651 has it, without what is not known


@dataclass(slots=True)
class Freshness:
    """What is known of a mirror; instants in milliseconds."""

    synced_to: int | None  # all that the account had by then is here, by the account's clock; None: nothing yet
    checked_at: int | None  # when that was so, by this machine's clock
    reaches_back_to: dt.date | None  # the first day whose entries are here; None: no month is here yet
    is_complete: bool  # whether older days have no entries that are not here
    _notice: Notice | None = field(default=None, init=False, repr=False, compare=False)  # last, which was a moment ago

    def notice(self, now: int, time_zone: str) -> Notice:
        """Return what an answer of this instant says."""
        seconds = None if self.checked_at is None else max(0, now - self.checked_at) // SECOND
        notice = self._notice
        if notice is None or notice.lag_seconds != seconds or notice.time_zone != time_zone:
            self._notice = notice = self._worded(seconds, time_zone)
        return notice

    def _worded(self, seconds: int | None, time_zone: str) -> Notice:
        synced_to = None if self.synced_to is None else zone(time_zone).render(self.synced_to)
        first_day = None if self.reaches_back_to is None else self.reaches_back_to.isoformat()
        parts = [] if synced_to is None else [f'synced_to="{synced_to}"', f"lag_seconds={seconds}"]
        if first_day is not None:
            parts.append(f'reaches_back_to="{first_day}"')
        parts.append(f"complete=?{int(self.is_complete)}")
        extension = {
            "syncedTo": synced_to,
            "lagSeconds": seconds,
            "reachesBackTo": first_day,
            "complete": self.is_complete,
        }
        return Notice(seconds, time_zone, extension, (HEADER, ", ".join(parts).encode()))


# By the number of an organization that mirrors an account.
Freshnesses = Mapping[int, Freshness]
