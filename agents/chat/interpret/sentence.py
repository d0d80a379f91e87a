"""One sentence of a turn, and the ways out of reading it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from optwright.agents.chat.intents import Ambiguous, Change
from optwright.agents.chat.interpret.units import (
    Measured,
    UnitSaid,
    measured,
    measured_in_words,
    unit_said,
    word_behind,
)
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.reply import Option, Question
from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.solvers.edit.operations import AddConstraint, Edit, SetNumber
from optwright.solvers.edit.references import NumberRef

_TRIAL = re.compile(
    r"^(?:(?:and|so|ok|okay|now|please)[, ]+)*(?:what (?:if|happens if|happens when|would happen "
    r"if|about)|suppose(?: that)?|imagine(?: that)?|assume(?: that)?|if|how (?:about|would it be "
    r"if))\b",
    re.IGNORECASE,
)
NUMBER = r"[-−]?[\d.,]*\d"
_MINUS = re.compile(r"(?:^|[\s(=])[-−]$")


@dataclass(frozen=True)
class Sentence:
    """A sentence to be read by the words of a model.

    `said` is the turn in full, `text` without politeness and full stop.
    """

    vocabulary: Vocabulary
    text: str
    said: str

    @property
    def is_trial(self) -> bool:
        """Whether it asks `what if`, so that the change is not kept."""
        return _TRIAL.match(self.text) is not None

    @property
    def body(self) -> str:
        """The sentence without `what if`."""
        return _TRIAL.sub("", self.text).strip(" ,:")

    def done(self, *edits: Edit) -> Change:
        """Read: these edits."""
        return Change(edits=edits, trial=self.is_trial)

    def ambiguous(self, about: str, text: str, options: Sequence[Option]) -> Ambiguous:
        """Read in several ways: which one is asked, `about` telling the question from others."""
        question = Question(id=f"{about}: {self.text}", text=text, options=tuple(options))
        return Ambiguous(question=question, trial=self.is_trial)

    def numbers(self) -> list[Quantity]:
        """The numbers of the turn that are not names, as the 3 of `week 3` is."""
        found = _plain_numbers(self.body)
        named = self.vocabulary.members.names_at
        return [_signed(self.body, q) for q in found if not named(self.body, q.start)]

    def to(self, reference: NumberRef, said: Quantity) -> Sequence[Edit]:
        """Another value for a number, in the unit that it is in."""
        found = self.measured(reference, said)
        return SetNumber(reference=reference, value=found.value), *found.edits

    def measured(self, reference: NumberRef, said: Quantity, *, step: bool = False) -> Measured:
        """What a number of the turn is in the unit of a reference."""
        program, problem = self.vocabulary.program, self.vocabulary.problem
        unit = self.unit(said)
        if unit is not None:
            return measured(program, reference, said.value, unit.text, problem, step=step)
        word = word_behind(self.body, said)
        if not word or not self.vocabulary.is_strange(word):
            return Measured(said.value)
        return measured_in_words(program, reference, said.value, word, problem)

    def unit(self, quantity: Quantity) -> UnitSaid | None:
        """The unit that was said with a number."""
        return unit_said(self.body, quantity)

    def span(self, quantity: Quantity) -> tuple[int, int]:
        """Where a number stands, with its unit where that is no word of the model."""
        unit = self.unit(quantity)
        words = self.vocabulary
        if unit is None or words.has_unit(unit.text) or words.match(unit.text):
            return quantity.start, quantity.end
        return quantity.start, max(quantity.end, unit.end)


def _plain_numbers(text: str) -> list[Quantity]:
    """Numbers that count or measure; small ones written out only where nothing else is."""
    found = [q for q in quantities(text) if q.kind in (Kind.NUMBER, Kind.WORD)]
    plain = [q for q in found if q.kind is Kind.NUMBER]
    return plain or [q for q in found if q.text.lower() != "one"] or found


def _signed(text: str, said: Quantity) -> Quantity:
    """The number with the minus that stands right before it; between figures that is a dash."""
    if said.kind is not Kind.NUMBER or not _MINUS.search(text[: said.start]):
        return said
    start = said.start - 1
    return replace(said, value=-said.value, text=text[start : said.end], start=start)


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def with_own_names(edits: Sequence[Edit]) -> list[Edit]:
    """Edits whose new constraints have different names."""
    taken: set[str] = set()
    named: list[Edit] = []
    for edit in edits:
        if isinstance(edit, AddConstraint):
            wish, number = edit.constraint.name, 2
            name = wish
            while name in taken:
                name, number = f"{wish}_{number}", number + 1
            taken.add(name)
            edit = AddConstraint(constraint=edit.constraint.model_copy(update={"name": name}))  # noqa: PLW2901  (the same edit, renamed)
        named.append(edit)
    return named
