"""A gateway over a store of its own for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.engine import open_database
from tests.mutating import Asked
from tests.stores import store_url


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    async with open_database(store_url(tmp_path)) as database:
        yield Asked(database)
