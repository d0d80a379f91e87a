"""OptoPrime (Cheng, Nie, Swaminathan 2024): the trace of a run is the gradient.

One call reads what the program did, step by step, with what was said about it, and updates all
parameters together. Earlier attempts are its memory.
"""

from __future__ import annotations

from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.optimizers.language.memory import show_values

MOST_TRACES = 3
MEMORY = 8  # attempts


class OptoPrime(LanguageOptimizer):
    """Starts from the best values so far; every candidate is a draw of its own."""

    name = "optoprime"
    main_prompt = "optim_optoprime"

    def draft(self) -> Draft | None:
        parent = self.start
        if parent is None:
            return None
        values = parent.values
        turns = self.filled(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(values),
            traces=self.fresh_runs(parent, MOST_TRACES) or "(nothing is known)",
            memory=self.attempts(parent, MEMORY),
        )
        return Draft(lambda proposer: (proposer.propose(turns, values), ""), (parent,))
