"""What the optimizers that ask a language model share: the trials they know, and how they show
them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from optwright.optim.optimizer import Dice, Setting
from optwright.optim.optimizers.language.proposer import Proposer
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.parameters import ParameterSpace
from optwright.optim.trial import JSON, Candidate, Evaluation, Trial, Values, best

HISTORY_CHARS = 8_000  # of scored values in one prompt
EXAMPLE_CHARS = 1_200  # of one example with its output, feedback and trace


class LanguageOptimizer:
    """The common half of `Optimizer` for language models: everything but `ask`."""

    name = ""

    def __init__(self, setting: Setting) -> None:
        self.space = setting.space
        self.goal = setting.goal or "Make the score as high as possible."
        self.dice = Dice(setting.seed, self.name)
        self.proposer = Proposer(setting, self.name)
        self.trials: list[Trial] = []
        self._seen: set[str] = set()

    @property
    def replies(self) -> Replies:
        return self.proposer.replies

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.trials.append(trial)
            self._seen.add(self.space.key(trial.values))

    def state(self) -> JSON:
        return {"rolled": self.dice.rolled, "proposer": self.proposer.state()}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self.trials, self._seen = [], set()
        self.tell(trials)
        self.dice.rolled = state["rolled"]
        self.proposer.restore(state["proposer"])

    @property
    def leader(self) -> Trial | None:
        return best(self.trials)

    @property
    def base(self) -> Values:
        leader = self.leader
        return self.space.initial if leader is None else leader.values

    def new_candidate(
        self, values: Values | None, parents: Iterable[Trial], note: str = ""
    ) -> list[Candidate]:
        """The candidate, or nothing where there are no values or they were tried before."""
        if values is None or (key := self.space.key(values)) in self._seen:
            return []
        self._seen.add(key)
        numbers = tuple(trial.number for trial in parents)
        return [Candidate(values, self.name, numbers, note[:500])]


def show_values(values: Values) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def show_schema(space: ParameterSpace) -> str:
    """What each parameter may be, one per line."""
    lines = (f"{p.name}: {json.dumps(p.schema(), ensure_ascii=False)}" for p in space)
    return "\n".join(lines)


def show_score(trial: Trial) -> str:
    return "failed" if trial.failed else f"{trial.score:.6g}"


def show_history(trials: Sequence[Trial], most: int, chars: int = HISTORY_CHARS) -> str:
    """The best trials, worst of them first; as many as fit into `chars`."""
    ranked = sorted((t for t in trials if not t.failed), key=lambda t: (t.score, -t.number))
    lines: list[str] = []
    for trial in reversed(ranked[-most:]):
        line = f"{show_values(trial.values)}\nscore: {show_score(trial)}"
        if lines and sum(map(len, lines)) + len(line) > chars:
            break
        lines.append(line)
    return "\n\n".join(reversed(lines)) or "(nothing was tried yet)"


def show_example(evaluation: Evaluation, chars: int = EXAMPLE_CHARS) -> str:
    """One example as it went: input and output, score, feedback, and the trace where there is
    one."""
    score = "failed" if evaluation.failed else f"{evaluation.score:.4g}"
    parts = [evaluation.shown, f"score: {score}", evaluation.text, evaluation.trace]
    return shorten("\n".join(part for part in parts if part), chars)


def shorten(text: str, chars: int) -> str:
    """The beginning and the end of a long text, with a mark of how much is left out."""
    if len(text) <= chars:
        return text
    half = chars // 2 - 20
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"
