"""A test on PostgreSQL is on PostgreSQL, also where its module shares one store."""

import pytest

LEDGER = {"seed": 1, "entries": 1}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_store_that_a_module_shares_is_of_the_kind_that_the_test_says(asked, store_kind):
    async with asked.database.read(snapshot=False) as connection:
        [(version,)] = await connection.execute("SELECT version()" if store_kind == "postgresql" else "SELECT 1")

    assert ("PostgreSQL" in str(version)) == (store_kind == "postgresql")
    assert asked.database.dialect.name == store_kind
