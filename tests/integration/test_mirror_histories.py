"""A few random histories of an account and its mirror; `scripts/soak/mirror.py` runs hundreds."""

import pytest

from tests.support.upstream.histories import history


@pytest.mark.parametrize("number", range(3))
async def test_after_any_history_and_a_quiet_round_the_mirror_equals_the_account(tmp_path, number):
    outcome = await history(tmp_path, number)

    assert outcome.faults == []
    assert outcome.requests > 50
