"""A gateway over a random ledger for every module that says how large: `LEDGER = {"seed": 6, "entries": 240}`."""

from collections.abc import AsyncIterator
from functools import cache

import pytest
import pytest_asyncio

from tests.support.harness.asking import Asked, asking
from tests.support.worlds.ledger import make_ledger

_ledger = cache(make_ledger)  # for the module on both databases


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with asking(tmp_path_factory.mktemp("asked"), _ledger(**request.module.LEDGER)) as asked:
        yield asked
