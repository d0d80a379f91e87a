"""Searches: many small questions about one linear model, in one job."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.solvers.backends.searches import Change, Search, search
from optwright.solvers.model.linear_model import LinearModel, linear_model


def boxes(*, whole: bool = True) -> LinearModel:
    return linear_model(
        {"regular": 6, "gift": 9},
        {
            "chocolate": ({"regular": 200, "gift": 150}, "<=", 12000),
            "toffee": ({"regular": 100, "gift": 300}, "<=", 15000),
            "least": ({"regular": 1}, ">=", 20),
        },
        maximize=True,
        integer=["regular", "gift"] if whole else [],
    )


def test_a_search_without_changes_finds_the_best_plan() -> None:
    (best,) = search(boxes(), [Search()])
    assert best.why == "found"
    assert best.point is not None
    assert best.point.tolist() == [30, 40]


def test_a_changed_row_is_put_back_before_the_next_search() -> None:
    missed = Search((Change(rows={0: (13200, 16800)}),), np.array([1.0, 1.5]))
    broken, best = search(boxes(), [missed, Search()])
    assert broken.point is not None
    assert 13200 <= 200 * broken.point[0] + 150 * broken.point[1] <= 16800
    assert best.point is not None
    assert best.point.tolist() == [30, 40]


def test_the_first_change_that_has_a_point_answers() -> None:
    impossible = Change(rows={2: (1e6, 2e6)})
    (found,) = search(boxes(), [Search((impossible, Change()), np.array([1.0, 1.0]))])
    assert (found.why, found.change) == ("found", 1)


def test_what_has_no_point_and_what_has_no_end_are_told_apart() -> None:
    none, endless = search(
        boxes(),
        [
            Search((Change(rows={2: (1e6, 2e6)}),), np.array([1.0, 1.0])),
            Search(
                (Change(rows={0: (-np.inf, np.inf), 1: (-np.inf, np.inf)}),),
                np.array([1.0, 1.0]),
                maximize=True,
            ),
        ],
    )
    assert (none.why, endless.why) == ("none", "unbounded")


def test_no_time_is_not_a_proof() -> None:
    (found,) = search(boxes(), [Search()], seconds=0.0)
    assert found.why == "unknown"


def test_whole_numbers_may_be_fractions_in_one_search_and_not_in_the_next() -> None:
    third = Search((Change(rows={0: (-np.inf, 11999)}, fractions=True),))
    relaxed, best = search(boxes(), [third, Search()])
    assert relaxed.point is not None
    assert relaxed.point.tolist() != np.round(relaxed.point).tolist()
    assert best.point is not None
    assert best.point.tolist() == [30, 40]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=4), st.integers(2, 12), st.booleans())
def test_a_search_finds_what_trying_everything_finds(
    numbers: list[int], limit: int, whole: bool
) -> None:
    a, b, c, d = numbers
    model = linear_model(
        {"x": c, "y": d},
        {"row": ({"x": a, "y": b}, "<=", limit)},
        maximize=True,
        limits={"x": (0, 4), "y": (0, 4)},
        integer=["x", "y"] if whole else [],
    )
    (found,) = search(model, [Search()])
    assert found.point is not None
    best = max(c * x + d * y for x, y in product(range(5), repeat=2) if a * x + b * y <= limit)
    value = model.objective(found.point)
    assert value >= best - 1e-6
    if whole:
        assert value <= best + 1e-6
