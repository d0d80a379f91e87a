"""Directional feedback (Nie et al. 2024): a direction first, then a step along it.

Where the evaluator gives directions they are shown as they are. The model also compares the last
steps and puts a direction into words; a second call turns it into values.
"""

from __future__ import annotations

from collections.abc import Mapping

from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.optimizers.language.memory import show_score, show_values
from optwright.optim.optimizers.language.proposer import Proposer, Turns
from optwright.optim.trial import JSON, Trial

LAST_STEPS = 8
MOST_EXAMPLES = 3


class Directional(LanguageOptimizer):
    """Two calls per candidate: one for the direction, one for the step."""

    name = "directional"
    main_prompt = "optim_step"

    def draft(self) -> Draft | None:
        leader = self.leader
        if leader is None:
            return None
        direction = self.filled(
            "optim_direction",
            goal=self.goal,
            parameters=show_schema(self.space),
            steps=self.attempts(None, LAST_STEPS, 0.5),
            examples=self.fresh_runs(leader, MOST_EXAMPLES, 0.35) or "(there are none)",
        )
        return Draft(lambda proposer: self._step(proposer, direction, leader), (leader,))

    def _step(
        self, proposer: Proposer, direction: Turns, leader: Trial
    ) -> tuple[Mapping[str, JSON] | None, str]:
        advice = proposer.say(direction, temperature=0.7)
        if advice is None:
            return None, ""
        turns = self.written(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(leader.values),
            score=show_score(leader),
            advice=advice,
        )
        return proposer.propose(turns, leader.values), advice


OPTIMIZER = Directional
