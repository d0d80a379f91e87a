"""CMA-ES: what its package must not do to a run."""

from __future__ import annotations

import numpy as np
import pytest

from optwright.optim.api import minimize
from optwright.optim.parameters import Choice, Real
from optwright.serving.budget import Budget


@pytest.mark.parametrize("seed", range(2))
def test_a_single_number_is_searched_to_the_end_even_where_it_is_flat(seed: int) -> None:
    """In a plain the spread grows until the package wants to hold it back."""
    found = minimize(
        lambda x, mode: max(0.0, abs(x - 0.1) - 0.2),
        [Real("x", 0.9, low=0, high=1), Choice("mode", "a", options=["a", "b"])],
        optimizer="cmaes",
        budget=Budget(evaluations=60),
        seed=seed,
    )
    assert found.evaluations == 60
    assert found.score == 0.0


def test_numpys_own_randomness_is_left_alone() -> None:
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    space = [Real(name, 4.0, low=-5, high=5) for name in "xy"]
    minimize(lambda x, y: x * x + y * y, space, optimizer="cmaes", budget=Budget(evaluations=30))
    assert np.random.random() == expected
