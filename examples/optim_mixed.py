"""Different kinds at once: in which order to paint, with which thinner, how fast.

A robot paints parts in several colours. Changing the colour takes cleaning time that depends on
both colours, a thinner that dries fast costs more, and a fast arm spoils parts. The order is a
`Permutation`, the thinner a `Choice`, the speed a `Real`. No language model takes part.

    python examples/optim_mixed.py
"""

from __future__ import annotations

from itertools import pairwise

import optwright as ow
from optwright.optim.results import Minimum

LIGHTNESS = {"white": 9, "yellow": 8, "orange": 6, "red": 5, "green": 4, "blue": 3, "black": 0}
FIRST_ORDER = ["red", "white", "black", "yellow", "blue", "orange", "green"]
PARTS_PER_COLOUR = 40
THINNERS = {"slow": (1.6, 0.0), "normal": (1.0, 6.0), "fast": (0.7, 14.0)}  # drying, price


def minutes(colours: list[str], thinner: str, speed: float) -> float:
    """Time for all parts, with money and spoilt parts turned into minutes."""
    # Light after dark needs the most cleaning.
    cleaning = sum(
        2 + 4 * max(0, LIGHTNESS[b] - LIGHTNESS[a]) + abs(LIGHTNESS[a] - LIGHTNESS[b])
        for a, b in pairwise(colours)
    )
    drying, price = THINNERS[thinner]
    spoilt = PARTS_PER_COLOUR * len(colours) * (speed * drying / 4) ** 3
    painting = PARTS_PER_COLOUR * len(colours) * drying / speed
    return cleaning + painting + price + spoilt


def main() -> Minimum:
    return ow.minimize(
        minutes,
        [
            ow.Permutation("colours", FIRST_ORDER),
            ow.Choice("thinner", "normal", options=list(THINNERS)),
            ow.Real("speed", 1.0, low=0.2, high=4.0),
        ],
        budget=ow.Budget(evaluations=150),
    )


if __name__ == "__main__":
    best = main()
    print(f"{best.values}: {best.score:.1f} min, at first {-best.trials[0].score:.1f}")  # noqa: T201
