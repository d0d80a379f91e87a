"""Adaptive large neighbourhood search on HiGHS, for mixed-integer programs that are hard to prove.

A plain solve races along for the bound and for points of its own; beside it, parts of the best
point are fixed and the rest is solved again, and a bandit learns which of eight ways to choose the
part pays. The idea is that of Balans (Cai, Kadıoğlu and Dilkina, 2024), without a commercial solver
and with a bound.
"""

from __future__ import annotations

from optwright.solvers.backends.alns.engine import Alns


def open_engine() -> Alns:
    return Alns()


def demand() -> None:
    """HiGHS comes with optwright."""
