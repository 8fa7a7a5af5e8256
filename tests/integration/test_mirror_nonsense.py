"""An account that says something else in one place of its answers: the gateway goes on, whatever it is and wherever."""

import random
from collections import Counter
from typing import Any

import pytest

from gateway.domain.errors import Code as Reason
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, MemoryState, budget_of
from gateway.mirror.upstream.checking import Checking, State
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.errors import UpstreamError
from gateway.mirror.writes.keys import SETTLED_MS
from gateway.store.schema.entries import TimeEntryRow
from tests.support.harness.forwarding import Mirrored, mirrored
from tests.support.upstream.accounts import live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.mirrors import mirroring
from tests.support.upstream.proxies import Fault
from tests.support.worlds.office import ADMIN, APPROVED, MANAGER, REJECTED, entry, table_rows

ROUNDS = 10
KEYS = range(5)
STATES: dict[int, dict[str, Any]] = {2: APPROVED, 3: REJECTED}  # by the last digit
NEW = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "time": 40, "note": "new"}
CREATE = "mutation ($input: TimeEntryCreateInput!) { done: timeEntryCreate(input: $input) { userErrors { code } } }"
WRITES = (
    'timeEntryUpdate(id: "%d0", input: {note: "x"}, ifRevision: 1)',
    'timeEntryApprove(id: "%d1")',
    'timeEntryUnapprove(id: "%d2")',
    'timeEntryUnreject(id: "%d3")',
    'timeEntryDelete(id: "%d4")',
    'timeEntryBulkApprove(input: {target: {ids: ["%d5", "%d6", "%d7"]}, errorPolicy: BEST_EFFORT})',
    'timerStart(input: {timeEntryId: "%d8"})',
)


async def test_a_mirror_goes_on_whatever_is_said_anywhere(tmp_path, database, store_kind, caplog):
    clock, ends = VirtualClock(), Counter[str]()
    entries = [entry(1), entry(2, **APPROVED), *map(entry, range(3, 9))]
    async with live_account(tmp_path, *entries, clock=clock, seed=len(store_kind)) as account:
        account.proxy.faults = {Fault.NONSENSE: 0.3}
        for number in range(ROUNDS):
            await account.ask("PATCH", f"time_entries/{1 + number % 8}/{'un' * (number // 8)}approve")
            clock.instant += 60_000
            async with mirroring(account, database) as mirror:
                try:
                    await mirror.once(sweep=number % 4 == 3)
                    ends["done"] += 1
                except UpstreamError as error:
                    ends[type(error).__name__] += 1

        assert account.proxy.happened.count(Fault.NONSENSE) > 50
        assert ends["done"]
        assert account.tokens[ADMIN] not in caplog.text


async def test_a_forwarded_write_ends_as_writes_do_whatever_is_said_anywhere(tmp_path, store_kind):
    chance, codes = random.Random(store_kind), Counter[str]()
    entries = [entry(number, **STATES.get(number % 10, {})) for number in range(10, 10 + 10 * len(KEYS))]
    async with mirrored(tmp_path, *entries) as mirror:
        for number in KEYS:
            mirror.account.proxy.faults = {Fault.NONSENSE: chance.choice((0.2, 0.5, 1.0))}
            codes.update(await said(mirror, CREATE, input=NEW | {"idempotencyKey": f"key {number}"}))
            for write in WRITES:
                query = f"mutation {{ done: {write.replace('%d', str(1 + number))} {{ userErrors {{ code }} }} }}"
                codes.update(await said(mirror, query))
        mirror.account.proxy.faults = {}
        mirror.clock.instant += SETTLED_MS + 1
        again = [await said(mirror, CREATE, input=NEW | {"idempotencyKey": f"key {number}"}) for number in KEYS]
        made = await table_rows(mirror.account.database, TimeEntryRow, note="new")

    assert mirror.account.proxy.happened.count(Fault.NONSENSE) > 20
    assert codes["INDETERMINATE"]
    assert codes.keys() <= {"INDETERMINATE", "UPSTREAM_FAILED", *Reason.__members__}
    assert all(codes in ([], ["INDETERMINATE"]) for codes in again)  # to one key something else may come near
    assert len(made) <= len(KEYS)


@pytest.mark.sqlite_only  # an account is asked, and nothing is kept
async def test_a_check_finds_what_it_finds_whatever_is_said_anywhere(tmp_path):
    clock, states = VirtualClock(), Counter[State]()
    async with live_account(tmp_path, entry(1), entry(2, **APPROVED), clock=clock, seed=6) as account:
        account.proxy.faults = {Fault.NONSENSE: 0.4}
        limiter = Limiter(budget_of([(1_000_000, 10)]), MemoryState(), clock)
        for _ in range(8):
            async with Upstream(Account.of(account.options()), limiter) as upstream:
                async for finding in Checking(upstream, clock.now).run():
                    states[finding.state] += 1
                    assert finding.sentence.isprintable()

    assert {State.HOLDS, State.BROKEN} <= states.keys()


async def said(mirror: Mirrored, query: str, **variables: Any) -> list[str]:
    """Return the codes of an answer, of its userErrors or at its top."""
    payload: Any = (await mirror.asked.execute(query, MANAGER, **variables)).payload
    if "errors" in payload:
        return [error["extensions"]["code"] for error in payload["errors"]]
    return [error["code"] for error in payload["data"]["done"]["userErrors"]]
