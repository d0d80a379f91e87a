"""A Gaussian process over the unit cube: what a value probably is where nothing was tried yet.

Matern 5/2 with a length for each group of columns, fitted by the most probable parameters; lengths
are expected to grow with the root of the dimension (Hvarfner et al. 2024), so that few points in
many dimensions do not look like noise. SciPy does the climbing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CLIMBS = 25  # iterations of a fit
_ROOT5 = sqrt(5.0)
_LENGTH, _LENGTH_SPREAD = sqrt(2.0) - 3.0, sqrt(3.0)  # the mode of lengths, of one dimension
_NOISE, _NOISE_SPREAD = log(1e-4), 2.0  # of its log variance, of values with a spread of 1
_LEAST_NOISE, _MOST_NOISE = log(1e-6), 1.0
_JITTER = 1e-8


@dataclass(frozen=True)
class GaussianProcess:
    """A process that was conditioned on values: ask it with `predict`.

    `points` has shape (n, columns). `theta` holds the log of each group's length, of the variance
    and of the noise; `middle` and `spread` scale values to mean 0 and deviation 1.
    """

    points: Array
    groups: Sequence[int]
    theta: Array
    middle: float
    spread: float
    inverse: Array
    weights: Array

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the value at points of shape (m, columns)."""
        across = _kernel(_distances(points, self.points, self.lengths), self.theta[-2])
        mean = across @ self.weights
        left = np.exp(self.theta[-2]) - np.einsum("mn,mn->m", across @ self.inverse, across)
        return self.middle + self.spread * mean, self.spread * np.sqrt(np.maximum(left, 1e-12))

    def slopes(self, points: Array) -> Array:
        """The gradient of the mean at points; shape (m, columns)."""
        lengths = self.lengths
        away = (points[:, None] - self.points[None]) / lengths
        r = np.sqrt((away**2).sum(axis=2))
        falls = -np.exp(self.theta[-2]) * 5.0 / 3.0 * (1.0 + _ROOT5 * r) * np.exp(-_ROOT5 * r)
        rises: Array = np.einsum("mn,mnc,n->mc", falls, away / lengths, self.weights)
        return self.spread * rises

    @property
    def lengths(self) -> Array:
        """Of each column: how far one has to go for another value."""
        return _lengths(self.theta, self.groups)


def conditioned(
    points: Array, values: Array, groups: Sequence[int], theta: Array
) -> GaussianProcess:
    """The process with these parameters, given the values."""
    middle, spread = float(values.mean()), float(values.std()) or 1.0
    covariance = _kernel(_distances(points, points, _lengths(theta, groups)), theta[-2])
    covariance[np.diag_indices(len(points))] += np.exp(theta[-1]) + _JITTER
    inverse: Array = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    weights = inverse @ ((values - middle) / spread)
    return GaussianProcess(points, groups, theta, middle, spread, inverse, weights)


def expected(groups: Sequence[int]) -> Array:
    """What the parameters are before anything was seen."""
    count = max(groups) + 1
    length = _LENGTH + 0.5 * log(count)
    return np.array([*[length] * count, 0.0, _NOISE])


def fitted(
    points: Array,
    values: Array,
    groups: Sequence[int],
    start: Array,
) -> Array:
    """The most probable parameters of a process for these values, climbed to from `start`."""
    from scipy.optimize import minimize

    scaled = (values - values.mean()) / (values.std() or 1.0)
    count = max(groups) + 1
    squares = np.zeros((count, len(points), len(points)))
    for column, group in enumerate(groups):
        squares[group] += (points[:, None, column] - points[None, :, column]) ** 2
    found = minimize(
        _unlikelihood,
        start,
        (scaled, squares, expected(groups)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-4.0, 6.0)] * count + [(-4.0, 4.0), (_LEAST_NOISE, _MOST_NOISE)],
        options={"maxiter": CLIMBS},
    )
    theta: Array = np.asarray(found.x, dtype=np.float64)
    return theta


def _unlikelihood(theta: Array, values: Array, squares: Array, prior: Array) -> tuple[float, Array]:
    """Minus the log of the probability of the parameters, but for a constant; and its gradient."""
    count = len(squares)
    shrunk = np.exp(-2.0 * theta[:count])
    r = np.sqrt(np.einsum("g,gij->ij", shrunk, squares))
    signal, noise = np.exp(theta[-2]), np.exp(theta[-1])
    smooth = _kernel(r, theta[-2])
    try:
        inverse = np.linalg.inv(smooth + (noise + _JITTER) * np.eye(len(values)))
        sign, size = np.linalg.slogdet(inverse)
    except np.linalg.LinAlgError:
        return 1e25, np.zeros_like(theta)
    if sign <= 0:
        return 1e25, np.zeros_like(theta)
    weights = inverse @ values
    pull = np.outer(weights, weights) - inverse
    falls = signal * 5.0 / 3.0 * (1.0 + _ROOT5 * r) * np.exp(-_ROOT5 * r)
    by_length = 0.5 * np.einsum("ij,gij->g", pull * falls, squares) * shrunk
    by_signal, by_noise = 0.5 * np.sum(pull * smooth), 0.5 * noise * np.trace(pull)
    slope = np.array([*by_length, by_signal, by_noise])
    spreads = np.array([*[_LENGTH_SPREAD] * count, 1.0, _NOISE_SPREAD])
    off = (theta - prior) / spreads
    value = 0.5 * float(values @ weights) - 0.5 * float(size) + 0.5 * float(off @ off)
    return value, -slope + off / spreads


def _lengths(theta: Array, groups: Sequence[int]) -> Array:
    found: Array = np.exp(theta[:-2])[list(groups)]
    return found


def _distances(points: Array, others: Array, lengths: Array) -> Array:
    """Of each point to each of the others, in lengths."""
    a, b = points / lengths, others / lengths
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2.0 * a @ b.T
    far: Array = np.sqrt(np.maximum(squares, 0.0))
    return far


def _kernel(r: Array, log_variance: float) -> Array:
    value: Array = (
        np.exp(log_variance) * (1.0 + _ROOT5 * r + 5.0 / 3.0 * r**2) * np.exp(-_ROOT5 * r)
    )
    return value
