"""The words of a turn beside what a reading of it touches: what every doubt looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import isclose

from optwright.agents.chat.interpret.touched import Touched, value_of
from optwright.agents.chat.interpret.units import measured, unit_said
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.interpret.words import STOP, content, stems
from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.agents.text.wording import phrases
from optwright.errors import OptwrightError

SAME = 2e-3
"""How far two numbers may be apart and still be the same as said: 1/3 is written 0.333."""
HYPOTHETICAL = re.compile(
    r"\b(?:what|how) (?:if|happens|would|about|will)\b|\b(?:suppose|imagine|would|hypothetically|"
    r"assuming|let's say|try)\b",
    re.IGNORECASE,
)
_IT_COSTS = re.compile(
    r"\b(?:(?:it|that|this|they) (?:would |will )?costs?|costs? (?:us|me|more|less))\b",
    re.IGNORECASE,
)
LESS = re.compile(
    r"\b(?:lower|less|fewer|smaller|cheaper|down|decreas\w+|drop\w*|fall\w*|fell|reduc\w+|cut\w*|"
    r"lower\w*|shrink\w*|shrank|shorter|minus|lost|lose\w*|gone|missing|halv\w+|spoil\w*|broken|"
    r"ill|sick|off)\b",
    re.IGNORECASE,
)
MORE = re.compile(
    r"\b(?:higher|more|greater|larger|bigger|up|increas\w+|rais\w+|ris\w+|rose|gr[eo]w\w*|longer|"
    r"plus|extra|additional|dearer|expensive|another|gain\w*|doubl\w+|tripl\w+|further)\b",
    re.IGNORECASE,
)
POLITE = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can we|could we|i want to|i'd like to|"
    r"let us|let's|now|ok|okay|hey|hi|so|and|then|well)[, ]+)+",
    re.IGNORECASE,
)


def written_forms(q: Quantity) -> Iterable[float]:
    """What a number that was said may be written as."""
    yield from q.readings
    yield q.value
    if q.kind is Kind.PERCENT:
        yield from (-q.value, q.value / 100)
    if q.kind is Kind.MULTIPLE:
        yield from (100 * (q.value - 1), q.value)
    if q.kind is Kind.SHARE:
        yield from (100 * q.value, 100 * (1 - q.value), 1 - q.value)


def fits(q: Quantity, used: float) -> bool:
    strict = isinstance(used, float) and q.kind in (Kind.NUMBER, Kind.WORD)
    if strict:
        return is_same(abs(used), abs(q.value))
    return any(is_same(abs(used), abs(x)) for x in written_forms(q))


def is_same(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=SAME, abs_tol=1e-9)


@dataclass(frozen=True)
class TurnWords:
    """The words of a turn against what a reading of it touches."""

    said: str
    reading: Touched
    vocabulary: Vocabulary

    @cached_property
    def _quantities(self) -> tuple[Quantity, ...]:
        named = self.vocabulary.members.names_at
        return tuple(
            q for q in quantities(self.said) if not named(self.said, q.start) and self._counts(q)
        )

    def _counts(self, q: Quantity) -> bool:
        """Whether a number has to be used; `one` may be an article, and counts behind `exactly`."""
        if q.kind is not Kind.WORD or q.value != 1:
            return True
        return any(p.end <= q.start <= p.end + 2 for p in phrases(self.said))

    def _is_converted(self, q: Quantity) -> bool:
        """Whether a number was turned into the unit of what is set."""
        unit = unit_said(self.said, q)
        if unit is None:
            return False
        problem = self.vocabulary.problem
        for reference, value in self.reading.references:
            try:
                said = measured(self.reading.program, reference, q.value, unit.text, problem)
            except OptwrightError:
                continue
            now = value_of(self.reading.program, reference)
            wanted = [value, None if value is None or now is None else value - now]
            if any(x is not None and is_same(abs(x), said.value) for x in wanted):
                return True
        return False

    @cached_property
    def _owners(self) -> dict[str, set[str]]:
        """For each word that means a part of the model, the parts it means."""
        model, found = self.vocabulary.model, dict[str, set[str]]()
        parts = [(v.name, f"{v.name} {v.meaning}") for v in model.variables]
        parts += [(p.name, f"{p.name} {p.meaning}") for p in model.parameters]
        parts += [(e.name, f"{e.name} {e.meaning}") for e in model.expressions]
        for constraint in model.constraints:
            own = content(constraint.name)
            text = constraint.text if not own & content(constraint.text) else ""
            parts.append((constraint.name, f"{constraint.name} {text}"))
        for name, words in parts:
            for word in content(words):
                found.setdefault(word, set()).add(name)
        return found

    def _words(self) -> list[str]:
        """The words of the turn that mean something, members and numbers left out."""
        text = _IT_COSTS.sub(" ", self.vocabulary.members.without(self.said))
        for q in sorted(quantities(text), key=lambda q: -q.start):
            text = f"{text[: q.start]} {text[q.end :]}"
        return [w for w in stems(text) if w not in STOP and len(w) > 1]

    def _own_words(self, decision: str) -> frozenset[str]:
        """Words that mean this decision and no other; all of its words where there are none."""
        mine = self.vocabulary.words_of(decision)
        others = [v.name for v in self.vocabulary.variables if v.name != decision]
        return mine.difference(*map(self.vocabulary.words_of, others)) or mine

    @cached_property
    def _raw(self) -> list[str]:
        return [w.lower() for w in re.findall(r"[^\W\d_]+", self.said)]

    @cached_property
    def _brought(self) -> frozenset[str]:
        return content(" ".join(self.reading.new_words))
