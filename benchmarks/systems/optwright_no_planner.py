"""Ablation: the full team without a planner, so every draft follows the words alone."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.planner import Planner
from optwright.benchmarks.teamwork import Optwright, full_team

SYSTEM = Optwright(
    "optwright-no-planner", lambda model: replace(full_team(model), planner=Planner(model, 1))
)
