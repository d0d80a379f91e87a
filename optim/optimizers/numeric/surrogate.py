"""A quadratic through scattered points, and its lowest point in a box.

With fewer points than a quadratic has coefficients the one with the smallest curvature is taken,
as in Powell's NEWUOA (2006), section 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FREE_TERMS = 1e4  # how much cheaper level and slope are than curvature in the smallest-norm fit
_EXACT_DIMENSIONS = 5  # up to here every face of the box is tried
_SWEEPS, _SWEEPS_A_JUMP = 200, 5
_AT_REST = 1e-12  # of a range, that a sweep moves


@dataclass(frozen=True, slots=True)
class Quadratic:
    """`level + slope . s + s . curvature . s / 2` with `s = point - center`."""

    center: Array
    level: float
    slope: Array
    curvature: Array

    def __call__(self, points: Array) -> Array:
        """Values at points of shape (n, d)."""
        moved = points - self.center
        bent = np.einsum("ni,ij,nj->n", moved, self.curvature, moved)
        values: Array = self.level + moved @ self.slope + 0.5 * bent
        return values


def coefficients(dimensions: int) -> int:
    """How many a quadratic has."""
    return (dimensions + 1) * (dimensions + 2) // 2


def terms(points: Array) -> Array:
    """Rows of `1, s_i, s_i s_j (i <= j)`, shape (n, coefficients); squares are halved."""
    rows, columns = np.triu_indices(points.shape[1])
    products = points[:, rows] * points[:, columns] * np.where(rows == columns, 0.5, 1.0)
    return np.hstack([np.ones((len(points), 1)), points, products])


def fit(
    points: Array, values: Array, center: Array, weights: Array, shifts: Array | None = None
) -> Quadratic:
    """The quadratic with the least weighted squared error, and of those the least curved one.

    `shifts`, of shape (n, k), says with ones which points lie on one of k copies of the surface,
    higher or lower by a difference that is fitted, too.
    """
    dimensions = points.shape[1]
    scale = max(float(np.abs(points - center).max()), 1e-12)
    matrix = terms((points - center) / scale)
    price = np.where(np.arange(matrix.shape[1]) <= dimensions, _FREE_TERMS, 1.0)
    if shifts is not None:
        matrix = np.hstack([matrix, shifts])
        price = np.append(price, np.full(shifts.shape[1], _FREE_TERMS))
    solution, *_ = np.linalg.lstsq(matrix * price * weights[:, None], values * weights, rcond=1e-13)
    curved = np.asarray(solution * price, dtype=np.float64)[: coefficients(dimensions)]
    return _unscaled(curved, center, scale)


def _unscaled(solution: Array, center: Array, scale: float) -> Quadratic:
    dimensions = len(center)
    curvature = np.zeros((dimensions, dimensions))
    curvature[np.triu_indices(dimensions)] = solution[dimensions + 1 :] / scale**2
    curvature = curvature + np.triu(curvature, 1).T
    return Quadratic(center, float(solution[0]), solution[1 : dimensions + 1] / scale, curvature)


def lowest(model: Quadratic, low: Array, high: Array) -> Array:
    """The lowest point of the model in a box: exact up to 5 dimensions, beyond them the best
    that coordinate descent finds from the center, the middle and the downhill corner."""
    if len(low) <= _EXACT_DIMENSIONS:
        found = [
            p for face in product((-1, 0, 1), repeat=len(low)) for p in _on(model, face, low, high)
        ]
    else:
        downhill = np.where(model.slope > 0, low, high)
        starts = (np.clip(model.center, low, high), (low + high) / 2, downhill)
        found = [_descend(model, start, low, high) for start in starts]
    points = np.array(found)
    best: Array = points[int(np.argmin(model(points)))]
    return best


def _on(model: Quadratic, face: tuple[int, ...], low: Array, high: Array) -> list[Array]:
    """The stationary point of the model on one face of the box (-1 low, 1 high, 0 free)."""
    sides = np.array(face)
    point = np.where(sides < 0, low, high).astype(float)
    free = sides == 0
    if free.any():
        fixed = np.where(free, 0.0, point - model.center)
        pull = -(model.slope + model.curvature @ fixed)[free]
        moved, *_ = np.linalg.lstsq(model.curvature[np.ix_(free, free)], pull, rcond=1e-12)
        point[free] = model.center[free] + moved
    inside = bool(np.all(point >= low - 1e-12) and np.all(point <= high + 1e-12))
    return [np.clip(point, low, high)] if inside else []


def _descend(model: Quadratic, start: Array, low: Array, high: Array) -> Array:
    """Coordinate descent, which finds the face of the box, with a jump now and then to the lowest
    point of that face, to which it would creep where coordinates pull at each other."""
    point = start
    for _ in range(_SWEEPS // _SWEEPS_A_JUMP):
        point, rests = _swept(model, point, low, high)
        if rests:
            break
        face = np.where(point <= low, -1, np.where(point >= high, 1, 0))
        for jumped in _on(model, tuple(face.tolist()), low, high):
            if model(jumped[None])[0] < model(point[None])[0]:
                point = jumped
    return point


def _swept(model: Quadratic, start: Array, low: Array, high: Array) -> tuple[Array, bool]:
    """A few sweeps over the coordinates, and whether the last one moved none. Single numbers are
    lists here: numpy takes ten times as long for them."""
    moved = start - model.center
    curvature, bends = model.curvature.tolist(), model.curvature.diagonal().tolist()
    slopes = (model.slope + model.curvature @ moved).tolist()
    lows, highs = (low - model.center).tolist(), (high - model.center).tolist()
    point: list[float] = moved.tolist()
    furthest = 0.0
    for _ in range(_SWEEPS_A_JUMP):
        furthest = 0.0
        for i, bend in enumerate(bends):
            slope = slopes[i]
            if bend > 1e-12:
                goal = min(max(point[i] - slope / bend, lows[i]), highs[i])
            elif slope != 0.0:
                goal = lows[i] if slope > 0 else highs[i]
            else:
                continue
            step = goal - point[i]
            if step:
                point[i] = goal
                slopes = [s + step * bent for s, bent in zip(slopes, curvature[i], strict=True)]
                furthest = max(furthest, abs(step))
        if furthest < _AT_REST:
            break
    return np.clip(model.center + np.array(point), low, high), furthest < _AT_REST
