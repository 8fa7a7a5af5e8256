"""Sizes of answers: bytes of texts are counted roughly while they are few, then to the byte, and bounded."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.querying import sizes
from gateway.querying.sizes import AnswerSize, AnswerTooLong, Texts, length
from tests.support.random.examples import examples

TEXTS = st.none() | st.sampled_from(("", "a", "ž", "日本", "🙂", "\ud800"))
BYTES = {None: 0, "": 0, "a": 1, "ž": 2, "日本": 6, "🙂": 4, "\ud800": 3}
rows = st.lists(st.tuples(st.integers(), TEXTS, TEXTS, TEXTS), max_size=5)


@examples(30)
@given(rows, st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=3))
def test_texts_count_their_characters_while_these_are_few_and_their_bytes_when_they_are_many(found, weighed):
    places, weights = [place for place, _ in weighed], [weight for _, weight in weighed]
    characters = sum(len(row[place] or "") for row in found for place in places)
    roughly = characters * max(weights, default=1)

    assert Texts(places, weights)(found) == roughly
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sizes, "ROUGHLY", roughly)
        exactly = sum(weight * BYTES[row[place]] for row in found for place, weight in weighed)
        assert Texts(places, weights)(found) == exactly
        assert Texts(places, weights).bytes(found, characters, exactly=True) == exactly
        patch.setattr(sizes, "ROUGHLY", roughly + 1)
        assert Texts(places, weights)(found) == roughly


@examples(10)
@given(rows)
def test_without_weights_each_text_counts_once(found):
    assert Texts([1, 3])(found) == sum(len(row[place] or "") for row in found for place in (1, 3))


@pytest.mark.parametrize(("text", "expected"), BYTES.items())
def test_the_length_of_a_text_is_that_of_its_bytes(text, expected):
    assert length(text) == expected


def test_an_answer_may_be_as_long_as_the_bound_and_not_a_byte_longer():
    size = AnswerSize(1_000)
    size.grow(400)
    size.grow(600)
    size.check(1_000)

    assert size.taken == 1_000
    for too_much in (lambda: size.grow(1), lambda: size.check(1_001)):
        with pytest.raises(AnswerTooLong) as refused:
            too_much()
        assert str(refused.value) == (
            "The answer is longer than 1,000 bytes; ask for fewer rows, or for fewer of the fields that hold texts."
        )


def test_an_answer_without_a_bound_is_counted_all_the_same():
    size = AnswerSize()
    size.grow(10**12)

    assert (size.taken, size.most) == (10**12, math.inf)
