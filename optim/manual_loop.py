"""The loop by hand, as in PyTorch: run the program, go `backward`, `step`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from optwright.errors import InputError
from optwright.optim.optimizers.language.replies import Replies, replies_of
from optwright.optim.parameters import ParameterSpace, Tunable
from optwright.optim.study.runs import RunStore
from optwright.optim.study.setup import Opener, ProposerSettings, open_proposer
from optwright.optim.study.validation import as_space, demand_directions
from optwright.optim.trace import Trace
from optwright.optim.trial import Evaluation, Suggestion, Trial, as_json, best
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel

TRACE_TOKENS = 8000
SHOWN_CHARS = 4000  # of an output


class Stepper:
    """An optimizer that changes the parameters in place, one `step` at a time.

    >>> from optwright.optim.parameters import Real
    >>> from optwright.optim.trace import backward
    >>> x = Real("x", 1.0, low=0.0, high=10.0)
    >>> stepper = Stepper([x], optimizer="rprop")
    >>> for _ in range(12):
    ...     distance = abs(x - 7)
    ...     trace = backward(distance, score=-distance.value, direction={"x": 7 - x.value})
    ...     _ = stepper.step(trace)
    >>> stepper.best.score > -1.0
    True

    Nothing is tested here: every step is taken as proposed. `best` is the best trial so far.
    """

    def __init__(
        self,
        parameters: Iterable[Tunable[Any]] | ParameterSpace,
        optimizer: Opener = "optoprime",
        *,
        model: str | ChatModel | None = None,
        budget: Budget | None = None,
        seed: int = 0,
        goal: str = "",
    ) -> None:
        self.space = as_space(parameters)
        self.account = Account(budget or Budget())
        kept_nowhere = RunStore(None)
        means = ProposerSettings(model, goal)
        self.optimizer = open_proposer(
            optimizer, means, self.space, self.account, kept_nowhere, seed=seed
        )
        self.trials: list[Trial] = []

    @property
    def replies(self) -> Replies | None:
        """How many replies of the model could be used; None without a model."""
        return replies_of(self.optimizer)

    def step(self, *traces: Trace) -> bool:
        """Tell what came of the values in use, one trace per run, and take the next ones.

        Returns whether there were next ones: a model may give no usable reply, and then the values
        stay. Feedback without a score counts as better than all before it, so that words alone
        lead on from the values in use.
        """
        if not traces:
            raise InputError("a step needs at least one trace", hint="give what backward returns")
        trial = self._trial(traces)
        self.trials.append(trial)
        self.optimizer.tell([trial])
        demand_directions(self.optimizer, self.trials)
        proposed = self.optimizer.ask(1)
        if proposed:
            self.space.update(proposed[0].values)
        return bool(proposed)

    def _trial(self, traces: Iterable[Trace]) -> Trial:
        number = len(self.trials)
        runs = tuple(_run(place, trace, float(number)) for place, trace in enumerate(traces))
        score = sum(run.score for run in runs) / len(runs)
        return Trial(number, Suggestion(as_json(self.space.values), "by hand"), score, runs)

    @property
    def best(self) -> Trial | None:
        """The trial with the highest score; None before the first step or when all failed."""
        return best(self.trials)


def _run(place: int, trace: Trace, otherwise: float) -> Evaluation:
    feedback = trace.feedback
    return Evaluation(
        score=otherwise if feedback.score is None else feedback.score,
        text=feedback.text,
        direction=dict(feedback.direction),
        scores=dict(feedback.scores),
        example=str(place),
        shown="" if trace.feedback.failed else f"-> {trace.output.value!r}"[:SHOWN_CHARS],
        trace=trace.render(tokens=TRACE_TOKENS, steps_only=True),
    )
