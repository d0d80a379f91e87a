"""Doubts about names: said and not touched, touched and not said, or none of the model's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from optwright.agents.chat.interpret.touched import names_used, quoted
from optwright.agents.chat.interpret.turn_words import LESS, MORE, TurnWords
from optwright.agents.chat.interpret.units import unit_said
from optwright.agents.chat.interpret.words import PLAIN, content, stems
from optwright.agents.chat.labels import number_words
from optwright.agents.text.quantities import quantities
from optwright.agents.text.wording import stem
from optwright.solvers.edit.operations import (
    AddObjective,
    ChangeConstraint,
    ChangeValues,
    SetObjective,
)
from optwright.solvers.edit.references import (
    ParameterRef,
    constraint_named,
    parameter_behind,
    rows_of,
)

_LISTED = re.compile(r"\s*(?:,|&|,?\s*\b(?:and|or|and on|and in)\b)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+(?:\w+\s+)?$", re.IGNORECASE)


class NameDoubts(TurnWords):
    """Names that were said against those of a reading."""

    def members_unused(self) -> Iterator[str]:
        touched = {m.lower() for m in self.reading.members}
        touched |= {part for m in touched for part in m.split(",")}
        touched |= self._named_by_members
        for member in dict.fromkeys(self.vocabulary.members.named(self.said)):
            inside_a_span = any(member in span for span in self.reading.spans)
            by_place = any("ord(" in f"{c.expression} {c.forall}" for c in self.reading.limits)
            if (
                member.lower() not in touched
                and not inside_a_span
                and not (by_place and self._is_placed(member))
            ):
                yield f"{member!r} is not touched"

    @cached_property
    def _named_by_members(self) -> frozenset[str]:
        """The members of limits that are dropped, where several were said and none was left out:
        one alone may be what is meant to go."""
        said = {m.lower() for m in self.vocabulary.members.named(self.said)}
        dropped = ({m.lower() for m in members} for members in self.reading.let_go)
        return frozenset().union(*(ms for ms in dropped if len(ms) > 1 and ms <= said))

    def _is_placed(self, member: str) -> bool:
        """Whether a limit speaks of a member by its place."""
        places = [
            float(at[member] + 1)
            for at in self.vocabulary.members.positions.values()
            if member in at
        ]
        return any(x in self.reading.said_numbers for x in places)

    @cached_property
    def _touched(self) -> set[str]:
        """Names that the reading touches, with the sets of what it touches and the parts that
        stand behind a limit."""
        names, model = set(self.reading.names), self.vocabulary.model
        indexed = {p.name: p.indices for p in model.parameters}
        indexed |= {v.name: v.indices for v in model.variables}
        over = {s for name in names for s in indexed.get(name, ())}
        # What stands beside a parameter in the same indices is spoken of with it: the flour that
        # somebody ships, and its cost.
        given = {p.name for p in model.parameters if p.indices}
        beside = {s for name in names & given for s in indexed[name]}
        names |= {v.name for v in model.variables if beside & set(v.indices)}
        names |= over
        for constraint in model.constraints:
            inside = names_used(constraint.expression, constraint.forall)
            if constraint.name in names:
                names |= inside
            for row, _ in rows_of(constraint):
                behind = parameter_behind(self.reading.program, row)
                if behind is not None and behind.name in names:
                    names |= {constraint.name, *inside}
        if any(isinstance(e, SetObjective | AddObjective) for e in self.reading.edits):
            names.add("objective")
        return names

    def parts_untouched(self) -> Iterator[str]:
        sets = frozenset().union(*self.vocabulary.members.set_words.values())
        for word in dict.fromkeys(self._words()):
            owners = self._owners.get(word, set()) if word not in sets else set()
            if owners and not owners & self._touched and word not in self._brought:
                yield f"{word!r} is spoken of, and nothing of it is touched"

    def parts_unsaid(self) -> Iterator[str]:
        """What a reading touches and nobody spoke of: a member, or a decision beside those that
        were named."""
        said = {m.lower() for m in self.vocabulary.members.named(self.said)}
        known = self.vocabulary.members.positions.values()
        single = {m for span in self.reading.spans if len(span) == 1 for m in span}
        named = {m for c in self.reading.limits for m in quoted(c.expression, c.forall)}
        for before, after in self._rewritten():
            named -= before
            for member in sorted(before - after):
                if not self._is_said(member, said):
                    yield f"{member!r} is no longer in it"
        for member in sorted(single | named | {*self._skipped()}):
            if any(member in at for at in known) and not self._is_said(member, said):
                yield f"{member!r} was not spoken of"
        for text in self.reading.texts:
            if text.lower() not in self.said.lower() and not self._is_said(text, said):
                yield f"{text!r} was not spoken of"
        yield from self._numbers_unsaid(said)
        model, words = self.vocabulary.model, {*self._words()}
        decisions = {v.name for v in model.variables}
        spoken = {d for d in decisions if words & self._own_words(d)}
        for constraint in self.reading.limits:
            used = names_used(constraint.expression, "") & decisions
            if spoken & used and used != decisions:
                for name in sorted(used - spoken):
                    yield f"{self._meaning(name)} was not spoken of"

    def _rewritten(self) -> Iterator[tuple[set[str], set[str]]]:
        """The members in a limit that is written anew, before and after."""
        for edit in self.reading.edits:
            if isinstance(edit, ChangeConstraint):
                was, now = constraint_named(self.reading.program, edit.name), edit.constraint
                yield quoted(was.expression, was.forall), quoted(now.expression, now.forall)

    def _skipped(self) -> Iterator[str]:
        """The Wednesday of a span from Tuesday to Thursday, where "Tuesday and Thursday" were
        said."""
        members = self.vocabulary.members
        for (start, end, one), (after, _, other) in pairwise(members.places(self.said)):
            listed = _LISTED.fullmatch(self.said[end:after])
            if listed is None or _BETWEEN.search(self.said[:start]):
                continue
            for at in members.positions.values():
                if one in at and other in at:
                    inner = range(min(at[one], at[other]) + 1, max(at[one], at[other]))
                    yield from (
                        m for span in self.reading.spans for m in span
                        if {one, other} <= {*span} and at.get(m) in inner
                    )  # fmt: skip

    def _numbers_unsaid(self, said: set[str]) -> Iterator[str]:
        """A number of the model that is set although neither it, nor what it limits, nor a member
        of it was spoken of."""
        if said & {m.lower() for m in self.reading.members}:
            yield from self._one_of_several()
            return
        spoken = {owner for word in self._words() for owner in self._owners.get(word, ())}
        told = {*self._words()} & self._brought
        for reference, _ in self.reading.references if not (spoken & self._touched or told) else ():
            yield f"{number_words(self.reading.program, reference)} was not spoken of"

    def _one_of_several(self) -> Iterator[str]:
        """`Twice the paint`: of two numbers of the same member neither of which is named."""
        words, parameters = {*self._words()}, self.vocabulary.model.parameters
        if words & self._brought or any(self._is_unit(w) for w in words):
            return
        named = {owner for word in words for owner in self._owners.get(word, ())}
        changed = {e.parameter for e in self.reading.edits if isinstance(e, ChangeValues)}
        changed |= {r.name for r, _ in self.reading.references if isinstance(r, ParameterRef)}
        for parameter in parameters if not named & (changed | self._touched) else ():
            others = [p.name for p in parameters if {*p.indices} & {*parameter.indices}]
            if parameter.name in changed and len(others) > 1:
                also = next(name for name in others if name != parameter.name)
                yield f"it may be a number of {also!r} as well as of {parameter.name!r}"

    def _meaning(self, decision: str) -> str:
        found = next(v for v in self.vocabulary.model.variables if v.name == decision)
        return found.meaning or found.name

    def _is_said(self, member: str, said: set[str]) -> bool:
        low = member.lower()
        if low in said or any(part in said for part in low.split(",")):
            return True
        # `Tuesday` and `Tuesdays` are Tue.
        return len(low) > 2 and any(word.startswith(low) for word in self._raw)

    def strange_words(self) -> Iterator[str]:
        told = content(" ".join((self.vocabulary.problem, *self.vocabulary.completions())))
        told |= content(" ".join(f"{o.text} {o.unit}" for o in self.vocabulary.model.objectives))
        told |= frozenset().union(*self.vocabulary.members.set_words.values())
        told |= {stem(m[0].lower()) for way in (LESS, MORE) for m in way.finditer(self.said)}
        begins = [t.lower() for t in self.vocabulary.members.by_lower_case if 2 < len(t) < 5]
        told |= {w for w in self._words() if any(w.startswith(t) for t in begins)}
        strange = [w for w in dict.fromkeys(self._words()) if w not in told | self._brought]
        strange = [w for w in strange if w not in PLAIN and not self._is_unit(w)]
        if strange:
            shown = [next((raw for raw in self._raw if stem(raw) == w), w) for w in strange]
            yield "the model has nothing called " + ", ".join(map(repr, shown))

    def _is_unit(self, word: str) -> bool:
        units = (unit_said(self.said, q) for q in quantities(self.said))
        return any(u is not None and word in frozenset(stems(u.text)) for u in units)
