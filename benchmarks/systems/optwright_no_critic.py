"""Ablation: the full team without a critic; only what the solver ended in counts."""

from __future__ import annotations

from dataclasses import replace

from optwright.benchmarks.teamwork import OnlyOutcomes, Optwright, full_team

SYSTEM = Optwright(
    "optwright-no-critic", lambda model: replace(full_team(model), critic=OnlyOutcomes())
)
