"""Has a language model put failures into insights, merge two of them, and reword a condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ValidationError

from optwright.agents.experience.archetypes import archetypes
from optwright.agents.experience.insight import Evidence, Insight, Provenance, id_of, key_of
from optwright.agents.learning.lesson import Lesson
from optwright.errors import ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import TEXT, record

MOST_TOKENS = 900
MOST_SHOWN = 4  # problems in one prompt


@runtime_checkable
class Teacher(Protocol):
    """Whoever words insights; nobody takes its word for whether they are right."""

    async def extract(self, lesson: Lesson, sample: int = 0) -> Insight | None: ...

    async def merged(self, one: Insight, other: Insight) -> Insight | None: ...

    async def conditions(
        self, insight: Insight, wanted: Sequence[str], unwanted: Sequence[str], count: int
    ) -> list[str]: ...


class _Extracted(BaseModel):
    archetype: str
    condition: str
    unless: str = ""
    explanation: str
    example: str = ""


class _Merged(BaseModel):
    same: bool
    condition: str = ""
    unless: str = ""
    explanation: str = ""
    example: str = ""


class _Conditions(BaseModel):
    conditions: list[str]


@dataclass(frozen=True)
class ModelTeacher:
    """A teacher that is a model. A reply that cannot be read is no insight."""

    model: ChatModel

    async def extract(self, lesson: Lesson, sample: int = 0) -> Insight | None:
        """What is to be learnt from a lesson; another `sample` words it anew."""
        listed = "\n".join(f"{one.name}: {one.what}" for one in archetypes().values())
        reply = await self._ask(
            "experience_learn",
            _fields("archetype", "condition", "unless", "explanation", "example",
                    archetype={"enum": list(archetypes())}),
            sample,
            archetypes=listed, problem=lesson.text, written=lesson.written or "nothing",
            known=lesson.known,
        )  # fmt: skip
        try:
            read = _Extracted.model_validate(reply)
        except ValidationError:
            return None
        if read.archetype not in archetypes() or not read.condition or not read.explanation:
            return None
        return Insight(
            id=id_of(read.condition, read.explanation),
            **read.model_dump(),
            provenance=Provenance(
                origin=lesson.origin, problems=(key_of(lesson.text),), model=self.model.name
            ),
        )

    async def merged(self, one: Insight, other: Insight) -> Insight | None:
        """One insight in the place of two that say the same; None where they do not."""
        schema = _fields("condition", "unless", "explanation", "example", same={"type": "boolean"})
        reply = await self._ask(
            "experience_merge", schema, 0, one=one.to_text(), other=other.to_text()
        )
        try:
            read = _Merged.model_validate(reply)
        except ValidationError:
            return None
        if not (read.same and read.condition and read.explanation):
            return None
        return joined(one, other, **read.model_dump(exclude={"same"}))

    async def conditions(
        self, insight: Insight, wanted: Sequence[str], unwanted: Sequence[str], count: int
    ) -> list[str]:
        """Other wordings of a condition."""
        schema = record({"conditions": {"type": "array", "items": TEXT, "maxItems": count}})
        reply = await self._ask(
            "experience_condition", schema, 0, insight=insight.to_text(), count=str(count),
            wanted="\n\n".join(wanted[:MOST_SHOWN]) or "none",
            unwanted="\n\n".join(unwanted[:MOST_SHOWN]) or "none",
        )  # fmt: skip
        try:
            return _Conditions.model_validate(reply).conditions[:count]
        except ValidationError:
            return []

    async def _ask(self, prompt: str, schema: dict[str, Any], sample: int, **blanks: str) -> Any:
        reply = await self.model.complete(
            ChatRequest(
                conversation(load(prompt).fill(**blanks)),
                schema=schema,
                temperature=0.7 if sample else 0.0,
                sample=sample,
                max_tokens=MOST_TOKENS,
                role="teacher",
            )
        )
        try:
            return extract_json(whole_text(reply))
        except ReplyError:
            return None


def joined(one: Insight, other: Insight, **parts: str) -> Insight:
    """One insight of two: with new words, or those of the first, and what speaks for both."""
    words = {
        name: parts.get(name) or getattr(one, name)
        for name in ("condition", "unless", "explanation", "example")
    }
    both = (one.evidence, other.evidence)
    problems = dict.fromkeys([*one.provenance.problems, *other.provenance.problems])
    return Insight(
        id=id_of(words["condition"], words["explanation"] + one.id + other.id),
        archetype=one.archetype,
        **words,
        evidence=Evidence(
            solved=tuple(dict.fromkeys(k for e in both for k in e.solved)),
            kept=tuple(dict.fromkeys(k for e in both for k in e.kept)),
            retrieved=sum(e.retrieved for e in both),
            helped=sum(e.helped for e in both),
            hurt=sum(e.hurt for e in both),
        ),
        provenance=Provenance(
            origin=one.provenance.origin,
            problems=tuple(problems),
            model=one.provenance.model,
            parents=(one.id, other.id),
        ),
    )


def _fields(*names: str, **kinds: Any) -> dict[str, Any]:
    return record({**dict.fromkeys(names, TEXT), **kinds})
