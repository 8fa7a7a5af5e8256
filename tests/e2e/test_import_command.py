"""`gateway import` as a person meets it: what it tells, what it refuses, and by which exit code it ends."""

import json
import sqlite3
from contextlib import closing

from tests.support.worlds.documents import document, entry, save


def stored(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_documents_are_imported_and_counted_by_type(gateway, tmp_path):
    save(tmp_path / "a.json", document(entry(1, colour="red"), entry(2)))

    result = gateway("import", "a.json")

    assert result.exit_code == 0
    assert "         2          0          0  time_entries\n" in result.stdout
    assert "         1          0          0  organizations\n" in result.stdout
    assert result.stderr == "Left out, not known here: time_entries.colour (1 time)\n"
    assert stored(tmp_path / "gateway.db", "SELECT id, time, imported FROM time_entries") == [(1, 480, 1), (2, 480, 1)]


def test_what_follows_a_change_is_reported_and_a_dry_run_writes_nothing(gateway, tmp_path):
    save(tmp_path / "a.json", document(entry(1), entry(2)))
    gateway("import", "a.json")
    deal = next(each for each in document()["included"] if each["type"] == "deals")
    deal["relationships"]["responsible"]["data"]["id"] = "12"
    save(tmp_path / "b.json", document(deal, included=[]))

    result = gateway("import", "--dry-run", "b.json")

    assert result.exit_code == 0
    assert "         0          1          0  deals\n" in result.stdout
    assert "                    2             time_entries that follow a changed record\n" in result.stdout
    assert result.stdout.endswith("This was a dry run: nothing was written.\n")
    assert stored(tmp_path / "gateway.db", "SELECT DISTINCT responsible_id FROM time_entries") == [(11,)]


def test_every_problem_is_reported_and_nothing_is_written(gateway, tmp_path):
    save(tmp_path / "a.json", document(entry(1, time=-1), entry(2, date="x")))
    (tmp_path / "b.json").write_text('{"data": [')

    result = gateway("import", "a.json", "b.json", "c.json")

    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == [
        "a.json /data/0/attributes/time",
        "a.json /data/1/attributes/date",
        "b.json, line 1, column 11 /",
        "c.json /",
        "Nothing was imported",
    ]
    assert result.stderr.endswith("Nothing was imported: 4 problems were found.\n")


def test_an_import_that_is_refused_makes_no_store(gateway, tmp_path):
    (tmp_path / "wrong.json").write_text("[]")

    missing, wrong = gateway("import", "nothing.json"), gateway("import", "wrong.json")

    assert (missing.exit_code, wrong.exit_code) == (1, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.json"]


def test_a_store_that_is_there_is_left_as_it_is_by_an_import_that_is_refused(gateway, tmp_path):
    save(tmp_path / "a.json", document(entry(1)))
    gateway("import", "a.json")

    refused = gateway("import", "nothing.json")

    assert refused.exit_code == 1
    assert stored(tmp_path / "gateway.db", "SELECT count(*) FROM time_entries") == [(1,)]
    assert {file.name for file in tmp_path.iterdir()} <= {"a.json", "gateway.db", "gateway.db-wal", "gateway.db-shm"}


def test_person_and_service_are_supplied_and_standard_input_is_read(gateway, tmp_path):
    bare = entry(1)
    bare["relationships"] = {"person": {"meta": {"included": False}}}

    result = gateway("import", "-", "--person", "12", "--service", "52", given=json.dumps(document(bare)))

    assert result.exit_code == 0
    assert stored(tmp_path / "gateway.db", "SELECT person_id, service_id FROM time_entries") == [(12, 52)]


def test_a_made_up_store_is_left_alone_unless_it_is_to_be_replaced(gateway, tmp_path):
    gateway("seed", "--entries", "5")
    links = {"person": ("people", 1), "service": ("services", 1)}
    record = entry(1, links=links, note="mine")
    del record["relationships"]["organization"]
    save(tmp_path / "a.json", document(record, included=[]))

    refused, replaced = gateway("import", "a.json"), gateway("import", "a.json", "--replace")

    assert refused.exit_code == 1
    assert "a.json /data/0: time_entries 1 was made by the gateway itself" in refused.stderr
    assert replaced.exit_code == 0
    assert stored(tmp_path / "gateway.db", "SELECT note FROM time_entries WHERE id = 1") == [("mine",)]


def test_a_database_of_another_program_is_left_alone(gateway, tmp_path):
    (tmp_path / "gateway.db").write_text("no database" * 100)
    save(tmp_path / "a.json", document(entry(1)))

    result = gateway("import", "a.json")

    assert result.exit_code == 1
    assert "gateway.db" in result.stderr
    assert "Traceback" not in result.stderr
