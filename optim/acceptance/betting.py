"""Evidence from paired scores that may be looked at whenever one likes.

A gambler bets on every difference, before it is seen, that it will be above zero. Under the
hypothesis that the mean is not, the capital cannot be expected to grow, so a capital of 20 is
reached in at most one of 20 such games, wherever one stops (Waudby-Smith and Ramdas, "Estimating
means of bounded random variables by betting", JRSS B 86, 2024; Ville's inequality).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, fsum, log, log1p
from statistics import fmean

MOST_STAKE = 0.75
"""Of the capital on one difference: more would be ruined by a single loss (the paper's bound)."""
STAKES = 8
"""Fixed stakes side by side, in equal ratios, that carry what the plug-in stake misses."""
PRIOR_SPREAD = 0.25
"""Mean square of a difference before any is known; one observation's worth."""
LEARNT_WEIGHT = 0.5
"""What a difference counts that was seen where the candidate was chosen: it flatters."""
_LONGEST = 700.0
"""The largest logarithm that `exp` takes."""


def capital(
    differences: Sequence[float], learnt: Sequence[float] = (), least: float = 0.05
) -> float:
    """Evidence that differences, each from -1 to 1, have a mean above 0; at most 1 is expected
    when they have not, each given those before.

    Half of the capital follows the mean and the spread seen so far (`learnt` are differences known
    before the game, such as those in training), half lies on fixed stakes from `least` up, so that
    an effect unlike the ones before pays as well.

    >>> round(capital([1.0] * 7), 1), round(capital([1.0, -1.0] * 6), 2)
    (19.9, 0.37)
    """
    return 0.5 * (_plug_in(differences, learnt) + _mixed(differences, least))


def least_stake(needed: float, count: int) -> float:
    """The smallest stake that could bring `needed` with `count` differences; smaller ones would
    only take from the others. Fixed before the game, so it costs no validity."""
    smallest: float = needed ** (1.0 / max(1, count)) - 1.0
    return min(max(smallest, 0.01), MOST_STAKE)


def most_capital(count: int, gain: float, least: float) -> float:
    """The evidence of `count` differences that are all `gain`, with nothing learnt before."""
    return capital([gain] * count, (), least)


def _plug_in(differences: Sequence[float], learnt: Sequence[float]) -> float:
    """Stakes that would have grown fastest on what was seen until then: mean over mean square."""
    weight = 1.0 + LEARNT_WEIGHT * len(learnt)
    total = LEARNT_WEIGHT * fsum(learnt)
    square = PRIOR_SPREAD + LEARNT_WEIGHT * fsum(d * d for d in learnt)
    grown = 0.0
    for difference in differences:
        mean, spread = total / weight, square / weight
        stake = min(max(mean / spread, 0.0), MOST_STAKE)
        grown += log1p(stake * difference)
        weight += 1.0
        total += difference
        square += difference * difference
    return exp(min(grown, _LONGEST))


def _mixed(differences: Sequence[float], least: float) -> float:
    logs = (fsum(log1p(stake * d) for d in differences) for stake in _grid(least))
    return fmean(exp(min(grown, _LONGEST)) for grown in logs)


@lru_cache(maxsize=256)
def _grid(least: float) -> tuple[float, ...]:
    ratio = log(MOST_STAKE / least)
    return tuple(least * exp(ratio * step / (STAKES - 1)) for step in range(STAKES))
