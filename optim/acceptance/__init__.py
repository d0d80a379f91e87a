"""When a change is accepted: tests that survive noise, many tries and looking often."""

from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.acceptance.rule import Acceptance, Comparison, Draw, Verdict

__all__ = ["Acceptance", "Comparison", "Draw", "PairedTest", "Verdict"]
