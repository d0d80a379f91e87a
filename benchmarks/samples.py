"""Several attempts at each task: the chance that one of k is right, and what most of them say."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, isclose

from optwright.benchmarks.record import Record
from optwright.benchmarks.system import Attempt, Claim


def pass_at(k: int, records: Sequence[Record], rule: str) -> float:
    """The chance that at least one of k attempts is right, estimated from the records of one task
    without bias: 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374).

    Raises `ValueError` for more attempts than there are.
    """
    n = len(records)
    if not 1 <= k <= n:
        raise ValueError(f"pass@{k} needs at least {k} attempts; there are {n}")
    right = sum(record.scores.get(rule, False) for record in records)
    return 1.0 - comb(n - right, k) / comb(n, k)


def majority(records: Sequence[Record]) -> Record | None:
    """The first record of the answer most attempts of one task came to; ties go to the earlier.
    None where no attempt has an answer."""
    answered = [r for r in records if r.attempt.status is not Claim.NONE]
    if not answered:
        return None
    votes = [sum(_agree(r.attempt, other.attempt) for other in answered) for r in answered]
    return answered[votes.index(max(votes))]


def _agree(a: Attempt, b: Attempt) -> bool:
    if a.status is not b.status:
        return False
    if a.objective is None or b.objective is None:
        return a.objective is b.objective
    return isclose(a.objective, b.objective, rel_tol=1e-6, abs_tol=1e-6)
