"""optwright with everything on: planner, code, a model's opinion, feedback."""

from __future__ import annotations

from optwright.benchmarks.teamwork import Optwright, full_team

SYSTEM = Optwright("optwright-full", full_team)
