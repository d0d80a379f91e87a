"""TextGrad (Yuksekgonul et al. 2024): a gradient in words for each variable, then a step.

A gradient says how one variable should change, given runs of the program and what was said about
them. The step follows all gradients at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.optimizers.language.memory import shorten, show_values
from optwright.optim.optimizers.language.proposer import Proposer, Turns
from optwright.optim.trial import JSON, Trial, Values

MOST_RUNS = 4
GRADIENT_CHARS = 2_000
MOST_EARLIER = 6


class TextGrad(LanguageOptimizer):
    """For each candidate one call per variable, and one for the step from the best values."""

    name = "textgrad"
    main_prompt = "optim_textgrad_step"

    def draft(self) -> Draft | None:
        parent = self.start
        if parent is None:
            return None
        runs = self.fresh_runs(parent, MOST_RUNS) or "(nothing is known)"
        gradients = {name: self._gradient(name, parent, runs) for name in self.space.names}
        earlier = self.attempts(parent, MOST_EARLIER)
        return Draft(
            lambda proposer: self._step(proposer, parent.values, gradients, earlier), (parent,)
        )

    def _gradient(self, name: str, parent: Trial, runs: str) -> Turns:
        others = {key: value for key, value in parent.values.items() if key != name}
        return self.filled(
            "optim_textgrad_gradient",
            goal=self.goal,
            name=name,
            value=str(parent.values[name]),
            others=show_values(others) if others else "(there are none)",
            runs=runs,
        )

    def _step(
        self, proposer: Proposer, values: Values, prompts: Mapping[str, Turns], earlier: str
    ) -> tuple[Mapping[str, JSON] | None, str]:
        """What to change in each variable, one without a usable reply left out, and then all."""
        said = {name: proposer.say(turns, temperature=0.7) for name, turns in prompts.items()}
        gradients = {name: shorten(words, GRADIENT_CHARS) for name, words in said.items() if words}
        if not gradients:
            return None, ""
        shown = "\n\n".join(f"{name}:\n{words}" for name, words in gradients.items())
        turns = self.written(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(values),
            gradients=shown,
            earlier=earlier,
        )
        return proposer.propose(turns, values), shown


OPTIMIZER = TextGrad
