"""Walking from records to what hangs on them finds what plain Python finds, whatever is asked, for every role."""

import random
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.harness.asking import Asked, asking
from tests.support.random.examples import examples
from tests.support.random.walks import Walks
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, make_ledger, viewer

STORES = {"small": (21, 12), "middling": (22, 90), "large": (23, 320)}  # each made of a seed, with so many entries

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Stores(dict[str, Asked]):
    """By their names; a failure names one of them rather than show all its rows."""

    def __repr__(self) -> str:
        return f"Stores({', '.join(self)})"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stores(tmp_path_factory, store_kind):
    del store_kind
    async with AsyncExitStack() as opened:
        made = {name: asking(tmp_path_factory.mktemp(name), make_ledger(*size)) for name, size in STORES.items()}
        yield Stores({name: await opened.enter_async_context(each) for name, each in made.items()})


@pytest.mark.parametrize("person", [ADMIN, BOSS, CLERK, MEMBER, STRANGER])
@examples(12)
@given(name=st.sampled_from(list(STORES)), lot=st.builds(random.Random, st.integers(0, 2**32)))
async def test_a_walk_finds_what_plain_python_finds(stores, person, name, lot):
    asked, who = stores[name], viewer(person)
    walks = Walks(asked.ledger, who, lot)
    query, expected = walks.query()

    payload = await asked.payload(query, who, **walks.variables)

    assume("COST_LIMIT_EXCEEDED" not in str(payload.get("errors")))
    assert payload["data"] == expected
