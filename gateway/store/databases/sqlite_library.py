"""SQLite's library as a whole process uses it."""

import ctypes
import sqlite3
import sys
from contextlib import suppress

MULTI_THREAD = 2  # SQLITE_CONFIG_MULTITHREAD: threads may use the library, and no two of them the same connection


def share_no_connections() -> None:
    """Have SQLite take no lock for each call; to be called while the process has no connection open.

    By itself it lets threads use a connection at once, and locks it for every value of every row: a fifth of the time
    of a list, since locks of a process with threads are atomic. The gateway's connections have one user at a time: what
    runs in a connection's thread has ended before anybody else gets the connection. Where Python was built in a way
    that hides the library from here, all stays as it is.
    """
    driver = getattr(sys.modules[sqlite3.connect.__module__], "__file__", None)
    if driver is None:
        return
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(driver)
        library.sqlite3_shutdown()
        library.sqlite3_config(MULTI_THREAD)
        library.sqlite3_initialize()
