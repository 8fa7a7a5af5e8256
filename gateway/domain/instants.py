"""Instants: whole milliseconds since 1970 in UTC, written and read in an organization's time zone."""

import datetime as dt
import re
from functools import lru_cache
from weakref import WeakSet
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.caches import CACHES, watch_calls, watch_entries

DAY = 86_400_000
QUARTER = 900_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# The first and the last instant that every zone can still write with a four-digit year.
EARLIEST = -62_135_510_400_000
LATEST = 253_402_214_399_999
MOST_HEADS_KEPT = CACHES["quarters of an hour"].entries  # of all zones

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
LAST_HOUR, LAST_MINUTE = 23, 59
MINUTES_AND_SECONDS = tuple(f"{second // 60:02d}:{second % 60:02d}" for second in range(3600))
MILLISECONDS = tuple(f"{number:03d}" for number in range(1000))


def parse_date(text: str) -> dt.date:
    """Read YYYY-MM-DD and nothing else.

    Raises:
        ValueError: not that form, or no day of the calendar.
    """
    # date.fromisoformat also takes 20191021 and 2019-W43-1.
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def parse_instant(text: str) -> int:
    """Read an RFC 3339 date-time with an offset or Z; finer fractions than milliseconds are cut.

    Raises:
        ValueError: not that form, no such moment, or outside the years 1 to 9999.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, hour, minute, second, fraction, _, sign, offset_hour, offset_minute = match.groups()
    moment = dt.datetime.combine(
        dt.date.fromisoformat(day), dt.time(int(hour), int(minute), int(second)), tzinfo=dt.UTC
    )
    instant = (moment - EPOCH) // dt.timedelta(milliseconds=1) + int((fraction or "0").ljust(3, "0")[:3])
    if sign:
        if int(offset_hour) > LAST_HOUR or int(offset_minute) > LAST_MINUTE:
            raise ValueError(text)
        offset = (int(offset_hour) * 60 + int(offset_minute)) * 60_000
        instant += offset if sign == "-" else -offset
    if not EARLIEST <= instant <= LATEST:
        raise ValueError(text)
    return instant


_zones: "WeakSet[Zone]" = WeakSet()
watch_entries("quarters of an hour", _zones, lambda zones: sum(len(each._heads) for each in zones))  # noqa: SLF001


class Zone:
    """A time zone that writes instants and knows where its days begin."""

    def __init__(self, name: str) -> None:
        """Open the zone.

        Raises:
            ValueError: there is no zone of that name.
        """
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(name) from error
        self.name = name
        self._heads: dict[int, tuple[str, int, str]] = {}
        _zones.add(self)

    def render(self, instant: int) -> str:
        """Write an instant as `2025-08-01T06:18:41.728+02:00`: milliseconds and a numeric offset."""
        quarter = instant // QUARTER
        prefix, first_second, offset = self._heads.get(quarter) or self._head(quarter)
        # Looked up, not formatted: a list of 100 entries writes 500 instants, and they were half of its time.
        second = MINUTES_AND_SECONDS[first_second + instant % QUARTER // 1000]
        return f"{prefix}{second}.{MILLISECONDS[instant % 1000]}{offset}"

    def _head(self, quarter: int) -> tuple[str, int, str]:
        """Write what all instants of a quarter of an hour share; offsets only change on quarters."""
        moment = (EPOCH + dt.timedelta(milliseconds=quarter * QUARTER)).astimezone(self._zone)
        # Offsets before standard time have odd minutes and seconds: whole quarters keep the instant exact.
        minutes = round((moment.utcoffset() or dt.timedelta()).total_seconds() / QUARTER * 1000) * 15
        local = EPOCH + dt.timedelta(milliseconds=quarter * QUARTER, minutes=minutes)
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        head = (f"{local:%Y-%m-%dT%H:}".rjust(14, "0"), local.minute * 60, f"{sign}{hours:02d}:{rest:02d}")
        if sum(len(each._heads) for each in _zones) >= MOST_HEADS_KEPT:  # noqa: SLF001 - of its kind
            for each in _zones:
                each._heads.clear()  # noqa: SLF001
        self._heads[quarter] = head
        return head

    def start_of(self, day: dt.date) -> int:
        """Return the first instant of a day; where midnight is skipped, the moment the clock jumps to."""
        moment = dt.datetime.combine(day, dt.time(), tzinfo=self._zone)
        return int((moment - EPOCH) / dt.timedelta(milliseconds=1))

    def end_of(self, day: dt.date) -> int:
        """Return the first instant after a day."""
        return LATEST + DAY if day == dt.date.max else self.start_of(day + dt.timedelta(days=1))

    def day_of(self, instant: int) -> dt.date:
        """Return the calendar day of an instant."""
        return (EPOCH + dt.timedelta(milliseconds=instant)).astimezone(self._zone).date()


@lru_cache(maxsize=CACHES["time zones"].entries)
def zone(name: str) -> Zone:
    """Return the zone of that name, one object for all who ask.

    Raises:
        ValueError: there is no zone of that name.
    """
    return Zone(name)


watch_calls("time zones", zone)
