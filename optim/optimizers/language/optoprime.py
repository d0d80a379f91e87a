"""OptoPrime (Cheng, Nie, Swaminathan 2024): the trace of a run is the gradient.

One call reads what the program did, step by step, with what was said about it, and updates all
parameters together. Earlier attempts are its memory.
"""

from __future__ import annotations

from optwright.optim.optimizers.language.base import (
    LanguageOptimizer,
    shorten,
    show_example,
    show_schema,
    show_score,
    show_values,
)
from optwright.optim.optimizers.language.proposer import Turns
from optwright.optim.trial import Candidate, Evaluation, Trial
from optwright.prompts import load

MOST_TRACES = 3
TRACE_CHARS = 2_400  # of one run with its trace
MEMORY = 6  # attempts
ATTEMPT_CHARS = 900


class OptoPrime(LanguageOptimizer):
    """Starts from the best values so far; every candidate is a draw of its own."""

    name = "optoprime"

    def ask(self, n: int = 1) -> list[Candidate]:
        parent = latest_or_best(self)
        if parent is None:
            return []
        turns = self._prompt(parent)
        asked: list[Candidate] = []
        for _ in range(n):
            asked += self.new_candidate(self.proposer.propose(turns, parent.values), [parent])
        return asked

    def _prompt(self, parent: Trial) -> Turns:
        return load("optim_optoprime").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            values=show_values(parent.values),
            traces=show_runs(parent, MOST_TRACES, TRACE_CHARS),
            memory=self._memory(parent),
        )

    def _memory(self, parent: Trial) -> str:
        """The latest attempts besides the one in use, each with its score and what was said."""
        others = [trial for trial in self.trials if trial.number != parent.number]
        return "\n\n".join(map(_attempt, others[-MEMORY:])) or "(none)"


def latest_or_best(optimizer: LanguageOptimizer) -> Trial | None:
    """What to improve: the best trial, and while all have failed the latest, since an exception
    is feedback too."""
    return optimizer.leader or (optimizer.trials[-1] if optimizer.trials else None)


def show_runs(trial: Trial, most: int, chars: int) -> str:
    """The worst runs of a trial: failures, then the lowest scores."""
    worst = sorted(trial.evaluations, key=lambda run: (run.score, run.example))[:most]
    return "\n\n".join(_show_run(run, chars) for run in worst) or "(nothing is known)"


def _show_run(run: Evaluation, chars: int) -> str:
    """Input and output, then the trace, which has score and feedback in it; without one, those."""
    if not run.trace:
        return show_example(run, chars)
    return shorten(f"{run.shown}\n{run.trace}".lstrip(), chars)


def _attempt(trial: Trial) -> str:
    said = [show_values(trial.values), f"score: {show_score(trial)}", trial.text]
    return shorten("\n".join(part for part in said if part), ATTEMPT_CHARS)
