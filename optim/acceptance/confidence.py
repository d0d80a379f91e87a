"""Evidence from bounded scores: e-values against "no better", and intervals for a mean.

Both follow Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting"
(JRSS B 86, 2024): a gambler who cannot expect to win under the hypothesis has won so much that it
cannot be believed. They hold for any number of scores and whenever one stops looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, fsum, log, log1p, sqrt
from statistics import NormalDist, fmean, stdev

from optwright.errors import InputError

Bounds = tuple[float, float]

_STAKES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Shares of the capital that are bet, side by side, so that small and large effects both pay."""


def e_value(differences: Iterable[float]) -> float:
    """Evidence that differences, each from -1 to 1, have a mean above 0.

    When the mean of each, given those before, is not above 0, the expectation is at most 1
    wherever one stops: a value of 20 comes up in at most one of 20 such sequences.

    >>> round(e_value([1.0] * 5), 1), round(e_value([1.0, -1.0] * 5), 1)
    (7.9, 0.5)
    """
    known = list(differences)
    logs = (fsum(log1p(stake * d) for d in known) for stake in _STAKES)
    return fmean(exp(min(capital, 700.0)) for capital in logs)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and limits that hold it with `confidence`. `exact` limits hold for any number of
    scores; others lean on the central limit."""

    mean: float
    low: float
    high: float
    count: int
    confidence: float = 0.95
    exact: bool = True

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def interval(
    scores: Sequence[float], bounds: Bounds | None = (0.0, 1.0), confidence: float = 0.95
) -> Interval:
    """The mean of independent scores between `bounds`, with limits for it.

    With bounds of None, a range nobody knows, the limits are those of Student's t, which need
    two scores and a few dozen to be trusted.
    """
    if len(scores) < (1 if bounds else 2):
        raise InputError(f"no interval can be given for {len(scores)} scores")
    mean = fmean(scores)
    if bounds is None:
        half = _student(len(scores) - 1, confidence) * stdev(scores) / sqrt(len(scores))
        return Interval(mean, mean - half, mean + half, len(scores), confidence, exact=False)
    low, width = bounds[0], bounds[1] - bounds[0]
    unit = [(inside(score, bounds) - low) / width for score in scores]
    ends = _betting_limits(unit, 1.0 - confidence)
    return Interval(mean, low + width * ends[0], low + width * ends[1], len(scores), confidence)


def inside(score: float, bounds: Bounds) -> float:
    """The score; `InputError` where it is outside the bounds it was said to have."""
    if not bounds[0] <= score <= bounds[1]:
        raise InputError(
            f"score {score!r} is outside [{bounds[0]!r}, {bounds[1]!r}]",
            hint="give the range of the metric as bounds, or bounds=None if it has none",
        )
    return score


def _betting_limits(scores: Sequence[float], alpha: float) -> tuple[float, float]:
    """All means between 0 and 1 that a gambler could not make believable money against."""
    bets = _bets(scores, alpha)
    threshold = log(2.0 / alpha)

    def is_refuted(mean: float, sign: float) -> bool:
        # Half of the capital bets on more than `mean`, half on less; a stake never risks it all.
        most = 0.75 / max(mean if sign > 0 else 1.0 - mean, 1e-12)
        capital = (
            log1p(sign * min(b, most) * (s - mean)) for s, b in zip(scores, bets, strict=True)
        )
        return fsum(capital) >= threshold

    low = _edge(lambda m: is_refuted(m, 1.0), fmean(scores), 0.0)
    high = _edge(lambda m: is_refuted(m, -1.0), fmean(scores), 1.0)
    return low, high


def _bets(scores: Sequence[float], alpha: float) -> list[float]:
    """What to stake on each score, from those before it (the paper's predictable plug-in for a
    fixed number of scores)."""
    bets = []
    total, spread = 0.5, 0.25
    for index, score in enumerate(scores):
        variance = spread / (index + 1)
        bets.append(sqrt(2.0 * log(2.0 / alpha) / (len(scores) * variance)))
        total += score
        spread += (score - total / (index + 2)) ** 2
    return bets


def _edge(is_refuted: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where refutation begins between a mean that is believable and one that may not be."""
    if not is_refuted(outside):
        return outside
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if is_refuted(middle) else (middle, outside)
    return outside


def _student(freedom: int, confidence: float) -> float:
    """The quantile of Student's t, by its expansion about the normal (Fisher and Cornish)."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
