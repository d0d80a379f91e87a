"""How a packing of circles is scored: exactly, in rationals, as its numbers stand.

Anything that overlaps or sticks out by the last bit of a double is no packing.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import isfinite
from typing import Any

GOAL = (
    "Place 26 circles in the unit square so that they do not overlap and the sum of their radii is "
    "as large as possible. circles() returns a list of [x, y, radius]. The best sum known is "
    "2.63598."
)
COUNT = 26
SECONDS = 100.0
FUNCTIONS = ("circles",)
PRELOAD = ("numpy", "scipy.optimize", "scipy.sparse")


def evaluate(program: Any) -> tuple[float, str]:
    """The sum of the radii of a packing that is one; anything else is an error."""
    return judge(program.circles())


def judge(found: object) -> tuple[float, str]:
    circles = _read(found)
    faults = [
        f"circle {i} sticks out of the square"
        for i, (x, y, r) in enumerate(circles)
        if r < 0 or x - r < 0 or y - r < 0 or x + r > 1 or y + r > 1
    ]
    faults += [
        f"circles {i} and {j} overlap"
        for (i, a), (j, b) in combinations(enumerate(circles), 2)
        if (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 < (a[2] + b[2]) ** 2
    ]
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise ValueError("; ".join(faults[:5]) + more)
    total = float(sum(r for _, _, r in circles))
    smallest = min(float(r) for _, _, r in circles)
    return total, f"sum of radii {total:.10f}, the smallest circle has {smallest:.4f}"


def _read(found: object) -> list[tuple[Fraction, Fraction, Fraction]]:
    if not isinstance(found, list) or len(found) != COUNT:
        raise ValueError(f"circles() has to return a list of {COUNT} circles")
    if not all(isinstance(c, list) and len(c) == 3 for c in found):
        raise ValueError("a circle is [x, y, radius]")
    if not all(isinstance(v, int | float) and isfinite(v) for c in found for v in c):
        raise ValueError("a circle has three finite numbers")
    return [(Fraction(x), Fraction(y), Fraction(r)) for x, y, r in found]
