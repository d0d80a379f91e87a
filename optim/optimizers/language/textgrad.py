"""TextGrad (Yuksekgonul et al. 2024): a gradient in words for each variable, then a step.

A gradient says how one variable should change, given runs of the program and what was said about
them. The step follows all gradients at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from optwright.optim.optimizers.language.base import (
    LanguageOptimizer,
    shorten,
    show_history,
    show_schema,
    show_values,
)
from optwright.optim.optimizers.language.optoprime import latest_or_best, show_runs
from optwright.optim.trial import Candidate, Trial
from optwright.prompts import load

MOST_RUNS = 4
RUN_CHARS = 1_600
GRADIENT_CHARS = 2_000
MOST_EARLIER = 5


class TextGrad(LanguageOptimizer):
    """For each candidate one call per variable, and one for the step from the best values."""

    name = "textgrad"

    def ask(self, n: int = 1) -> list[Candidate]:
        parent = latest_or_best(self)
        if parent is None:
            return []
        asked: list[Candidate] = []
        for _ in range(n):
            asked += self._step(parent)
        return asked

    def _step(self, parent: Trial) -> list[Candidate]:
        gradients = self._gradients(parent)
        if not gradients:
            return []
        shown = "\n\n".join(f"{name}:\n{words}" for name, words in gradients.items())
        turns = load("optim_textgrad_step").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(parent.values),
            gradients=shown,
            earlier=show_history(self.trials, MOST_EARLIER),
        )
        return self.new_candidate(self.proposer.propose(turns, parent.values), [parent], shown)

    def _gradients(self, parent: Trial) -> Mapping[str, str]:
        """What to change in each variable; a variable without a usable reply is left out."""
        said = {name: self._gradient(name, parent) for name in self.space.names}
        return {name: shorten(words, GRADIENT_CHARS) for name, words in said.items() if words}

    def _gradient(self, name: str, parent: Trial) -> str | None:
        others = {key: value for key, value in parent.values.items() if key != name}
        turns = load("optim_textgrad_gradient").fill(
            goal=self.goal,
            name=name,
            value=str(parent.values[name]),
            others=show_values(others) if others else "(there are none)",
            runs=show_runs(parent, MOST_RUNS, RUN_CHARS),
        )
        return self.proposer.say(turns, temperature=0.7)
