"""Evaluating a program with the user's harness: what it comes to and what is said about it.

The harness is `evaluate(program)`, or `evaluate(program, example)`, an ordinary function in this
process; `program` is the running candidate in the sandbox. Whatever either does becomes an
`Evaluation`.
"""

from __future__ import annotations

import atexit
import inspect
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from optwright.errors import InputError
from optwright.optim.feedback import Feedback, failure, from_error, read_feedback
from optwright.optim.optimizers.language.memory import shorten
from optwright.optim.study.task import NO_EXAMPLE, NOT_THE_CANDIDATES_FAULT, Example
from optwright.optim.trial import Evaluation, Values
from optwright.solvers.sandbox import (
    ErrorKind,
    Harness,
    Limits,
    ProgramFault,
    ProgramReport,
    RunningProgram,
)

PRINTED_CHARS = 1_500  # of each stream, for whoever changes the program
SHOWN_CHARS = 300  # of an example
LOST_TRIES = 2  # evaluations that may be lost with the sandbox's own process

Evaluate = Callable[..., Any]
"""`evaluate(program)` or `evaluate(program, example)`; it returns a score, or a score and
feedback, as a metric of `optimize` does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs run: the sandbox's level, what is imported there, what each may use, and how
    many run at a time in one process."""

    sandbox: str = "auto"
    preload: tuple[str, ...] = ("numpy",)
    limits: Limits = field(default_factory=Limits)
    jobs: int = 1


class HarnessTask:
    """One evaluation: fork the program, run the harness on it, take both at their word for words
    and the harness alone for the score."""

    def __init__(self, evaluate: Evaluate, parameter: str, place: Place) -> None:
        self.name = str(getattr(evaluate, "__qualname__", type(evaluate).__qualname__))
        self._evaluate, self._parameter, self._place = evaluate, parameter, place
        self._takes_example = takes_example(evaluate)

    def run(self, values: Values, example: Example) -> Evaluation:
        began = time.perf_counter()
        source = str(values[self._parameter])
        for left in reversed(range(LOST_TRIES)):
            feedback, report = self._once(source, example)
            if not _is_lost(report) or not left:
                break
        return Evaluation(
            score=-inf if feedback.score is None else feedback.score,
            text=_words(feedback, report),
            direction={},
            scores=dict(feedback.scores),
            example=example.key,
            shown=_shown(example),
            seconds=time.perf_counter() - began,
        )

    def _once(self, source: str, example: Example) -> tuple[Feedback, ProgramReport]:
        running: RunningProgram | None = None
        try:
            with harness_of(self._place).program(source, self._place.limits) as running:
                arguments = (example.value,) if self._takes_example else ()
                returned = self._evaluate(running, *arguments)
            feedback = read_feedback(returned)
        except NOT_THE_CANDIDATES_FAULT:
            raise
        except ProgramFault as fault:
            feedback = failure(str(fault))
            if running is None:
                return feedback, ProgramReport(error=fault.error)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # any fault of the user's harness
            feedback = from_error(error)
        report = running.report if running is not None else ProgramReport()
        if report.error is not None and report.error.kind is ErrorKind.TIMEOUT:
            # A harness that caught it may have scored what is there; the time is not its to give.
            feedback = failure(str(report.error))
        return feedback, report


def takes_example(evaluate: Evaluate) -> bool:
    """Whether the harness wants an example as well; one that takes neither is an `InputError`."""
    try:
        signature = inspect.signature(evaluate)
    except (TypeError, ValueError):
        return True
    for arguments, wanted in (((None, None), True), ((None,), False)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return wanted
    raise InputError(
        f"{getattr(evaluate, '__name__', evaluate)!r} cannot be called with a program",
        hint="define evaluate(program) or evaluate(program, example)",
    )


_HARNESSES: dict[tuple[int, Place], Harness] = {}
"""Open harnesses by process and place: a forked worker must not use its parent's."""
_LOCK = threading.Lock()


def harness_of(place: Place) -> Harness:
    """The harness of this process for this place, begun when it is first needed."""
    key = os.getpid(), replace(place, limits=Limits())
    with _LOCK:
        if key not in _HARNESSES:
            opened = Harness(place.sandbox, jobs=place.jobs, preload=place.preload).__enter__()
            atexit.register(_close, key)
            _HARNESSES[key] = opened
        return _HARNESSES[key]


def _close(key: tuple[int, Place]) -> None:
    if key[0] == os.getpid():
        _HARNESSES.pop(key).__exit__(None, None, None)


def _is_lost(report: ProgramReport) -> bool:
    return report.error is not None and report.error.kind is ErrorKind.LOST


def _shown(example: Example) -> str:
    return "" if example == NO_EXAMPLE else shorten(repr(example.value), SHOWN_CHARS)


def _words(feedback: Feedback, report: ProgramReport) -> str:
    """What a proposer reads: the harness's words, then what the program printed."""
    said: Sequence[tuple[str, str]] = (
        ("", feedback.text if feedback.score is not None else f"no score; {feedback.text}"),
        ("It printed:\n", report.stdout.strip()),
        ("On its standard error:\n", report.stderr.strip()),
    )
    return "\n".join(f"{head}{shorten(text, PRINTED_CHARS)}" for head, text in said if text)
