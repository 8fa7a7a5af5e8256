"""Lists that are read ahead: what comes of them, in which order, and how much of it waits."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mirror.ahead import Ahead, Bounds, portions
from tests.support.random.examples import examples

ROOMY = Bounds(waiting=1_000, records=1_000, size=1_000)


@dataclass(frozen=True)
class Some:
    """A page of so many bytes; the number tells it from others."""

    number: int
    size: int = 10
    records: tuple[int, ...] = (1,)


def ahead_of(**bounds):
    """What reads ahead, as far as the bounds let it."""
    reads: Ahead[object, Some] = Ahead(Bounds(**({"waiting": 1_000, "records": 1_000, "size": 1_000} | bounds)))
    return reads


class Account:
    """Answers pages when it is told to, and knows how many were asked for and how many wait to be taken."""

    def __init__(self):
        self.asked = 0
        self.bytes_come = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def pages(self, *pages, error=None):
        for page in pages:
            self.asked += 1
            await asyncio.sleep(0)
            await self.may_answer.wait()
            self.bytes_come += page.size
            yield page
        if error is not None:
            raise error


async def all_of(ahead):
    """All that comes, as (list, number of the page or None)."""
    arrivals = []
    while len(ahead):
        arrivals += await ahead.portion()
    return [(each.key, each.page and each.page.number, each.error) for each in arrivals]


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_lists_are_read_at_once_while_nobody_takes_their_pages():
    account, ahead = Account(), ahead_of()
    ahead.open("a", account.pages(Some(1), Some(2)))
    ahead.open("b", account.pages(Some(3), Some(4)))

    await settled()

    assert account.asked == 4
    came = await all_of(ahead)
    assert [number for key, number, _ in came if key == "a"] == [1, 2, None]
    assert [number for key, number, _ in came if key == "b"] == [3, 4, None]


async def test_what_a_list_fails_by_comes_behind_its_pages_and_holds_no_other_up():
    account, ahead, error = Account(), ahead_of(), ValueError("gone")
    ahead.open("a", account.pages(Some(1), error=error))
    ahead.open("b", account.pages(Some(2), Some(3)))

    came = await all_of(ahead)

    assert [each for each in came if each[0] == "a"] == [("a", 1, None), ("a", None, error)]
    assert [each for each in came if each[0] == "b"] == [("b", 2, None), ("b", 3, None), ("b", None, None)]


async def test_a_page_of_any_size_comes_alone():
    account, ahead = Account(), ahead_of(waiting=100, records=1, size=1)
    ahead.open("a", account.pages(Some(1, size=500), Some(2, size=500)))
    ahead.open("b", account.pages(Some(3, size=500)))

    await settled()

    assert account.bytes_come == 500
    assert {number for _, number, _ in await all_of(ahead)} == {1, 2, 3, None}


async def test_pages_wait_for_those_that_are_on_their_way_and_no_longer_than_it_is_worth():
    account, ahead = Account(), ahead_of(records=3)
    ahead.open("a", account.pages(*(Some(number) for number in range(7))))

    taken = [[each.page.number for each in await ahead.portion() if each.page] for _ in range(3)]

    assert taken == [[0, 1, 2], [3, 4, 5], [6]]


async def test_pages_do_not_wait_for_one_that_does_not_come(monkeypatch):
    monkeypatch.setattr("gateway.mirror.ahead.PATIENCE_S", 0.01)
    account, ahead = Account(), ahead_of()
    ahead.open("a", account.pages(Some(1)))
    await settled()
    account.may_answer.clear()
    ahead.open("b", account.pages(Some(2)))
    first = await ahead.portion()

    account.may_answer.set()

    assert [each.key for each in first] == ["a", "a"]
    assert await all_of(ahead) == [("b", 2, None), ("b", None, None)]


async def test_whoever_closes_it_ends_what_is_on_its_way():
    account, ahead = Account(), ahead_of()
    account.may_answer.clear()
    ahead.open("a", account.pages(Some(1)))
    await settled()

    await ahead.close()

    account.may_answer.set()
    await settled()
    assert (account.asked, account.bytes_come) == (1, 0)


async def test_portions_of_one_list_end_with_what_it_failed_by():
    each = portions(Account().pages(Some(1), Some(2), error=ValueError("gone")), ROOMY)

    pages = await anext(each)

    assert [page.number for page in pages] == [1, 2]
    with pytest.raises(ValueError, match="gone"):
        await anext(each)


@examples(30)
@given(
    lists=st.lists(st.integers(0, 8), min_size=1, max_size=4),
    size=st.integers(1, 60),
    waiting=st.integers(0, 200),
    records=st.integers(1, 4),
)
async def test_no_more_waits_than_may_and_nothing_is_lost(lists, size, waiting, records):
    account, ahead = Account(), ahead_of(waiting=waiting, records=records, size=50)
    for key, count in enumerate(lists):
        ahead.open(key, account.pages(*(Some(number, size) for number in range(count))))
    taken: dict[object, list[int]] = {key: [] for key in range(len(lists))}
    bytes_taken = 0
    while len(ahead):
        await settled()
        assert account.bytes_come - bytes_taken <= max(waiting, size)
        for each in await ahead.portion():
            if each.page is not None:
                bytes_taken += size
                taken[each.key].append(each.page.number)

    assert taken == {key: list(range(count)) for key, count in enumerate(lists)}
