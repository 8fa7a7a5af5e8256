"""A server that is killed in the middle of writing; scripts/soak/kills.py kills it many more times."""

import pytest

from tests.support.harness.kills import write_and_kill


@pytest.mark.sqlite_only
async def test_no_acknowledged_write_is_lost_and_no_retry_makes_a_second_entry(tmp_path):
    writes = await write_and_kill(f"sqlite+aiosqlite:///{tmp_path}/killed.db", kills=2, seed=1)

    assert len(writes.acknowledged) > 10
    assert writes.again == writes.acknowledged
    assert sorted(writes.stored) == sorted(writes.acknowledged.items())
    assert writes.logged == list(range(1, len(writes.acknowledged) + 1))
