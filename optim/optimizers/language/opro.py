"""OPRO (Yang et al. 2023): the model reads scored solutions, best last, and writes a better one."""

from __future__ import annotations

from optwright.optim.optimizers.language.base import (
    LanguageOptimizer,
    show_example,
    show_history,
    show_schema,
)
from optwright.optim.optimizers.language.proposer import Turns
from optwright.optim.trial import Candidate, Trial
from optwright.prompts import load

MOST_TRIALS = 20  # in one prompt, as in the paper
MOST_EXAMPLES = 3


class Opro(LanguageOptimizer):
    """Every candidate is a draw of its own at temperature 1 from the same history."""

    name = "opro"

    def ask(self, n: int = 1) -> list[Candidate]:
        turns, leader = self._prompt(), self.leader
        parents = [leader] if leader else []
        asked: list[Candidate] = []
        for _ in range(n):
            asked += self.new_candidate(self.proposer.propose(turns, self.base), parents)
        return asked

    def _prompt(self) -> Turns:
        return load("optim_opro").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            history=show_history(self.trials, MOST_TRIALS),
            examples=_examples(self.leader),
        )


def _examples(leader: Trial | None) -> str:
    """Some examples as the best values answer them, the worst first; for a function what it said,
    where it said something."""
    runs = leader.evaluations if leader else ()
    seen = [run for run in runs if run.shown] or [run for run in runs if run.text]
    worst = sorted(seen, key=lambda run: (run.score, run.example))[:MOST_EXAMPLES]
    if not worst:
        return ""
    shown = "\n\n".join(map(show_example, worst))
    where = "do on some examples" if worst[0].shown else "do"
    return f"How the best values so far {where}:\n\n{shown}\n\n"
