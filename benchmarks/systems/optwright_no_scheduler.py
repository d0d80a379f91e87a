"""Ablation: the full team without a scheduler; branches take turns, whatever they earned."""

from __future__ import annotations

from dataclasses import replace

from optwright.benchmarks.teamwork import IN_TURN, Optwright, full_team

SYSTEM = Optwright(
    "optwright-no-scheduler", lambda model: replace(full_team(model), scheduler=IN_TURN)
)
