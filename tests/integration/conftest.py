"""A store of one's own for every test, on a file, since readers and the writer are different connections."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.engine import Database, open_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/office.db") as opened:
        yield opened
