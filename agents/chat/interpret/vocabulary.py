"""The words of a model: which of its parts a person speaks of.

Matching is by words that names, meanings and the problem's own sentences have in common with what
was said. Where several parts match alike, all of them come back, and nobody guesses.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan

from optwright.agents.chat.interpret.members import Members
from optwright.agents.chat.interpret.words import STOP, content, stems, words_in
from optwright.agents.text.wording import sentences, stem
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    formulation_of,
    parameter_behind,
    read,
    references,
    rows_of,
)
from optwright.solvers.language.expressions import Expr, Number, Quoted, Ref, names, parse, to_text
from optwright.solvers.language.rhs_attribution import stated_signs
from optwright.solvers.model.formulation import Constraint, Variable

MOST_NUMBERS = 500  # single values that one turn may change

_PRICES = frozenset(map(stem, "profit cost price worth earn earning revenue".split()))
_KINDS = (RhsRef, ParameterRef, CoefficientRef, BoundRef)


@dataclass(frozen=True)
class Named:
    """A part of the model with the words that mean it; `weak` ones only suggest it."""

    reference: NumberRef
    strong: frozenset[str]
    weak: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    """At least one of these has to be said."""


@dataclass(frozen=True)
class Selection:
    """Some elements of a decision: a member where one was named, None where all are meant."""

    variable: Variable
    fixed: tuple[str | None, ...]
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        return None not in self.fixed

    @property
    def elements(self) -> tuple[tuple[str, ...], ...]:
        """Every element, as its members."""
        choices = [
            self.members[over] if member is None else (member,)
            for over, member in zip(self.variable.indices, self.fixed, strict=True)
        ]
        return tuple(itertools.islice(itertools.product(*choices), MOST_NUMBERS + 1))

    def words(self) -> str:
        """The elements as people name them: `gift (number of gift boxes)`, `ship to Lyon`."""
        said = ", ".join(m for m in self.fixed if m is not None)
        meaning = self.variable.meaning or self.variable.name
        return f"{meaning} for {said}" if said else meaning


@dataclass(frozen=True)
class Match:
    """References that the words mean; `unknown` are words that no part of it accounts for."""

    references: tuple[NumberRef, ...]
    unknown: frozenset[str]


class Vocabulary:
    """The words of one program, and of the problem it was made from."""

    def __init__(self, program: Program, problem: str = "") -> None:
        self.program = program
        self.model = formulation_of(program)
        self.problem = problem
        self._sentences = sentences(problem)
        self.members = Members(program)

    # Decisions

    def decisions(self, text: str) -> list[Variable]:
        """The decisions the words mean best; several where they match alike."""
        said = frozenset(stems(text))
        scores = {v.name: self._score(self._decision_words[v.name], said) for v in self.variables}
        best = max(scores.values(), default=0.0)
        if best <= 0:
            return []
        return [v for v in self.variables if scores[v.name] == best]

    def words_of(self, variable: str) -> frozenset[str]:
        """The words that mean a decision."""
        return self._decision_words[variable]

    @property
    def variables(self) -> tuple[Variable, ...]:
        return self.model.variables

    @cached_property
    def _decision_words(self) -> dict[str, frozenset[str]]:
        # A name counts whole: `small` means nothing in a sentence until a decision is called so.
        return {
            v.name: content(f"{v.name} {v.meaning}") | frozenset(stems(v.name))
            for v in self.variables
        }

    def _score(self, words: frozenset[str], said: frozenset[str]) -> float:
        """Words that few decisions share count more."""
        sharing = self._decision_words.values()
        return sum(1 / sum(word in other for other in sharing) for word in words & said)

    def selections(self, text: str) -> list[Selection]:
        """Elements of decisions that the words mean; several where they match alike."""
        members = self.members.named(text)
        variables = self.decisions(self.members.without(text)) or self._only_with(members)
        found = []
        for variable in variables:
            fixed = self.members.fixed(variable, members, text)
            if fixed is not None:
                texts = {i: self.members.texts[i] for i in variable.indices}
                found.append(Selection(variable, fixed, texts))
        return found

    def _only_with(self, members: Sequence[str]) -> list[Variable]:
        """Without a word for a decision: the one there is, or the one that has the members."""
        having = [
            v for v in self.variables if members and self.members.fixed(v, members, "") is not None
        ]
        return having if len(having) == 1 else []

    # References to numbers

    def match(self, text: str) -> list[Match]:
        """What numbers of the model the words mean, best first and only the best; several where
        they match alike."""
        members = self.members.named(text)
        said = content(self.members.without(text))
        likely = [
            (self._rank(named, said), named)
            for named in self._named
            if named.strong & said and (not named.needs or named.needs & said)
        ]
        found = list[tuple[tuple[float, int], Match]]()
        for rank, named in sorted(likely, key=lambda pair: pair[0], reverse=True):
            meant = self._at(named.reference, members, text)
            if meant and (not found or rank == found[0][0]):
                unknown = said - named.strong - named.weak - self._units
                found.append((rank, Match(tuple(meant), unknown)))
        return [match for _, match in found]

    def _rank(self, named: Named, said: frozenset[str]) -> tuple[float, int]:
        """Words that few numbers share count more, and those of decisions most of all; words
        around a quotation hardly count."""
        shared = sum(
            (2 if word in self._things else 1) / self._uses[word] for word in named.strong & said
        )
        around = len((named.weak - named.strong) & said)
        return round(shared + 0.01 * around, 9), -_KINDS.index(type(named.reference))

    @cached_property
    def _things(self) -> frozenset[str]:
        """The words of decisions that are not units."""
        return frozenset().union(*self._decision_words.values()) - self._units

    @cached_property
    def _uses(self) -> Mapping[str, int]:
        """How many limits and parameters a word belongs to, at least 1."""
        counted = Counter(
            word
            for named in self._named
            if isinstance(named.reference, RhsRef | ParameterRef)
            for word in named.strong
        )
        return defaultdict(lambda: 1, counted)

    @cached_property
    def _units(self) -> frozenset[str]:
        """Words that measure: units, and what stands behind a number in the problem."""
        model = self.model
        units = [model.objective.unit, *(v.unit for v in model.variables)]
        units += [p.unit for p in model.parameters]
        units += re.findall(r"\d\s+([a-z]+)", " ".join(self._sentences).lower())
        return content(" ".join(units))

    def has_unit(self, words: str) -> bool:
        """Whether the model or the problem measures in the words of a unit."""
        return bool(content(words) & self._units)

    def is_strange(self, word: str) -> bool:
        """Whether a word means something and is in neither the model nor the problem."""
        told = content(" ".join((*self._sentences, *self.completions())))
        return bool(content(word)) and not content(word) & told

    def _at(self, reference: NumberRef, members: Sequence[str], text: str) -> list[NumberRef]:
        """The reference for the members that were named; empty where it has none of them."""
        if not members:
            return [reference]
        if isinstance(reference, CoefficientRef):
            named = {to_text(index).strip("\"'") for index in _indices(reference.decision)}
            return [reference] if named.issuperset(members) else []
        if not isinstance(reference, ParameterRef):
            return []
        parameter = next(p for p in self.model.parameters if p.name == reference.name)
        as_variable = Variable(name=parameter.name, indices=parameter.indices)
        fixed = self.members.fixed(as_variable, members, text)
        if fixed is None:
            return []
        texts = {i: self.members.texts[i] for i in parameter.indices}
        elements = Selection(as_variable, fixed, texts).elements
        given = self.program.instance.parameters[parameter.name]
        places = [
            tuple(over.positions[m] for over, m in zip(given.sets, e, strict=True))
            for e in elements
        ]
        return [
            ParameterRef(name=reference.name, at=e)
            for e, place in zip(elements, places, strict=True)
            if not isnan(given.values[place])
        ]

    @cached_property
    def _named(self) -> tuple[Named, ...]:
        signs = stated_signs(self.model)
        return tuple(
            self._name(reference)
            for reference in references(self.program)
            if not _is_implied(reference, self.program)
            # Of `40 - x - y >= 0` the 0 is not what people speak of.
            and not (isinstance(reference, RhsRef) and signs.get(reference.row, 1) < 0)
        )

    def _name(self, reference: NumberRef) -> Named:
        match reference:
            case ParameterRef(name=name):
                part = next(p for p in self.model.parameters if p.name == name)
                told = f"{name} {part.meaning} {part.source}"
                limits = [c for c in self.model.constraints if self._is_limit(c, name)]
                told += " ".join(f" {c.text} {c.name}" for c in limits)
                return Named(reference, content(told), self._weak(part.source))
            case RhsRef(row=row):
                constraint = self._constraint(row)
                return Named(
                    reference, content(f"{row} {constraint.text}"), self._weak(constraint.text)
                )
            case BoundRef(variable=name):
                return Named(reference, self._decision_words[name])
        mine = self._named_in(reference.decision)
        if reference.element == "objective":
            objective = self.model.objective
            place = content(f"{objective.text} {objective.unit}") | _PRICES
        else:
            constraint = self._constraint(reference.element)
            place = content(f"{constraint.name} {constraint.text}")
        return Named(reference, mine | place, needs=self._own(reference.decision))

    def _own(self, decision: str) -> frozenset[str]:
        """Words that mean this decision and no other."""
        mine = self._named_in(decision)
        others = [w for n, w in self._decision_words.items() if n not in names(parse(decision))]
        return mine.difference(*others) if others else mine

    def _named_in(self, decision: str) -> frozenset[str]:
        used = names(parse(decision)) & self._decision_words.keys()
        return frozenset().union(*(self._decision_words[name] for name in used))

    def _is_limit(self, constraint: Constraint, parameter: str) -> bool:
        behind = (parameter_behind(self.program, row) for row, _ in rows_of(constraint))
        return any(p is not None and p.name == parameter for p in behind)

    def _constraint(self, row: str) -> Constraint:
        return self._by_row[row]

    @cached_property
    def _by_row(self) -> dict[str, Constraint]:
        """Constraints by their own names and those of their rows."""
        own = {c.name: c for c in self.model.constraints}
        return {row: c for c in self.model.constraints for row, _ in rows_of(c)} | own

    def _weak(self, words: str) -> frozenset[str]:
        """The words around a quotation in the problem."""
        quoted = " ".join(words.lower().split())
        if not quoted:
            return frozenset()
        around = [s for s in self._sentences if quoted in " ".join(s.lower().split())]
        return content(" ".join(around))

    # Constraints and completion

    def constraints(self, text: str) -> list[Constraint]:
        """The constraints the words mean best."""
        said = content(text)
        scored = [(len(content(f"{c.name} {c.text}") & said), c) for c in self.model.constraints]
        best = max((score for score, _ in scored), default=0)
        return [c for score, c in scored if best and score == best]

    def near(self, text: str) -> tuple[str, ...]:
        """Names of the model that share a word with the text."""
        said = frozenset(stems(text))
        things = [v.name for v in self.variables] + [c.name for c in self.model.constraints]
        things += [p.name for p in self.model.parameters]
        return tuple(name for name in things if content(name) & said)

    def completions(self) -> list[str]:
        """Names and words of the model, for completion at a prompt."""
        parts = [(v.name, v.meaning) for v in self.variables]
        parts += [(p.name, p.meaning) for p in self.model.parameters]
        parts += [(c.name, c.text) for c in self.model.constraints]
        told = " ".join(words for _, words in parts)
        words = [w for w in words_in(told) if len(w) > 3 and stem(w) not in STOP]
        members = itertools.islice(self.members.by_lower_case.values(), 200)
        return list(dict.fromkeys([*(name for name, _ in parts), *words, *members]))


def _indices(element: str) -> tuple[Expr, ...]:
    node = parse(element)
    return node.indices if isinstance(node, Ref) else ()


def _is_implied(reference: NumberRef, program: Program) -> bool:
    """Whether a reference is the 1 that nobody wrote before an element of a loop: the stock of last
    month in a balance counts once, whatever is said about months."""
    if not isinstance(reference, CoefficientRef):
        return False
    loops = any(not isinstance(i, Quoted | Number) for i in _indices(reference.decision))
    return loops and abs(read(program, reference) or 0.0) == 1
