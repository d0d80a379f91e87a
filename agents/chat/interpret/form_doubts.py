"""Doubts about forms: a condition, an alternative or a span of time a reading does not show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from optwright.agents.chat.interpret.touched import names_used, new_numbers
from optwright.agents.chat.interpret.turn_words import HYPOTHETICAL, POLITE, TurnWords
from optwright.agents.text.wording import plain_way, stem
from optwright.solvers.edit.operations import (
    AddVariable,
    ChangeConstraint,
    ChangeValues,
    DropConstraint,
    DropMember,
    SetNumber,
    SetVariable,
)
from optwright.solvers.edit.references import constraint_named
from optwright.solvers.language import notation
from optwright.solvers.language.expressions import Ref, parse_constraint, walk
from optwright.solvers.model.formulation import Constraint, Domain
from optwright.solvers.model.syntax import Quoted

# Words whose sense a reading has to show in one of the forms named beside them.
_EITHER = re.compile(r"\b(?:or|either)\b", re.IGNORECASE)
_EITHER_HARMLESS = re.compile(
    r"\bor (?:more|less|fewer|above|below|so|later|earlier|better|worse)\b|\bmore or less\b", re.I
)
_EACH = re.compile(r"\b(?:each|every|apiece|respectively|per)\b", re.IGNORECASE)
_ONE_BY_ONE = re.compile(
    r"\b(?:each|every|any|all|no|none|nobody|never|always|per|apiece|both|either|anyone|everyone|"
    r"everybody|an?|whoever|whichever|must|single|individual\w*)\b",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except|unless|besides|apart from|other than|aside from|but not|only if|as long as|"
    r"provided|whenever|whether)\b",
    re.IGNORECASE,
)
_IF = re.compile(r"(?<!what )(?<!even )(?<!as )\b(?:if|once|as soon as)\b", re.IGNORECASE)
_WITHOUT = re.compile(
    r"\b(?:without|exclud\w+|close[ds]?|closing|shut\w*|skip\w*)\b", re.IGNORECASE
)
_SPAN_BEFORE = re.compile(
    r"\b(?:from|until|till|til|after|before|since|through|thru|up to|starting(?: in| with)?|"
    r"beginning(?: in| with)?|between|by)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_SPAN_AFTER = re.compile(
    r"^\s*(?:on\b(?!\s+\w+day)|onwards?\b|and (?:later|after)|to\b|through\b|-)", re.IGNORECASE
)
# A limit that counts: its one side is a number.
_AMOUNT = re.compile(r"[<>=]=\s*[01]\s*$")
_TIMES = re.compile(
    r"\d|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|spring|"
    r"summer|autumn|fall|winter|early|late|night|morning|noon|evening)",
    re.IGNORECASE,
)


def _is_sequence(texts: Sequence[str]) -> bool:
    """Whether members are points of time: numbers, dates, months, weekdays."""
    few = texts[:12]
    return sum(_TIMES.search(text) is not None for text in few) > len(few) / 2


class FormDoubts(TurnWords):
    """Forms that words ask for against those of a reading."""

    def structure(self) -> Iterator[str]:
        edits, limits = self.reading.edits, self.reading.limits
        if not edits:
            return
        text = " ".join(f"{c.expression} {c.forall}" for c in limits)
        choice = re.search(r"\b(?:or|xor|min|max|exactly|atleast|atmost|in)\b|!=", text) or any(
            isinstance(e, SetVariable | AddVariable)
            and (e.semicontinuous if isinstance(e, SetVariable) else e.variable.semicontinuous)
            for e in edits
        )
        said = _EITHER_HARMLESS.sub(" ", self.said)
        if _EITHER.search(said) and not choice:
            yield "nothing in it says 'or'"
        if limits and _EACH.search(self.said) and not any(c.forall for c in limits):
            single = all(" for " not in c.expression for c in limits)
            if len(limits) == 1 and not (single and not self._is_indexed(limits[0])):
                yield "it is one limit, and the words speak of each"
        was = {
            constraint_named(self.reading.program, e.name).forall
            for e in edits
            if isinstance(e, ChangeConstraint)
        }
        anew = any(c.forall and c.forall not in was for c in limits)
        if anew and not _ONE_BY_ONE.search(self.said):
            yield "it is a limit for each, and the words may mean all of them together"
        conditional = re.search(r"\b(?:if|implies|iff|or|and|not)\b|!=", text) or any(
            self._has_switch(c) for c in limits
        )
        if limits and _EXCEPT.search(self.said) and not conditional:
            yield "nothing in it is an exception or a condition"
        body = HYPOTHETICAL.sub(" ", POLITE.sub("", self.said))
        if limits and _IF.search(body) and not conditional and self.reading.lasting:
            yield "nothing in it is a condition"
        zero = re.search(r"(?:==|<=)\s*0\b|\bnot\b", text) or any(
            isinstance(e, DropConstraint | DropMember)
            or (isinstance(e, SetNumber | ChangeValues) and 0.0 in new_numbers(e, None))
            for e in edits
        )
        if _WITHOUT.search(self.said) and not zero:
            yield "nothing in it is taken out"
        yield from self._counted()
        yield from self._together()

    def _together(self) -> Iterator[str]:
        """Of two things that are yes or no, `not both`, `neither` and `one of them` are near to
        each other in words and far apart in what they mean."""
        if plain_way(self.said) is not None:
            return
        kinds = {v.name: v.domain for v in self.vocabulary.variables}
        fixed = set[Ref]()
        for constraint in self.reading.limits:
            met = [
                part
                for statement in parse_constraint(constraint.expression)
                for part in walk(statement)
                if isinstance(part, Ref) and part.name in kinds
            ]
            if _AMOUNT.search(constraint.expression) and all(
                kinds[part.name] is Domain.BINARY for part in met
            ):
                fixed |= {p for p in met if any(isinstance(i, Quoted) for i in p.indices)}
        if len({notation.to_text(part) for part in fixed}) > 1:
            yield "the words may mean each of them alone, or both together"

    def _is_indexed(self, constraint: Constraint) -> bool:
        used = names_used(constraint.expression, "")
        return any(v.indices and v.name in used for v in self.vocabulary.variables)

    def _has_switch(self, constraint: Constraint) -> bool:
        """Whether a yes or no stands beside another decision, as where one decides on the other."""
        decisions = {v.name: v.domain for v in self.vocabulary.variables}
        met = [
            decisions[part.name]
            for statement in parse_constraint(constraint.expression)
            for part in walk(statement)
            if isinstance(part, Ref) and part.name in decisions
        ]
        return len(met) > 1 and Domain.BINARY in met

    def _counted(self) -> Iterator[str]:
        """`exactly one mill` counts mills; a limit on amounts does not."""
        members = self.vocabulary.members
        for q in self._quantities:
            direct = re.match(r"\s*([^\W\d_]+)", self.said[q.end :])
            if direct is None or any(isinstance(e, AddVariable) for e in self.reading.edits):
                continue  # a new decision may be what counts
            word = stem(direct[1].lower())
            counted = [s for s, words in members.set_words.items() if word in words]
            for constraint in self.reading.limits if counted else ():
                used = names_used(constraint.expression, "")
                variables = [v for v in self.vocabulary.variables if v.name in used]
                counts = re.search(r"\b(?:atleast|atmost|exactly|count)\b", constraint.expression)
                amounts = [
                    v
                    for v in variables
                    if v.domain is not Domain.BINARY
                    and word not in self.vocabulary.words_of(v.name)
                ]
                if variables and len(amounts) == len(variables) and not counts:
                    what = amounts[0].meaning or amounts[0].name
                    yield f"the words count {direct[1]}, and it limits {what}"

    def spans(self) -> Iterator[str]:
        """`from March on` is more than March."""
        members = self.vocabulary.members
        reading = self.reading
        loops = " ".join(f"{c.forall} {c.expression}" for c in reading.limits)
        conditions = re.search(r"[<>]|ord\(|\bin\s*[\[(]", re.sub(r"[<>]=?\s*[\w.]+$", "", loops))
        for start, end, member in members.places(self.said):
            before = _SPAN_BEFORE.search(self.said[:start])
            after = _SPAN_AFTER.match(self.said[end:])
            if not (before or after):
                continue
            ordered = [s for s, at in members.positions.items() if member in at]
            timely = any(_is_sequence(members.texts[s]) for s in ordered)
            many = any(len(span) > 1 for span in reading.spans)
            if timely and not many and not conditions and reading.edits:
                yield f"the words speak of a time around {member}, and only one is touched"
