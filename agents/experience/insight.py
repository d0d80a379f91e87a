"""One insight: when it holds, what it says, and what speaks for it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optwright.agents.text.nearness import normalised
from optwright.errors import InputError

Origin = Literal["answer", "refuted", "repair", "correction", "hand"]
"""What taught it: a known answer that was missed, a plan that a reader refuted, a repair that
settled a disagreement, a user's correction, or a person who wrote it."""

_PARTS = ("condition", "unless", "explanation", "example")
_HEADING = re.compile(r"^## (\w+)[ \t]*$", re.MULTILINE)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(_Part):
    """Where it is from: problems are named by `key_of` their text, never by an answer."""

    origin: Origin = "hand"
    problems: tuple[str, ...] = ()
    model: str = ""
    parents: tuple[str, ...] = ()


class Evidence(_Part):
    """Problems that were wrong and are right with it, and right ones it was shown to and that
    stayed right; how often it was retrieved since, how often that helped, and hurt."""

    solved: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    retrieved: int = 0
    helped: int = 0
    hurt: int = 0


class Insight(_Part):
    """What was learnt: `condition` says when it holds, `unless` when not, `example` is in the
    language of formulations. One that is `retired` is kept, for a reason, and told nobody."""

    id: str
    archetype: str
    condition: str
    unless: str = ""
    explanation: str
    example: str = ""
    evidence: Evidence = Evidence()
    provenance: Provenance = Field(default=Provenance())
    retired: str = ""

    @property
    def told(self) -> str:
        """As a formulator reads it."""
        when = f"When {self.condition}" + (f" (not when {self.unless})" if self.unless else "")
        example = f" For example: {self.example}" if self.example else ""
        return f"{when}: {self.explanation}{example}"

    @property
    def words(self) -> str:
        """What a problem is compared with."""
        return f"{self.condition} {self.explanation}"

    def to_text(self) -> str:
        """As a file."""
        evidence, from_ = self.evidence, self.provenance
        facts = {
            "id": self.id,
            "archetype": self.archetype,
            "origin": from_.origin,
            "problems": " ".join(from_.problems),
            "model": from_.model,
            "parents": " ".join(from_.parents),
            "solved": " ".join(evidence.solved),
            "kept": " ".join(evidence.kept),
            "uses": f"{evidence.retrieved} retrieved, {evidence.helped} helped, "
            f"{evidence.hurt} hurt",
            "retired": self.retired,
        }
        head = "".join(f"{key}: {value}\n" for key, value in facts.items())
        parts = "".join(f"\n## {part}\n{getattr(self, part)}\n" for part in _PARTS)
        return f"---\n{head}---\n{parts}"

    @classmethod
    def from_text(cls, text: str) -> Insight:
        """Read a file; `InputError` says what is missing. Facts that are left out are empty, so a
        person needs an archetype, a condition and an explanation."""
        head, _, body = text.removeprefix("---\n").partition("\n---\n")
        facts = {
            key.strip(): value.strip()
            for key, colon, value in (line.partition(":") for line in head.splitlines())
            if colon
        }
        pieces = _HEADING.split(body)
        parts = {name: said.strip() for name, said in zip(pieces[1::2], pieces[2::2], strict=True)}
        uses = [int(n) for n in re.findall(r"\d+", facts.get("uses", ""))] or [0, 0, 0]
        try:
            return cls(
                id=facts.get("id") or id_of(parts.get("condition", ""), parts["explanation"]),
                archetype=facts["archetype"],
                condition=parts["condition"],
                unless=parts.get("unless", ""),
                explanation=parts["explanation"],
                example=parts.get("example", ""),
                evidence=Evidence(
                    solved=tuple(facts.get("solved", "").split()),
                    kept=tuple(facts.get("kept", "").split()),
                    retrieved=uses[0],
                    helped=uses[1],
                    hurt=uses[2],
                ),
                provenance=Provenance(
                    origin=facts.get("origin") or "hand",
                    problems=tuple(facts.get("problems", "").split()),
                    model=facts.get("model", ""),
                    parents=tuple(facts.get("parents", "").split()),
                ),
                retired=facts.get("retired", ""),
            )
        except (KeyError, IndexError, ValidationError) as error:
            missing = f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
            raise InputError(
                f"this is no insight: {missing}",
                hint="front matter with 'archetype', then '## condition' and '## explanation'",
            ) from error


def key_of(text: str) -> str:
    """What a problem is called in evidence: equal for texts that differ in spacing, capitals or
    signs alone.

    >>> key_of("Pack 3 boxes.") == key_of("pack  3 boxes")
    True
    """
    return sha256(normalised(text).encode("utf-8", errors="replace")).hexdigest()[:12]


def id_of(condition: str, explanation: str) -> str:
    """A name for an insight that was just written."""
    return sha256(f"{condition}\n{explanation}".encode("utf-8", errors="replace")).hexdigest()[:8]
