"""Ablation: the full team, with code written for every plan and no formulation."""

from __future__ import annotations

from dataclasses import replace

from optwright.benchmarks.teamwork import PLANS, OnlyCode, Optwright, full_team

SYSTEM = Optwright(
    "optwright-code-only", lambda model: replace(full_team(model), planner=OnlyCode(model, PLANS))
)
