"""An upstream that does not answer is asked again, and whoever waits is told why, once."""

import logging

import pytest

from gateway.mirror.patience import WAITS, PatientUpstream
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, MemoryState, budget_of
from gateway.mirror.upstream.errors import Unreachable
from tests.support.upstream.clocks import VirtualClock


async def test_who_waits_for_an_account_that_is_not_there_is_told_so_once(caplog):
    clock, account = VirtualClock(), Account("http://127.0.0.1:9/api/v2", 1, "secret")
    began = clock.now()

    with caplog.at_level(logging.WARNING, "gateway.mirror"):
        async with PatientUpstream(account, Limiter(budget_of([(100, 10)]), MemoryState(), clock), clock) as upstream:
            with pytest.raises(Unreachable):
                await upstream.page("time_entries")

    assert clock.now() - began == sum(WAITS) * 1_000
    [told] = caplog.messages
    assert told.startswith("http://127.0.0.1:9/api/v2 cannot be reached: ")
    assert told.endswith(" It is asked again for half a minute.")
