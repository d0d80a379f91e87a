"""optwright with the settings that `optwright.solve` has by default."""

from __future__ import annotations

from optwright.benchmarks.teamwork import Optwright, default_team

SYSTEM = Optwright("optwright", default_team)
