"""A store of one's own for every test, on a file, since readers and the writer are different connections."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.databases.database import Database, open_database
from tests.support.harness.stores import store_url


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(store_url(tmp_path)) as opened:
        yield opened
