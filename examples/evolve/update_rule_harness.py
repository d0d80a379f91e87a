"""How an update rule is scored: the loss it trains small networks to, with the best of a few rates.

Tasks are random two-class problems for a network with one hidden layer, in NumPy, with badly scaled
inputs and small noisy batches. What a rule has to come close to is Adam, tuned over as many rates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GOAL = (
    "update(w, g, m, v, lr) makes new weights from weights w, gradient g, two memories m and v "
    "that it may use as it likes, and a rate lr. Reach a low training loss on small networks with "
    "noisy batches and badly scaled inputs."
)
SECONDS = 20.0
FUNCTIONS = ("trained", "train", "update", "network_gradient")
VOCABULARY = ("np.sign(_)", "np.sqrt(np.abs(_))", "np.square(_)", "np.abs(_)")
SIZES = (6, 8)
STEPS = 40
BATCH = 8
ROWS = 160
RATES = (0.01, 0.03, 0.1)


def task(seed: int) -> dict[str, Any]:
    """A problem, its first weights, and the rows of each step's batch."""
    roll = np.random.default_rng(seed)
    inputs, hidden = SIZES
    scales = 10.0 ** roll.uniform(-1.5, 0.5, inputs)
    x = roll.normal(size=(ROWS, inputs))
    y = (np.sin(x @ roll.normal(size=inputs)) + 0.3 * x[:, 0] * x[:, 1] > 0).astype(float)
    count = inputs * hidden + 2 * hidden + 1
    return {
        "x": x * scales,
        "y": y,
        "w": roll.normal(size=count) * 0.5,
        "batches": roll.integers(ROWS, size=(STEPS, BATCH)),
        "sizes": list(SIZES),
    }


TRAIN = [[task(seed) for seed in range(2)]]
TEST = [[task(seed)] for seed in range(100, 104)]


def evaluate(program: Any, tasks: list[dict[str, Any]]) -> tuple[float, str]:
    """Minus the mean over tasks of the loss with the best rate."""
    found = program.trained(tasks, STEPS, list(RATES))
    return -mean_loss(tasks, found), ""


def mean_loss(tasks: list[dict[str, Any]], found: Any) -> float:
    """Of weights for every task and rate, the best rate of each; from the data itself."""
    if not isinstance(found, list) or len(found) != len(tasks):
        raise ValueError("trained() has to give weights for every task")
    losses = [
        min(loss(one, weights) for weights in tried)
        for one, tried in zip(tasks, found, strict=True)
    ]
    return float(np.mean(losses))


def loss(one: dict[str, Any], weights: Any) -> float:
    """The mean logistic loss on all rows; infinite for weights that are none."""
    w = np.asarray(weights, dtype=float)
    if w.shape != one["w"].shape or not np.isfinite(w).all():
        return float("inf")
    inputs, hidden = SIZES
    a = w[: inputs * hidden].reshape(inputs, hidden)
    b, c = w[inputs * hidden : inputs * hidden + hidden], w[inputs * hidden + hidden : -1]
    z = np.tanh(one["x"] @ a + b) @ c + w[-1]
    return float(np.mean(np.logaddexp(0.0, z) - one["y"] * z))


def adam(
    w: NDArray[Any], g: NDArray[Any], m: NDArray[Any], v: NDArray[Any], lr: float, t: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Adam with its usual constants and bias correction."""
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    step = lr * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
    return w - step, m, v
