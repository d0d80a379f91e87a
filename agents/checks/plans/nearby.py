"""Plans near the best one of a model that is not linear: tried, not searched for.

No solver is asked for a plan that misses one limit of a nonlinear model; points around the best
one are drawn, and the draft itself says what each of them keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from optwright.errors import OptwrightError
from optwright.solvers.backends.point_evaluation import PointEvaluation

DRAWN = 300
_FACTORS = (0.0, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 2.0)
_STEPS = (-1.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
SEEN = 0.03
"""How far a limit must be missed for a reader to see it."""

Point = dict[str, float]


def nearby(
    best: Mapping[str, float],
    elements: Sequence[str],
    whole: frozenset[str],
    rng: np.random.Generator,
) -> Iterator[Point]:
    """Points around the best plan: one element changed, then several."""

    def tidy(element: str, value: float) -> float:
        return float(round(value)) if element in whole else float(f"{value:.4g}")

    for element in elements:
        now = best.get(element, 0.0)
        for factor in _FACTORS:
            yield {**best, element: tidy(element, now * factor)}
        for step in _STEPS:
            yield {**best, element: tidy(element, now + step)}
    for _ in range(DRAWN):
        factors = np.exp(rng.normal(0.0, 0.5, len(elements)))
        yield {
            e: tidy(e, best.get(e, 0.0) * float(f)) for e, f in zip(elements, factors, strict=True)
        }


def sorted_out(
    draft: PointEvaluation, points: Iterator[Point]
) -> tuple[dict[str, list[Point]], list[Point]]:
    """Points that miss a limit, by its element, those that miss no other if there are any; and
    points that the draft allows. Those that miss it by least come first. Negative amounts are left
    out: nobody reads them as plans."""
    alone: dict[str, list[tuple[float, Point]]] = {}
    among: dict[str, list[tuple[float, Point]]] = {}
    allowed: list[Point] = []
    for point in points:
        if any(value < 0 for value in point.values()):
            continue
        try:
            missed = draft.misses(point)
        except OptwrightError:
            continue  # a division by zero is no plan
        if not missed:
            allowed.append(point)
        for miss in missed:
            if miss.by > SEEN:
                kind = alone if len(missed) == 1 else among
                kind.setdefault(miss.element, []).append((miss.by, point))
    nearest = {
        element: [point for _, point in sorted(missed, key=lambda pair: pair[0])]
        for element, missed in {**among, **alone}.items()
    }
    return nearest, allowed
