"""Answers about plans in a file: questions are written there, whoever answers adds lines.

The file is JSON Lines and only ever grows. A line of kind `question` has a problem, its tables,
what the decisions mean and the plans, nothing of a model and no label; a line of kind `answers` has
its `key`, who answered (`who`), the `direction` (`large`, `small`) and for each plan the `verdict`,
the `sentence` it breaks or the `value`. Of two answers to a plan the later one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.checks.plans.question import (
    FAULTLESS,
    Answer,
    Question,
    Reading,
    Reliability,
    Verdict,
)
from optwright.agents.checks.readers import wording
from optwright.errors import InputError, StorageError
from optwright.solvers.model.formulation import Sense

_SENSES = {"large": Sense.MAXIMIZE, "small": Sense.MINIMIZE}


class _Answered(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    plan: int
    verdict: Verdict = Verdict.CANNOT_TELL
    sentence: str = ""
    value: float | None = None


class _Answers(BaseModel):
    """One line of kind `answers`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    who: str = ""
    direction: Literal["", "large", "small", "cannot tell"] = ""
    plans: tuple[_Answered, ...] = ()


@dataclass(frozen=True)
class AnswerFile:
    """The file. Reading raises `InputError` for a line that is no JSON object of a known kind, and
    writing `StorageError` where that cannot be done."""

    path: Path

    def reading(self, question: Question) -> tuple[Reading, str]:
        """What was answered to a question, and by whom; empty where nothing was."""
        key = key_of(question)
        found = [a for a in self._answers() if a.key == key]
        sense = next((_SENSES[a.direction] for a in found[::-1] if a.direction in _SENSES), None)
        answers = {
            p.plan: Answer(p.plan, p.verdict, p.sentence, p.value) for a in found for p in a.plans
        }
        who = ", ".join(dict.fromkeys(a.who for a in found if a.who))
        return Reading(tuple(answers.values()), sense), who

    def add_question(self, question: Question) -> None:
        """Write a question down, once."""
        key = key_of(question)
        if any(line.get("kind") == "question" and line.get("key") == key for line in self._lines()):
            return
        self._append(
            {
                "kind": "question",
                "key": key,
                "text": question.text,
                "tables": [t.preview(len(t), whole=True) for t in question.tables.values()],
                "decisions": wording.decisions(question).splitlines(),
                "plans": [
                    {"plan": p.number, "asks": p.asks.value, "shown": wording.amounts(p)}
                    for p in question.plans
                ],
            }
        )

    def add(self, question: Question, reading: Reading, who: str) -> None:
        """Write answers down."""
        direction = next((d for d, sense in _SENSES.items() if sense is reading.sense), "")
        plans = tuple(_Answered(**_fields(a)) for a in reading.answers)
        line = _Answers(key=key_of(question), who=who, direction=direction, plans=plans)
        self._append({"kind": "answers", **line.model_dump(mode="json", exclude_defaults=True)})

    def _answers(self) -> Iterator[_Answers]:
        for number, line in enumerate(self._lines(), start=1):
            if line.get("kind") != "answers":
                continue
            try:
                yield _Answers.model_validate(line)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"]))
                message = f"{str(self.path)!r}, line {number}: {place}: {first['msg']}"
                raise InputError(message, hint="verdicts are 'allowed', 'not allowed' and "
                                 "'cannot tell'; values are numbers") from error  # fmt: skip

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{str(self.path)!r} cannot be read: {error}") from error
        for number, line in enumerate(text.splitlines(), start=1):
            try:
                content = json.loads(line) if line.strip() else {}
            except ValueError as error:
                raise InputError(f"{str(self.path)!r}, line {number}: {error}") from error
            if not isinstance(content, dict):
                raise InputError(f"{str(self.path)!r}, line {number}, is no JSON object")
            yield content

    def _append(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)  # one write: lines of several runs do not mix
        except OSError as error:
            raise StorageError(f"{str(self.path)!r} cannot be written: {error}") from error


def key_of(question: Question) -> str:
    """Which question it is, by what a reader is shown."""
    shown = [wording.problem(question), wording.decisions(question), wording.plans(question)]
    return sha256("\0".join(shown).encode()).hexdigest()[:16]


def _fields(answer: Answer) -> dict[str, Any]:
    return {
        "plan": answer.plan,
        "verdict": answer.verdict,
        "sentence": answer.sentence,
        "value": answer.value,
    }


@dataclass(frozen=True)
class StoredReader:
    """Answers from a file; what is not answered there is written there to be answered.

    Whoever answers the file is believed as a person is: `reliability` says what is known of them.
    """

    file: AnswerFile
    arithmetic: float = 1e-2
    reliability: Reliability = FAULTLESS

    @property
    def name(self) -> str:
        return f"whoever answered {self.file.path.name}"

    def read(self, question: Question) -> Reading:
        """The stored answers; without any, the question is written down. Raises `InputError` for a
        damaged file and `StorageError` where it cannot be written."""
        reading, _ = self.file.reading(question)
        if reading.answers:
            return reading
        self.file.add_question(question)
        return Reading(problem=f"its plans wait in {str(self.file.path)!r} to be answered")
