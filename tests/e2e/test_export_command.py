"""`gateway export` as a person meets it: off a store, and off a gateway that serves it."""

import asyncio
import csv
import datetime as dt
import json
import os
import threading

import pytest

from tests.support.harness.processes import served
from tests.support.harness.stores import empty_store_url
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import MEMBER, OTHER, admins_token, entry

ENTRIES = [
    entry(1, date=dt.date.fromisoformat("2025-07-01"), note="=first"),
    entry(2, date=dt.date.fromisoformat("2025-07-31"), time=30),
    entry(3, date=dt.date.fromisoformat("2025-08-01")),
    entry(4, date=dt.date.fromisoformat("2025-07-15"), person_id=OTHER),
]


@pytest.fixture
def filled(url):
    """A store of four entries; the token of its admin."""
    return asyncio.run(admins_token(url, *ENTRIES))


@pytest.fixture
def export(gateway, url, filled):
    """Run `gateway export` on the store."""
    assert filled

    def run(*arguments, **settings):
        return gateway("export", *arguments, **{"GATEWAY_DATABASE_URL": url} | settings)

    return run


def test_a_month_goes_into_a_file(export, tmp_path):
    done = export("--output", "july.csv", "--after", "2025-07-01", "--before", "2025-07-31", "--fields", "id,time,note")

    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "3 time entries were written to july.csv.\n"
    assert list(csv.reader((tmp_path / "july.csv").read_text(encoding="utf-8").splitlines())) == [
        ["id", "time (minutes)", "note"],
        ["1", "480", "'=first"],
        ["2", "30", ""],
        ["4", "480", ""],
    ]
    assert [path.name for path in tmp_path.glob("july*")] == ["july.csv"]


def test_a_pipe_is_written_to_and_stays_a_pipe(export, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text(encoding="utf-8")))
    reader.start()

    done = export("--output", "pipe", "--format", "csv", "--fields", "id")
    reader.join(TIMEOUT)

    assert (done.exit_code, read) == (0, ["id\n1\n2\n3\n4\n"])
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("filter_", "ids"),
    [
        ('{"person_id": 5}', ["4"]),
        ('{"id": [1, 3]}', ["1", "3"]),
        ('{"time": {"lt": 60}}', ["2"]),
        ('{"$op": "or", "0": {"person_id": [5]}, "1": {"date": {"gt": "2025-07-31"}}}', ["3", "4"]),
        ('{"approved_at": null, "invoiced": false}', ["1", "2", "3", "4"]),
    ],
)
def test_a_filter_is_what_a_query_string_has_as_json(export, filter_, ids):
    done = export("--output", "-", "--format", "jsonl", "--fields", "id", "--filter", filter_)

    assert done.exit_code == 0, done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids


def test_a_file_is_made_with_the_eyes_of_a_person(export):
    done = export(
        "--output", "-", "--format", "jsonl", "--fields", "id,cost", "--person", str(MEMBER), "--sort", "-date"
    )

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [{"id": number, "cost": None} for number in ("3", "2", "1")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--output", "july"], "The name of july tells no format; add --format with one of csv, xlsx, jsonl, parquet."),
        (
            ["--output", "a.csv", "--filter", "[1]"],
            'The filter is not a JSON object; write it as {"person_id": [4, 5], "time": {"gt": 60}}.',
        ),
        (["--output", "a.csv", "--filter", '{"colour": 1}'], "Filter 'colour' is not supported on this endpoint"),
        (["--output", "a.csv", "--person", "99"], "There is no person 99 in the store."),
        (["--output", "none/a.csv"], "none/a.csv cannot be written: No such file or directory."),
        (
            ["--output", "a.csv", "--url", "http://127.0.0.1:9", "--person", "4"],
            "With --url the token decides what is visible; leave out --person.",
        ),
        (
            ["--output", "a.csv", "--url", "http://127.0.0.1:9"],
            "A token is needed; put it into the variable GATEWAY_TOKEN.",
        ),
        (
            ["--output", "a.csv", "--url", "ftp://x"],
            "'ftp://x' is not the address of a gateway; write http://HOST:PORT or https://HOST.",
        ),
    ],
)
def test_what_cannot_be_exported_is_a_sentence(export, tmp_path, arguments, sentence):
    refused = export(*arguments)

    assert refused.exit_code == 1
    assert refused.stderr.startswith(sentence)
    assert not list(tmp_path.glob("a.csv*"))


@pytest.mark.sqlite_only
def test_a_gateway_that_serves_is_asked_by_its_address(export, gateway, url, filled, tmp_path):
    arguments = ("--output", "july.csv", "--before", "2025-07-31", "--filter", '{"person_id": [4]}')
    export(*arguments)
    beside = (tmp_path / "july.csv").read_bytes()
    with served(url) as (_, address):
        done = gateway("export", *arguments, "--url", address, GATEWAY_TOKEN=filled)
        refused = gateway("export", *arguments, "--sort", "colour", "--url", address, GATEWAY_TOKEN=filled)
        unknown = gateway("export", *arguments, "--url", address, GATEWAY_TOKEN="nobody's")

    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "july.csv").read_bytes() == beside
    assert done.stderr == f"{len(beside):,} bytes were written to july.csv.\n"
    assert refused.stderr == (
        "The gateway refuses it (400): Sort param 'colour' is not supported on this endpoint, or comes twice\n"
    )
    assert unknown.stderr.startswith("The gateway refuses it (401): ")


def test_where_there_is_no_store_it_says_so(gateway, tmp_path):
    refused = gateway("export", "--output", "a.csv", GATEWAY_DATABASE_URL=empty_store_url(tmp_path))

    assert refused.exit_code == 1
    assert "a.csv" not in {path.name for path in tmp_path.iterdir()}
