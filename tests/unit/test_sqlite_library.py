"""SQLite's library, as a process that serves sets it up."""

import _sqlite3
import ctypes
import subprocess
import sys

import pytest

# Prints whether a connection has a lock, and what a query answers by then.
LOCKED = """
import ctypes, sqlite3, _sqlite3
{first}
library, connection = ctypes.CDLL(_sqlite3.__file__), ctypes.c_void_p()
library.sqlite3_open(b":memory:", ctypes.byref(connection))
library.sqlite3_db_mutex.restype = ctypes.c_void_p
print(library.sqlite3_db_mutex(connection) is not None, sqlite3.connect(":memory:").execute("SELECT 7").fetchone()[0])
"""
SERVED = (
    "sqlite3.connect(':memory:').close(); "
    "from gateway.store.databases.sqlite_library import share_no_connections; share_no_connections()"
)

pytestmark = pytest.mark.skipif(
    not hasattr(_sqlite3, "__file__") or not hasattr(ctypes.CDLL(_sqlite3.__file__), "sqlite3_db_mutex"),
    reason="this Python hides the library",
)


@pytest.mark.parametrize(("first", "locked"), [("", "True"), (SERVED, "False")], ids=["by itself", "as it is served"])
def test_connections_have_no_lock_where_none_is_shared(first, locked):
    run = subprocess.run([sys.executable, "-c", LOCKED.format(first=first)], capture_output=True, text=True, check=True)

    assert run.stdout.split() == [locked, "7"]
