"""Instants: whole milliseconds since 1970 in UTC, written and read in an organization's time zone."""

import datetime as dt
import re
from collections import deque
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.caches import CACHES, watch_calls, watch_entries

SECOND, MINUTE, QUARTER, HOUR, DAY = 1_000, 60_000, 900_000, 3_600_000, 86_400_000  # milliseconds
ONE_DAY = dt.timedelta(days=1)  # between two dates
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# The first and the last instant that every zone can still write with a four-digit year.
EARLIEST = -62_135_510_400_000
LATEST = 253_402_214_399_999
MOST_DAYS_KEPT = CACHES["days"].entries  # of all zones
HOURS_OF_A_DAY = 25  # that it has a part of, where the zone's offset has minutes

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


# What the instants of a day are written by: texts of the hours of the local clock, what leads from the milliseconds of
# the day in UTC to those since the first of these hours, and the text of the offset.
_Hours = tuple[tuple[str, ...], int, str]


class _Days:
    """The days of all zones, the one made longest ago first."""

    def __init__(self) -> None:
        self.kept: deque[tuple[dict[int, _Hours], int]] = deque()
        self.made = 0
        watch_entries("days", self, lambda days: len(days.kept), lambda days: days.made)

    def keep(self, days: dict[int, _Hours], day: int, hours: _Hours) -> None:
        """Keep a day among those of its zone; where there is no room, the one made longest ago leaves."""
        if len(self.kept) >= MOST_DAYS_KEPT:
            others, oldest = self.kept.popleft()
            del others[oldest]
        self.kept.append((days, day))
        days[day] = hours
        self.made += 1


_days = _Days()


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
        self._days: dict[int, _Hours] = {}

    def render(self, instant: int) -> str:
        """Write an instant as `2025-08-01T06:18:41.728+02:00`: milliseconds and a numeric offset."""
        hours, shift, offset = self._days.get(instant // DAY) or self._hours_around(instant)
        # Looked up, not formatted, and off small numbers: a list of 100 entries writes 500 instants, and they were half
        # of its time.
        passed = instant % DAY
        local = passed + shift
        second = MINUTES_AND_SECONDS[local // 1000 % 3600]
        return f"{hours[local // HOUR]}{second}.{MILLISECONDS[passed % 1000]}{offset}"

    def _hours_around(self, instant: int) -> _Hours:
        """Write what the instants of a day share, and keep it; of a day on which the clock changes, no more than asked.

        A day is one of UTC: where it begins and ends with one offset, all of it has that.
        """
        start = instant // DAY * DAY
        if self._offset_at(start) != self._offset_at(start + DAY - QUARTER):
            return self._hours_from(instant, 1)
        hours = self._hours_from(start, HOURS_OF_A_DAY)
        _days.keep(self._days, start // DAY, hours)
        return hours

    def _hours_from(self, instant: int, count: int) -> _Hours:
        """Write so many hours of the local clock from that of an instant on."""
        minutes = self._offset_at(instant)
        first = (instant + minutes * MINUTE) // HOUR
        clocks = (EPOCH + dt.timedelta(hours=first + number) for number in range(count))
        sign, (whole, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        return (
            tuple(clock.isoformat()[: len("YYYY-MM-DDTHH:")] for clock in clocks),
            instant // DAY * DAY + minutes * MINUTE - first * HOUR,
            f"{sign}{whole:02d}:{rest:02d}",
        )

    def _offset_at(self, instant: int) -> int:
        """Return the offset in minutes: whole quarters of an hour, on which alone offsets change."""
        moment = (EPOCH + dt.timedelta(milliseconds=instant // QUARTER * QUARTER)).astimezone(self._zone)
        # Offsets before standard time have odd minutes and seconds: whole quarters keep the instant exact.
        return round((moment.utcoffset() or dt.timedelta()).total_seconds() / QUARTER * 1000) * 15

    def start_of(self, day: dt.date) -> int:
        """Return the first instant of a day; where midnight is skipped, the moment the clock jumps to."""
        moment = dt.datetime.combine(day, dt.time(), tzinfo=self._zone)
        return int((moment - EPOCH) / dt.timedelta(milliseconds=1))

    def end_of(self, day: dt.date) -> int:
        """Return the first instant after a day."""
        return LATEST + DAY if day == dt.date.max else self.start_of(day + dt.timedelta(days=1))

    def hour_of(self, instant: int) -> int:
        """Return the hour of the local clock."""
        return (EPOCH + dt.timedelta(milliseconds=instant)).astimezone(self._zone).hour

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
