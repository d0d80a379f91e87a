"""Thirty everyday problems and twelve texts that are none yet, written by one who had not seen the
checks, before anything was run on them.

`cases/everyday.jsonl` has right replies with optima by enumeration or by SciPy's linear
programming, and two wrong replies for each; `cases/everyday_open.jsonl` has texts that ask for
nothing or lack a number, with the reply of a model that sees it and of one that makes something up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optwright.errors import InputError
from optwright.solvers.model.outcome import Status
from tests.test_attacked_cases import never_verified, once, read
from tests.test_unread_cases import problem_of, solved

RIGHT, OPEN = read("everyday.jsonl"), read("everyday_open.jsonl")
TOO_TIGHT = {"fair-jam", "lido-lemonade", "ice-carts"}
"""A limit that is too tight: a plan that misses it by far is refused by the right model too."""


@pytest.mark.parametrize(
    "case", [c for c in RIGHT if c["id"] in TOO_TIGHT], ids=lambda case: str(case["id"])
)
def test_a_reader_sees_a_limit_that_is_a_little_too_tight(
    case: dict[str, Any], tmp_path: Path
) -> None:
    once(case, tmp_path)
    never_verified(case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("look", [once, never_verified], ids=lambda look: str(look.__name__))
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: str(case["id"]))
def test_all_come_out_right_and_no_mistake_is_verified(
    case: dict[str, Any], look: Any, tmp_path: Path
) -> None:
    look(case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["large", "small"])
@pytest.mark.parametrize("case", OPEN, ids=lambda case: str(case["id"]))
def test_what_lacks_something_is_asked_and_what_asks_for_nothing_is_refused(
    case: dict[str, Any], profile: str, tmp_path: Path
) -> None:
    if case["kind"] == "not_a_problem":
        with pytest.raises(InputError, match=r"not an optimization problem|nothing to optimize"):
            solved(problem_of(case, tmp_path), case["reply"], profile=profile)
        return
    solution = solved(problem_of(case, tmp_path), case["reply"], profile=profile)
    assert solution.status is Status.ASKED
    assert list(solution.questions) == case["reply"]["questions"]


@pytest.mark.slow
@pytest.mark.parametrize("case", OPEN, ids=lambda case: str(case["id"]))
def test_what_a_model_makes_up_is_never_verified(case: dict[str, Any], tmp_path: Path) -> None:
    try:
        solution = solved(problem_of(case, tmp_path), case["overconfident"], profile="large")
    except InputError:
        return
    assert not solution.verified
