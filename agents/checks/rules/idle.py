"""Decisions that nothing limits and nothing pays for."""

from __future__ import annotations

from optwright.agents.checks.check import FunctionCheck
from optwright.agents.checks.words import decisions
from optwright.agents.findings import Fault

CHECK = FunctionCheck("idle", decisions.idle)
FAULT = Fault.IDLE_DECISION
