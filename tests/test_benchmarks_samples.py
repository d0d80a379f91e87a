"""Several attempts: the chance that one of k is right, and the vote of the majority."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.benchmarks.record import Record
from optwright.benchmarks.samples import majority, pass_at
from optwright.benchmarks.system import Attempt, Claim


def record(sample: int, objective: float | None, *, is_right: bool = False) -> Record:
    claim = Claim.NONE if objective is None else Claim.OPTIMAL
    attempt = Attempt(status=claim, objective=objective)
    return Record(task="t", sample=sample, system="s", attempt=attempt, scores={"strict": is_right})


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_pass_at_k_is_the_share_of_choices_of_k_that_hold_a_right_one(
    outcomes: list[bool], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(outcomes)))
    records = [record(i, 1.0, is_right=right) for i, right in enumerate(outcomes)]
    choices = list(combinations(outcomes, k))
    expected = sum(any(choice) for choice in choices) / len(choices)
    assert pass_at(k, records, "strict") == pytest.approx(expected)


def test_more_attempts_than_there_are_cannot_be_estimated() -> None:
    with pytest.raises(ValueError, match="pass@2 needs at least 2 attempts; there are 1"):
        pass_at(2, [record(0, 1.0)], "strict")


def test_the_majority_wins_and_a_tie_goes_to_the_earlier() -> None:
    assert majority([record(0, 1.0), record(1, 2.0), record(2, 2.0 + 1e-9)]).sample == 1  # type: ignore[union-attr]  # there is one
    assert majority([record(0, 3.0), record(1, 2.0)]).sample == 0  # type: ignore[union-attr]  # there is one


def test_attempts_without_an_answer_do_not_vote() -> None:
    assert majority([record(0, None), record(1, None), record(2, 5.0)]).sample == 2  # type: ignore[union-attr]  # there is one
    assert majority([record(0, None)]) is None
