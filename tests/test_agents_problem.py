"""A problem is refused only where nothing in its words says what is wanted."""

from __future__ import annotations

import pytest

from optwright.agents.problem import Problem
from optwright.errors import InputError

MILL = "A paper mill cuts rolls of 100 inches into orders. The demand of each width must be met."


@pytest.mark.parametrize(
    "wish",
    [
        "Use as few rolls as possible.",
        "Use as little of the rolls as possible.",
        "Be done as soon as possible.",
    ],
)
def test_as_something_as_possible_is_an_objective(wish: str) -> None:
    assert Problem(f"{MILL} {wish}").text.endswith(wish)


def test_a_text_that_wants_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="does not say what should become large or small"):
        Problem(MILL)
