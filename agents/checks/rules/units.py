"""Sums of amounts that are measured in different units."""

from __future__ import annotations

from optwright.agents.checks.check import FunctionCheck
from optwright.agents.checks.words import decisions
from optwright.agents.findings import Fault

CHECK = FunctionCheck("units", decisions.units)
FAULT = Fault.UNITS
