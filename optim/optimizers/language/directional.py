"""Directional feedback (Nie et al. 2024): a direction first, then a step along it.

Where the evaluator gives directions they are shown as they are. The model also compares the last
steps and puts a direction into words; a second call turns it into values.
"""

from __future__ import annotations

from optwright.optim.optimizers.language.base import (
    LanguageOptimizer,
    shorten,
    show_schema,
    show_score,
    show_values,
)
from optwright.optim.trial import Candidate, Trial
from optwright.prompts import load

LAST_STEPS = 8
STEP_CHARS = 1_500


class Directional(LanguageOptimizer):
    """Two calls per candidate: one for the direction, one for the step."""

    name = "directional"

    def ask(self, n: int = 1) -> list[Candidate]:
        leader = self.leader
        if leader is None:
            return []
        asked: list[Candidate] = []
        for _ in range(n):
            asked += self._step(leader)
        return asked

    def _step(self, leader: Trial) -> list[Candidate]:
        advice = self._advice()
        if advice is None:
            return []
        turns = load("optim_step").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(leader.values),
            score=show_score(leader),
            advice=advice,
        )
        return self.new_candidate(self.proposer.propose(turns, leader.values), [leader], advice)

    def _advice(self) -> str | None:
        turns = load("optim_direction").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            steps="\n\n".join(map(_show, self.trials[-LAST_STEPS:])),
        )
        return self.proposer.say(turns, temperature=0.7)


def _show(trial: Trial) -> str:
    said = [show_values(trial.values), f"score: {show_score(trial)}", trial.text]
    said += [_arrow(name, sign) for name, sign in trial.direction.items() if sign]
    return shorten("\n".join(part for part in said if part), STEP_CHARS)


def _arrow(name: str, sign: float) -> str:
    return f"{name} should be {'larger' if sign > 0 else 'smaller'}"
