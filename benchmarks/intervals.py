"""How sure one can be of a difference between two systems. Needs SciPy (the extra `bench`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optwright.errors import ExtraMissing, InputError

RESAMPLES = 10_000
SEED = 20_240_601  # of the bootstrap: a report is the same each time


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Two systems on the same problems. `difference` is the first's share of right answers less
    the second's, with a paired bootstrap's 95 % interval; `p_value` is McNemar's exact test of
    the problems that only one of them got right."""

    both: int
    only_first: int
    only_second: int
    neither: int
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def of(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither


def compare(first: Sequence[bool], second: Sequence[bool]) -> PairedComparison:
    """Compare answers to the same problems, in the same order.

    >>> compare([True] * 8 + [False] * 2, [True] * 2 + [False] * 8).p_value
    0.03125
    """
    if len(first) != len(second) or not first:
        raise InputError(
            f"{len(first)} and {len(second)} answers cannot be compared",
            hint="both systems must have tried the same problems",
        )
    pairs = list(zip(first, second, strict=True))
    only_first, only_second = pairs.count((True, False)), pairs.count((False, True))
    low, high = _bootstrap(first, second)
    return PairedComparison(
        both=pairs.count((True, True)),
        only_first=only_first,
        only_second=only_second,
        neither=pairs.count((False, False)),
        difference=(only_first - only_second) / len(pairs),
        low=low,
        high=high,
        p_value=_mcnemar(only_first, only_second),
    )


def _mcnemar(only_first: int, only_second: int) -> float:
    """The exact test: which of the two got a problem that only one got is a fair coin."""
    if not only_first + only_second:
        return 1.0
    return float(_stats().binomtest(only_first, only_first + only_second).pvalue)


def _bootstrap(first: Sequence[bool], second: Sequence[bool]) -> tuple[float, float]:
    """Percentiles of the mean difference over resampled problems."""
    import numpy as np

    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    if (differences == differences[0]).all():
        return float(differences[0]), float(differences[0])
    found = _stats().bootstrap(
        (differences,),
        np.mean,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _stats() -> Any:
    try:
        from scipy import stats
    except ImportError:
        raise ExtraMissing("scipy", "bench") from None
    return stats
