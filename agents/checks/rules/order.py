"""Numbers that go to others than the order of the text says."""

from __future__ import annotations

from optwright.agents.checks.check import FunctionCheck
from optwright.agents.checks.words import order

CHECK = FunctionCheck("order", order.crossed)
