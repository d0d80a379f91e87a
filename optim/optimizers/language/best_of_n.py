"""Best of N: independent proposals from the first values, without a memory.

The baseline that every search with a language model has to beat, and many do not (a comparison of
30 harnesses over 3.1 million rollouts found most of them below it).
"""

from __future__ import annotations

from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.optimizers.language.memory import show_values
from optwright.optim.trial import Trial

MOST_EXAMPLES = 4


class BestOfN(LanguageOptimizer):
    """Every candidate is a draw of its own from the first values and some examples of them."""

    name = "best_of_n"
    main_prompt = "optim_best_of_n"

    def draft(self) -> Draft:
        first = self._first()
        values = self.space.initial if first is None else first.values
        turns = self.filled(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(values),
            examples=(self.fresh_runs(first, MOST_EXAMPLES) if first else "") or "(none)",
        )
        parents = () if first is None else (first,)
        return Draft(lambda proposer: (proposer.propose(turns, values), ""), parents)

    def _first(self) -> Trial | None:
        return self.trials[0] if self.trials else None
