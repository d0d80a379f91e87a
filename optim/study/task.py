"""What is being optimized: a program with a metric, or a plain function; one run at a time.

Whatever the user's code does becomes an `Evaluation`. Only errors that no other candidate would
escape go through: a spent budget, a missing model, a recording without the reply.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from optwright.errors import BudgetExceeded, InputError, ReplayMiss, StorageError, Unavailable
from optwright.optim.feedback import Feedback, from_error, read_feedback
from optwright.optim.nodes import plain_deep
from optwright.optim.parameters import ParameterSpace
from optwright.optim.trial import Evaluation, Values

NOT_THE_CANDIDATES_FAULT = (BudgetExceeded, ReplayMiss, StorageError, Unavailable)
SHOWN_CHARS = 800  # of an example or an output, for proposers
TRACE_TOKENS = 600  # of one example; a proposer shows several


@dataclass(frozen=True, slots=True)
class Example:
    """One example and its key, which is equal for equal examples in every process."""

    key: str
    value: Any
    repeat: int = 0
    """Tells fresh runs of one example apart."""

    @property
    def run(self) -> str:
        """What one run is kept under."""
        return self.key if self.repeat == 0 else f"{self.key}#{self.repeat}"


NO_EXAMPLE = Example("", None)
"""What a plain function is evaluated on."""


Rank = Callable[[Mapping[str, float]], float]
"""One number, higher for better, for a vector of scores as the user's code gave them."""


class Task(Protocol):
    """Something that can be run with some values on some example."""

    name: str

    def run(self, values: Values, example: Example) -> Evaluation: ...


class FunctionTask:
    """A function of the parameters, to be minimized."""

    def __init__(
        self, function: Callable[..., Any], space: ParameterSpace, rank: Rank | None = None
    ) -> None:
        self.name = _name(function)
        self._function, self._space, self._rank = function, space, rank

    def run(self, values: Values, example: Example) -> Evaluation:
        started = time.perf_counter()
        with self._space.use(values) as checked:
            try:
                feedback = read_feedback(_awaited(self._function(**checked)))
            except NOT_THE_CANDIDATES_FAULT:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # any fault of the user's code
                feedback = from_error(error)
        return _evaluation(_minimized(feedback, self._rank), example, started)


class ProgramTask:
    """A program that answers examples, and a metric that judges the answers, to be maximized.

    A mapping gives the arguments that its keys name, a pair (input, answer) its input, and any
    other example is passed whole. The trace of a traced program is kept as text.
    """

    def __init__(
        self,
        program: Callable[..., Any],
        metric: Callable[[Any, Any], Any],
        space: ParameterSpace,
        rank: Rank | None = None,
    ) -> None:
        self.name = _name(program)
        self._program, self._metric, self._space, self._rank = program, metric, space, rank
        self._accepts = _keywords(program)

    def run(self, values: Values, example: Example) -> Evaluation:
        started = time.perf_counter()
        output: Any = None
        with self._space.use(values):
            try:
                output = self._answer(example.value)
                judged = _awaited(self._metric(example.value, plain_deep(output)))
                feedback, source = _ranked(read_feedback(judged), self._rank), output
            except NOT_THE_CANDIDATES_FAULT:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # any fault of the user's code
                feedback, source = from_error(error), error
            trace = _render(source, feedback)
        shown = f"{_shown(example.value)}\n-> {_shown(plain_deep(output))}"
        return _evaluation(feedback, example, started, shown=shown, trace=trace)

    def _answer(self, example: Any) -> Any:  # the user's own types
        if isinstance(example, Mapping):
            accepts = self._accepts
            named = {k: v for k, v in example.items() if accepts is None or k in accepts}
            return _awaited(self._program(**named))
        if isinstance(example, tuple) and len(example) == 2:
            return _awaited(self._program(example[0]))
        return _awaited(self._program(example))


def _render(source: object, feedback: Feedback) -> str:
    """The trace of an output or of an exception, as text; nothing where none was recorded."""
    from optwright.optim.trace import backward

    try:
        trace = backward(source, feedback)
    except InputError:
        return ""
    return trace.render(tokens=TRACE_TOKENS)


def _shown(value: object) -> str:
    """A value as a proposer reads it: the beginning and the end of a long one."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 200]} ... {text[-200:]}"


def _ranked(feedback: Feedback, rank: Rank | None) -> Feedback:
    """The feedback with one score for the vector of them, where a rank is given."""
    if rank is None or feedback.failed:
        return feedback
    return replace(feedback, score=rank(feedback.scores))


def _minimized(feedback: Feedback, rank: Rank | None) -> Feedback:
    """The feedback of a function to be minimized, with scores turned higher-is-better. Ranked
    scores are: what they lack of the best rank, 1, is what is minimized."""
    if feedback.score is None or feedback.failed:
        return feedback
    score = -feedback.score if rank is None else rank(feedback.scores) - 1.0
    scores = {name: -value for name, value in feedback.scores.items()}
    return replace(feedback, score=score, scores=scores)


def _evaluation(
    feedback: Feedback, example: Example, started: float, *, shown: str = "", trace: str = ""
) -> Evaluation:
    missing = feedback.score is None
    return Evaluation(
        score=float("-inf") if feedback.score is None else feedback.score,
        text=f"the metric gave no score; {feedback.text}" if missing else feedback.text,
        direction=dict(feedback.direction),
        scores=dict(feedback.scores),
        example=example.key,
        shown=shown,
        trace=trace,
        seconds=time.perf_counter() - started,
    )


def _awaited(returned: Any) -> Any:  # the user's own types
    """What a sync or an async call comes to. Every run has a thread, so it can have a loop."""
    if not inspect.isawaitable(returned):
        return returned

    import asyncio

    async def wait() -> Any:  # as above
        return await returned

    return asyncio.run(wait())


def _keywords(program: Callable[..., Any]) -> frozenset[str] | None:
    """The names a call may use; None is any."""
    try:
        parameters = inspect.signature(program).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))
