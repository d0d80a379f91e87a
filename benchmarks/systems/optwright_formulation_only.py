"""Ablation: the full team without the road of code."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.planner import Planner
from optwright.benchmarks.teamwork import PLANS, Optwright, full_team

SYSTEM = Optwright(
    "optwright-formulation-only",
    lambda model: replace(full_team(model), planner=Planner(model, PLANS, code=False)),
)
