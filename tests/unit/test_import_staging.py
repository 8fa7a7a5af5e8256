"""The file where an import waits."""

from gateway.store.imports.staging import _empty_file

CHANGE_COUNTER = slice(24, 28)  # of the head of a SQLite file: raised by each transaction that changes it


def test_the_tables_of_the_staging_file_are_made_in_one_transaction() -> None:
    assert int.from_bytes(_empty_file()[CHANGE_COUNTER]) == 1
