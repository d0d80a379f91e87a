"""Feedback: what a judge says about one result - a score, words, and a direction.

A metric is the user's code and may return anything or fail. Here it becomes feedback once;
garbage becomes a failed score with words that say what was wrong, never an exception.
"""

from __future__ import annotations

import linecache
import sysconfig
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import inf, isfinite
from numbers import Real
from pathlib import Path

from optwright.optim.nodes import Value, brief, plain_deep
from optwright.serving.chat import Image


@dataclass(frozen=True, slots=True)
class Feedback:
    """What came back for one result.

    `score` is None where only words were given and `-inf` for a failure. `direction` has a number
    per parameter whose value should rise (positive) or fall (negative): a sign, or a gradient of
    the score. `scores` are the parts of a vector of scores; `score` is then their mean. `images`
    show what words do not, to proposers that see.
    """

    score: float | None = None
    text: str = ""
    direction: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    images: Sequence[Image] = ()

    @property
    def failed(self) -> bool:
        return self.score is not None and not isfinite(self.score)


def failure(text: str) -> Feedback:
    return Feedback(-inf, text)


def read_feedback(returned: Value) -> Feedback:
    """Read what a metric returned: a score, a mapping of scores, a `Feedback`, or a pair of a score
    and more (words, a mapping of directions, a picture, or a `Feedback`). True counts 1, False 0.
    """
    returned = plain_deep(returned)
    if isinstance(returned, Feedback):
        return _finite(returned)
    score, more = returned, None
    if isinstance(returned, tuple) and len(returned) == 2:
        score, more = returned
    scores = _numbers(score) if isinstance(score, Mapping) else {}
    number = _mean(scores) if isinstance(score, Mapping) else _number(score)
    if number is None or not isfinite(number):
        return failure(f"the score is {brief(score)}, not a finite number{_words(more)}")
    if isinstance(more, Feedback):
        return _finite(replace(more, score=number, scores=scores or more.scores))
    if isinstance(more, Image):
        return Feedback(number, scores=scores, images=(more,))
    if isinstance(more, Mapping):
        return Feedback(number, direction=_numbers(more), scores=scores)
    return Feedback(number, "" if more is None else str(more), scores=scores)


def from_error(error: BaseException) -> Feedback:
    """A failure in the words of the exception, with the place in the user's code."""
    return failure(describe(error))


def describe(error: BaseException) -> str:
    """`ValueError: bad digit, at app.py:12 in read: int(text)`; the place is the innermost one
    outside libraries."""
    text = f"{type(error).__name__}: {str(error)[:1000]}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not in_library(frame.filename)] or frames
    if not ours:
        return text
    where = ours[-1]
    line = linecache.getline(where.filename, where.lineno or 0).strip()
    return f"{text}, at {Path(where.filename).name}:{where.lineno} in {where.name}: {line}"


_LIBRARIES = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(__file__).parent),
    str(Path(__file__).resolve().parent),
)


def in_library(file: str) -> bool:
    return file.startswith(_LIBRARIES) or file.startswith("<frozen")


def _finite(feedback: Feedback) -> Feedback:
    if feedback.score is None or isfinite(feedback.score) or feedback.score == -inf:
        return feedback
    return failure(f"the score is {feedback.score}, not a finite number{_words(feedback.text)}")


def _number(value: object) -> float | None:
    """A number of any kind: Python's, Decimal, numpy's, an array or tensor without dimensions."""
    is_number = isinstance(value, Real | Decimal) or getattr(value, "shape", None) == ()
    if not is_number and type(value).__name__ not in ("bool", "bool_"):
        return None
    try:
        return float(value)  # type: ignore[arg-type]  # what else float() refuses is no number
    except (OverflowError, TypeError, ValueError):
        return None


def _numbers(values: Mapping[object, object]) -> dict[str, float]:
    """The entries that are finite numbers."""
    read = {str(key): _number(value) for key, value in values.items()}
    return {key: value for key, value in read.items() if value is not None and isfinite(value)}


def _mean(scores: Mapping[str, float]) -> float | None:
    return sum(scores.values()) / len(scores) if scores else None


def _words(more: object) -> str:
    return f"; {more}" if isinstance(more, str) and more else ""
