"""A random history of an account and its mirror on each database; `scripts/soak/mirror.py` runs hundreds.

`.ci/run` comes with ten of them on each.
"""

from tests.support.upstream.histories import history


async def test_after_a_random_history_and_a_quiet_round_the_mirror_equals_the_account(tmp_path):
    outcome = await history(tmp_path, 0)

    assert outcome.faults == []
    assert outcome.requests > 50
