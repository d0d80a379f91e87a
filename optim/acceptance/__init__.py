"""When a change is accepted: tests that survive noise, many tries and looking often."""

from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.acceptance.rule import Acceptance, Comparer, Draw, Verdict

__all__ = ["Acceptance", "Comparer", "Draw", "PairedTest", "Verdict"]
