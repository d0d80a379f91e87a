"""What optimizers propose and what they are told: candidates, trials, and the examples behind them.

Everything here is data that goes to JSON and back, because a run must continue from a file.
Scores are higher-is-better throughout the room; `minimize` turns the sign at its door.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

from optwright.serving.chat import Image

JSON = Any
"""What `json.dumps` takes and `json.loads` gives: no NaN, no infinity, no tuples."""

Values = Mapping[str, JSON]
"""A value in JSON form for each parameter, by its name."""


def as_json(values: Values) -> dict[str, JSON]:
    """Values as they come back from a file: tuples become lists."""
    result: dict[str, JSON] = json.loads(json.dumps(dict(values), allow_nan=False))
    return result


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One proposal: a valid value for every parameter of the space.

    `origin` names the optimizer that made it, `parents` the trials it was made from, and `note`
    is the proposer's own reason, kept for the reader of the run.
    """

    values: Values
    origin: str = ""
    parents: tuple[int, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, JSON]:
        return {
            "values": dict(self.values),
            "origin": self.origin,
            "parents": list(self.parents),
            "note": self.note,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> Suggestion:
        return cls(data["values"], data["origin"], tuple(data["parents"]), data["note"])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one run of the program said: on one example, or on none for a plain function.

    `score` is `-inf` where the run failed (an exception, NaN, a timeout) and `text` then says how.
    `direction` has a number per parameter whose value should rise (positive) or fall (negative).
    `scores` are the parts of a vector of scores, empty for a single one. `trace` is the rendered
    trace of a traced program.
    """

    score: float
    text: str = ""
    direction: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    example: str = ""
    shown: str = ""
    """The example and the output, as a proposer may read them."""
    trace: str = ""
    seconds: float = 0.0
    near: float | None = None
    """How alike output and wanted output are, from 0 to 1, where the example says what is wanted in
    words; it counts for nothing but what proposers read."""
    printed: str = ""
    """What the program wrote to standard output."""
    fault: str = ""
    """The traceback where the user's code raised, or what it returned instead of a score."""
    images: tuple[Image, ...] = ()
    """Pictures of the example, the output and the feedback, for proposers that see."""

    @property
    def failed(self) -> bool:
        return not isfinite(self.score)

    def to_json(self) -> dict[str, JSON]:
        return {
            "score": None if self.failed else self.score,
            "text": self.text,
            "direction": dict(self.direction),
            "scores": dict(self.scores),
            "example": self.example,
            "shown": self.shown,
            "trace": self.trace,
            "seconds": self.seconds,
            "near": self.near,
            "printed": self.printed,
            "fault": self.fault,
            "images": [b64encode(image.data).decode() for image in self.images],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> Evaluation:
        score = -inf if data["score"] is None else float(data["score"])
        images = tuple(Image(b64decode(text)) for text in data.get("images", ()))
        return cls(**{**data, "score": score, "images": images})


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate and what came of it.

    `score` is the mean over `evaluations`, a failed one counting as the study says; it is `-inf`
    when nothing usable came back. `cost` is what the trial took from the budget, in evaluations.
    """

    number: int
    candidate: Suggestion
    score: float
    evaluations: tuple[Evaluation, ...] = ()
    cost: float = 1.0

    @property
    def values(self) -> Values:
        return self.candidate.values

    @property
    def failed(self) -> bool:
        return not isfinite(self.score)

    @property
    def text(self) -> str:
        """The words of all evaluations that said something, one per line."""
        return "\n".join(e.text for e in self.evaluations if e.text)

    @property
    def direction(self) -> dict[str, float]:
        """Mean direction per parameter, over the evaluations that gave one."""
        given: dict[str, list[float]] = {}
        for evaluation in self.evaluations:
            for name, value in evaluation.direction.items():
                given.setdefault(name, []).append(value)
        return {name: sum(values) / len(values) for name, values in given.items()}

    def to_json(self) -> dict[str, JSON]:
        return {
            "number": self.number,
            "candidate": self.candidate.to_json(),
            "score": None if self.failed else self.score,
            "evaluations": [e.to_json() for e in self.evaluations],
            "cost": self.cost,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> Trial:
        return cls(
            number=data["number"],
            candidate=Suggestion.from_json(data["candidate"]),
            score=-inf if data["score"] is None else float(data["score"]),
            evaluations=tuple(Evaluation.from_json(e) for e in data["evaluations"]),
            cost=data["cost"],
        )


def best(trials: Sequence[Trial]) -> Trial | None:
    """The trial with the highest score, the earliest among equals; None when all failed."""
    usable = [trial for trial in trials if not trial.failed]
    return max(usable, key=lambda trial: (trial.score, -trial.number), default=None)
