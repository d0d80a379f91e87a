"""What is being optimized: a program with a metric, or a plain function; one run at a time.

Whatever the user's code does becomes an `Evaluation`. Only errors that no other candidate would
escape go through: a spent budget, a missing model, a recording without the reply.
"""

from __future__ import annotations

import inspect
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain
from typing import Any, Protocol

from optwright.errors import (
    BudgetExceeded,
    InputError,
    OptwrightError,
    ReplayMiss,
    StorageError,
    Unavailable,
)
from optwright.optim.feedback import Feedback, from_error, read_feedback
from optwright.optim.nodes import plain_deep
from optwright.optim.parameters import Code, ParameterSpace, Text
from optwright.optim.study.calls import Calls, recording
from optwright.optim.study.printed import printing
from optwright.optim.trial import Evaluation, Values
from optwright.serving.chat import Image

NOT_THE_CANDIDATES_FAULT = (BudgetExceeded, ReplayMiss, StorageError, Unavailable)
SHOWN_CHARS = 4_000  # of an example or an output; a prompt shortens what does not fit
TRACE_TOKENS = 24_000  # of one example, by the upper estimate; as above
COMPARED_CHARS = 1_000  # of an output and what was wanted, to tell how alike they are
TRACEBACK_CHARS = 3_000  # its end
PRINTED_CHARS = 1_000  # of what the program printed, its end


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


Judged = Callable[[Values, Example, Any, float], None]
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
                feedback = read_feedback(awaited(self._function(**checked)))
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
        self._is_read = any(isinstance(parameter, Text | Code) for parameter in space)
        self.judged: Judged | None = None
        """Is told of every output that got a score."""

    def run(self, values: Values, example: Example) -> Evaluation:
        started = time.perf_counter()
        output: Any = None
        fault, calls = "", Calls()
        with self._space.use(values), printing() as printed:
            try:
                with recording(self._program, wanted=self._is_read) as calls:
                    output = self._answer(example.value)
                read = read_feedback(awaited(self._metric(example.value, plain_deep(output))))
                feedback, source = _ranked(read, self._rank), output
                fault = feedback.text if feedback.failed else ""
                if self.judged is not None and read.score is not None and not read.failed:
                    self.judged(values, example, plain_deep(output), read.score)
            except NOT_THE_CANDIDATES_FAULT:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # any fault of the user's code
                feedback, source = from_error(error), error
                fault = _traceback(error)
            trace = _render(source, feedback)
            trace = "\n".join(filter(None, (trace, calls.text()))) if trace else ""
        output = plain_deep(output)
        shown = f"{_shown(example.value)}\n-> {_shown(output)}"
        images = (*_images_in(example.value), *_images_in(output), *feedback.images)
        evaluation = replace(
            _evaluation(feedback, example, started, shown=shown, trace=trace),
            images=tuple(dict.fromkeys(images)) if self._is_read else (),
        )
        near = self._near(example.value, output) if self._is_read else None
        return replace(evaluation, near=near, printed=printed()[-PRINTED_CHARS:], fault=fault)

    def _near(self, example: Any, output: Any) -> float | None:
        """How alike an output and what the example says is wanted are; None where it does not."""
        wanted = self._wanted(example)
        if wanted is None or output is None:
            return None
        found = output if isinstance(output, str) else repr(output)
        pair = found[:COMPARED_CHARS], wanted[:COMPARED_CHARS]
        return round(SequenceMatcher(None, *pair, autojunk=False).ratio(), 4)

    def _wanted(self, example: Any) -> str | None:
        """What the metric has and the program has not: the answer of a pair, the one entry of a
        mapping that is no argument."""
        if isinstance(example, tuple) and len(example) == 2:
            wanted = example[1]
        elif isinstance(example, Mapping) and self._accepts is not None:
            others = [value for key, value in example.items() if key not in self._accepts]
            if len(others) != 1:
                return None
            (wanted,) = others
        else:
            return None
        return wanted if isinstance(wanted, str) else None

    def _answer(self, example: Any) -> Any:  # the user's own types
        if isinstance(example, Mapping):
            accepts = self._accepts
            named = {k: v for k, v in example.items() if accepts is None or k in accepts}
            return awaited(self._program(**named))
        if isinstance(example, tuple) and len(example) == 2:
            return awaited(self._program(example[0]))
        return awaited(self._program(example))


def _render(source: object, feedback: Feedback) -> str:
    """The trace of an output or of an exception, as text; nothing where none was recorded."""
    from optwright.optim.trace import backward

    try:
        trace = backward(source, feedback)
    except InputError:
        return ""
    return trace.render(tokens=TRACE_TOKENS, steps_only=True)


def _traceback(error: BaseException) -> str:
    """Where the user's code raised; nothing where it was a value of a parameter that did, which is
    the candidate's own fault."""
    if isinstance(error, OptwrightError):
        return ""
    return "".join(traceback.format_exception(error))[-TRACEBACK_CHARS:]


def _shown(value: object) -> str:
    """A value as a proposer reads it: the beginning and the end of a long one."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 200]} ... {text[-200:]}"


def _images_in(value: object) -> Iterator[Image]:
    """The pictures in a value, also inside ordinary containers."""
    if isinstance(value, Image):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_images_in, value.values()))
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_images_in, value))


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


def awaited(returned: Any) -> Any:  # the user's own types
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
