from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.benchmarks.intervals import compare
from optwright.errors import InputError

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30)


def test_mcnemar_is_a_coin_toss_over_what_one_alone_got_right() -> None:
    found = compare([True] * 9 + [False], [False] * 8 + [True] * 2)
    assert (found.only_first, found.only_second, found.both, found.neither) == (8, 1, 1, 0)
    assert found.p_value == pytest.approx(2 * (comb(9, 0) + comb(9, 1)) / 2**9)


def test_equal_answers_differ_by_nothing() -> None:
    found = compare([True, False, True], [True, False, True])
    assert (found.difference, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


@settings(max_examples=15, deadline=None)  # ten thousand resamples each
@given(ANSWERS)
def test_the_interval_holds_the_difference_and_swapping_mirrors_it(
    answers: list[tuple[bool, bool]],
) -> None:
    first, second = zip(*answers, strict=True)
    found, mirrored = compare(first, second), compare(second, first)
    assert -1 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1
    assert mirrored.difference == -found.difference
    assert mirrored.p_value == pytest.approx(found.p_value)
    assert found == compare(first, second)


def test_answers_to_different_problems_are_not_compared() -> None:
    with pytest.raises(InputError, match="cannot be compared"):
        compare([True], [True, False])
