"""OPRO (Yang et al. 2023): the model reads scored solutions, best last, and writes a better one."""

from __future__ import annotations

from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.trial import Trial

MOST_TRIALS = 20  # in one prompt, as in the paper
MOST_EXAMPLES = 4


class Opro(LanguageOptimizer):
    """Every candidate is a draw of its own at temperature 1 from the history, next to other
    examples."""

    name = "opro"
    main_prompt = "optim_opro"

    def draft(self) -> Draft:
        leader, base = self.leader, self.base
        turns = self.filled(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            history=self.history(MOST_TRIALS, 0.4),
            examples=self._examples(leader),
        )
        parents = (leader,) if leader else ()
        return Draft(lambda proposer: (proposer.propose(turns, base), ""), parents)

    def _examples(self, leader: Trial | None) -> str:
        """Some examples as the best values answer them; for a function what it said, where it said
        something."""
        if leader is None or not (shown := self.fresh_runs(leader, MOST_EXAMPLES, 0.45)):
            return ""
        where = "do on some examples" if any(run.shown for run in leader.evaluations) else "do"
        return f"How the best values so far {where}:\n\n{shown}\n\n"
