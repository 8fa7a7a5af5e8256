"""Instants in zones: written, read, and the bounds of days."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.instants import EARLIEST, LATEST, Zone, parse_date, parse_instant

ZONES = ["Europe/Zagreb", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo"]
FIRST, LAST = (dt.datetime(year, 1, 1) for year in (1972, 2037))  # noqa: DTZ001 - Hypothesis wants naive bounds


def test_the_documented_instant_is_written_as_documented():
    instant = parse_instant("2025-08-01T04:18:41.728Z")

    assert Zone("Europe/Zagreb").render(instant) == "2025-08-01T06:18:41.728+02:00"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00.7Z", 700),
        ("1970-01-01T00:00:00.07Z", 70),
        ("1970-01-01T00:00:00.0079999Z", 7),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T23:59:00+23:59", 0),
        ("1970-01-01T00:00:00-23:59", 86_340_000),
    ],
)
def test_an_instant_is_read_by_its_fraction_and_its_offset(text, instant):
    assert parse_instant(text) == instant


@given(st.integers(EARLIEST, LATEST), st.sampled_from(ZONES))
def test_what_is_written_reads_back_to_the_millisecond(instant, name):
    text = Zone(name).render(instant)

    assert parse_instant(text) == instant
    assert len(text) == len("2025-08-01T06:18:41.728+02:00")


@given(st.datetimes(FIRST, LAST), st.sampled_from(ZONES))
def test_the_clock_on_the_wall_is_that_of_the_zone(moment, name):
    moment = moment.replace(tzinfo=dt.UTC, microsecond=moment.microsecond // 1000 * 1000)

    text = Zone(name).render(parse_instant(moment.isoformat(timespec="milliseconds")))

    assert text == moment.astimezone(ZoneInfo(name)).isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-01",
        "2025-08-01T06:18:41",
        "2025-08-01 06:18:41Z",
        "2025-02-30T00:00:00Z",
        "2025-08-01T25:00:00Z",
        "2025-08-01T06:18:41+25:00",
        "2025-08-01T06:18:41+02:60",
        "20250801T061841Z",
        "0001-01-01T00:00:00+23:00",
        "",
        "2025-08-01T06:18:60Z",
        "٢٠٢٥-08-01T06:18:41Z",
    ],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2019-02-30", "10/21/19", "20191021", "2019-W43-1", "", "2019-10-21 ", "0000-01-01"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_date(text)


def test_a_day_is_as_long_as_the_clock_makes_it():
    zagreb = Zone("Europe/Zagreb")
    hours = [
        (zagreb.end_of(day) - zagreb.start_of(day)) // 3_600_000
        for day in (dt.date(2025, 3, 30), dt.date(2025, 10, 26), dt.date(2025, 8, 1))
    ]

    assert hours == [23, 25, 24]


def test_a_day_whose_midnight_is_skipped_begins_when_the_clock_jumps():
    zone = Zone("America/Sao_Paulo")

    assert zone.render(zone.start_of(dt.date(2018, 11, 4))) == "2018-11-04T01:00:00.000-02:00"


@given(st.integers(EARLIEST, LATEST), st.sampled_from(ZONES))
def test_an_instant_lies_within_its_day(instant, name):
    zone = Zone(name)
    day = zone.day_of(instant)

    assert zone.start_of(day) <= instant < zone.end_of(day)
