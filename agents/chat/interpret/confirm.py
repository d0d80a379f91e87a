"""What the words of a turn leave open about a reading of it: it is shown then, and waits for a yes.

Nothing here reads a sentence, mends a reading or decides for one. Each check compares the words
with what a reading would do, and what does not agree is a doubt, said in a sentence: a number that
was said and is not used or was not said and is, a name that is spoken of and not touched, a word
that the model does not have, a condition, an alternative, a direction or a span of time that the
reading does not show. A reading without doubts is done at once; one with doubts is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isclose

from optwright.agents.chat.intents import (
    Ambiguous,
    AskFor,
    Change,
    Instruction,
)
from optwright.agents.chat.interpret.touched import (
    Touched,
    literals,
    names_used,
    new_numbers,
    value_of,
)
from optwright.agents.chat.interpret.units import measured, unit_said
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.interpret.words import PLAIN, STOP, content, stems
from optwright.agents.chat.labels import number_words
from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.agents.text.wording import phrases, plain_way, stem
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import (
    AddConstraint,
    AddMember,
    AddObjective,
    AddTerm,
    AddVariable,
    ChangeConstraint,
    ChangeValues,
    DropConstraint,
    DropMember,
    Edit,
    ScaleNumber,
    SetNumber,
    SetObjective,
    SetVariable,
)
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    constraint_named,
    parameter_behind,
    rows_of,
)
from optwright.solvers.language.expressions import Ref, parse_constraint, walk
from optwright.solvers.language.expressions import names as names_in
from optwright.solvers.model.formulation import Constraint, Domain, Sense

SAME = 2e-3
"""How far two numbers may be apart and still be the same as said: 1/3 is written 0.333."""
LARGE_CHANGE = 5.0
"""A number that becomes this many times what it was, or a part of it, is shown first."""

_HYPOTHETICAL = re.compile(
    r"\b(?:what|how) (?:if|happens|would|about|will)\b|\b(?:suppose|imagine|would|hypothetically|"
    r"assuming|let's say|try)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:and |so |but |ok |okay |well )*(?:what|how|why|which|who|where|when|is|are|do|does|did|"
    r"should|could|would|will|may|might)\b",
    re.IGNORECASE,
)
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
_IT_COSTS = re.compile(
    r"\b(?:(?:it|that|this|they) (?:would |will )?costs?|costs? (?:us|me|more|less))\b",
    re.IGNORECASE,
)
_SPAN_BEFORE = re.compile(
    r"\b(?:from|until|till|til|after|before|since|through|thru|up to|starting(?: in| with)?|"
    r"beginning(?: in| with)?|between|by)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_SPAN_AFTER = re.compile(
    r"^\s*(?:on\b(?!\s+\w+day)|onwards?\b|and (?:later|after)|to\b|through\b|-)", re.IGNORECASE
)
_LESS = re.compile(
    r"\b(?:lower|less|fewer|smaller|cheaper|down|decreas\w+|drop\w*|fall\w*|fell|reduc\w+|cut\w*|"
    r"lower\w*|shrink\w*|shrank|shorter|minus|lost|lose\w*|gone|missing|halv\w+|spoil\w*|broken|"
    r"ill|sick|off)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:higher|more|greater|larger|bigger|up|increas\w+|rais\w+|ris\w+|rose|gr[eo]w\w*|longer|"
    r"plus|extra|additional|dearer|expensive|another|gain\w*|doubl\w+|tripl\w+|further)\b",
    re.IGNORECASE,
)
_BECOMES = re.compile(
    r"(?:\b(?:to|is|are|was|were|be|been|becomes?|at|of|have|has|had|having|exactly|only|just|least|"
    r"most|than|costs?|takes?|needs?|uses?|requires?|earns?|carr(?:y|ies)|brings?|yields?|weighs?|"
    r"holds?|for|equals?|now|up|there's|we've|get|gets|got|says?|cap|capped|as|maximum|minimum|max|"
    r"min|limit|set|make|makes|about|with|sends?|gives?|pays?|paid|sells?|means?|over|under|down)"
    r"|=|:|->)\s+(?:(?:only|just|now|about|a|the|exactly|at|as|many|much|least|most|to|up|be|or)\s+)*"
    r"[$€£]?\s*$",
    re.IGNORECASE,
)


_FOLLOWED_BY_CHANGE = re.compile(
    r"^\s*(?:[^\W\d]+\s+){0,2}(?:less|more|fewer|extra|additional|lower|higher)\b(?!\s+than)", re.I
)
_HIGH = re.compile(r"\b(?:maxim\w*|as (?:much|many|high|large) |highest|largest|most)\b", re.I)
_LOW = re.compile(
    r"\b(?:minim\w*|as (?:little|few|low|small|cheap)|lowest|smallest|fewest|cheapest|"
    r"(?<!at )(?<!very )least)\b",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"\b(?:chang|disrupt|mov|alter|deviat|shuffl)\w*\b.{0,30}\b(?:as (?:little|few)|least|fewest|"
    r"minim\w+)\b|\b(?:as (?:little|few)|least|fewest|minimal|smallest)\b.{0,20}\b(?:chang|disrupt|"
    r"shuffl|alter|deviat)\w*|\b(?:keep|leave)\w*\b.{0,30}\b(?:as (?:much|it is|close|similar|"
    r"planned)|(?:everything|the rest) else)\b",
    re.IGNORECASE,
)


def doubts(said: str, instruction: Instruction, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What the words leave open about a reading, a sentence each, the weightiest first.

    Of what only asks, or is only tried, words the model does not have are no doubt: the reply shows
    what was asked or tried.
    """
    found = Touched.of(instruction, vocabulary.program)
    if found is None:
        return ()
    checks = _Checks(said, found, vocabulary)
    return tuple(dict.fromkeys(checks.all()))


def as_trial(said: str, instruction: Instruction) -> Instruction:
    """A question changes nothing for good: a change that was asked about becomes a trial."""
    text = _POLITE.sub("", said.strip())
    asks = _HYPOTHETICAL.search(text) or _ASKS.match(text) or text.rstrip().endswith("?")
    if not asks:
        return instruction
    if isinstance(instruction, Change | Ambiguous):
        return instruction.model_copy(update={"trial": True})
    if isinstance(instruction, AskFor):
        change = instruction.change.model_copy(update={"trial": True})
        return instruction.model_copy(update={"change": change})
    return instruction


_POLITE = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can we|could we|i want to|i'd like to|"
    r"let us|let's|now|ok|okay|hey|hi|so|and|then|well)[, ]+)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Checks:
    """The words of a turn against what a reading of it touches."""

    said: str
    reading: Touched
    vocabulary: Vocabulary

    def all(self) -> Iterator[str]:
        """Every doubt."""
        yield from self._numbers_unused()
        yield from self._numbers_invented()
        yield from self._members_unused()
        yield from self._parts_untouched()
        yield from self._parts_unsaid()
        yield from self._structure()
        yield from self._spans()
        yield from self._directions()
        yield from self._percentages()
        yield from self._order()
        yield from self._aims()
        if self.reading.lasting:
            yield from self._large_changes()
            yield from self._strange_words()

    # Numbers

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

    def _numbers_unused(self) -> Iterator[str]:
        used = [*self.reading.said_numbers, *self.reading.known_numbers]
        for q in self._quantities:
            if not any(_fits(q, x) for x in used) and not self._is_converted(q):
                yield f"{q.text.strip()!r} is not used"

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
            if any(x is not None and _same(abs(x), said.value) for x in wanted):
                return True
        return False

    def _numbers_invented(self) -> Iterator[str]:
        said = [x for q in quantities(self.said) for x in _forms(q)]
        said += [float(m) for m in re.findall(r"\d+(?:\.\d+)?", self.said)]
        said += [*self.reading.known_numbers, 0.0, 1.0]
        members = self.vocabulary.members
        sizes = [float(len(texts)) for texts in members.texts.values()]
        said += [*sizes, *(size - 1 for size in sizes)]  # the last, and the last but one
        said += self._places_said
        model = self.vocabulary.model
        texts = [model.objective.expression, *(c.expression for c in model.constraints)]
        known = {x for text in texts for x in literals(text, "")}
        for edit in self.reading.edits:
            for value in new_numbers(edit, self.reading.program):
                if not any(_same(abs(x), abs(value)) for x in (*said, *known)) and not (
                    any(self._gives(q, value) for q in self._quantities)
                ):
                    yield f"{value:g} is not a number that was said"

    @cached_property
    def _places_said(self) -> list[float]:
        """The places, from 1, of the members that were said: `ord(t) >= 3` is from the third on."""
        members = self.vocabulary.members
        return [
            float(at[m] + 1)
            for m in members.named(self.said)
            for at in members.positions.values()
            if m in at
        ]

    def _gives(self, q: Quantity, value: float) -> bool:
        unit = unit_said(self.said, q)
        for reference, _ in self.reading.references:
            now = value_of(self.reading.program, reference)
            if now is not None and any(_same(abs(value - now), abs(x)) for x in _forms(q)):
                return True
            if unit is None:
                continue
            try:
                problem = self.vocabulary.problem
                to = measured(self.reading.program, reference, q.value, unit.text, problem).value
            except OptwrightError:
                continue
            if _same(to, value) or (now is not None and _same(to, abs(value - now))):
                return True
        return False

    # Names

    def _members_unused(self) -> Iterator[str]:
        touched = {m.lower() for m in self.reading.members}
        touched |= {part for m in touched for part in m.split(",")}
        for member in dict.fromkeys(self.vocabulary.members.named(self.said)):
            inside_a_span = any(member in span for span in self.reading.spans)
            by_place = any("ord(" in f"{c.expression} {c.forall}" for c in self.reading.limits)
            if (
                member.lower() not in touched
                and not inside_a_span
                and not (by_place and self._is_placed(member))
            ):
                yield f"{member!r} is not touched"

    def _is_placed(self, member: str) -> bool:
        """Whether a limit speaks of a member by its place."""
        places = [
            float(at[member] + 1)
            for at in self.vocabulary.members.positions.values()
            if member in at
        ]
        return any(x in self.reading.said_numbers for x in places)

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

    def _words(self) -> list[str]:
        """The words of the turn that mean something, members and numbers left out."""
        text = _IT_COSTS.sub(" ", self.vocabulary.members.without(self.said))
        for q in sorted(quantities(text), key=lambda q: -q.start):
            text = f"{text[: q.start]} {text[q.end :]}"
        return [w for w in stems(text) if w not in STOP and len(w) > 1]

    def _parts_untouched(self) -> Iterator[str]:
        sets = frozenset().union(*self.vocabulary.members.set_words.values())
        for word in dict.fromkeys(self._words()):
            owners = self._owners.get(word, set()) if word not in sets else set()
            if owners and not owners & self._touched and word not in self._brought:
                yield f"{word!r} is spoken of, and nothing of it is touched"

    def _parts_unsaid(self) -> Iterator[str]:
        """What a reading touches and nobody spoke of: a member, or a decision beside those that
        were named."""
        said = {m.lower() for m in self.vocabulary.members.named(self.said)}
        known = self.vocabulary.members.positions.values()
        single = {m for span in self.reading.spans if len(span) == 1 for m in span}
        quoted = {
            m
            for c in self.reading.limits
            for m in re.findall(r"[\"']([^\"']*)[\"']", f"{c.expression} {c.forall}")
        }
        for member in sorted(single | quoted):
            if any(member in at for at in known) and not self._is_said(member, said):
                yield f"{member!r} was not spoken of"
        model, words = self.vocabulary.model, {*self._words()}
        decisions = {v.name for v in model.variables}
        spoken = {d for d in decisions if words & self._own_words(d)}
        for constraint in self.reading.limits:
            used = names_used(constraint.expression, "") & decisions
            if spoken & used and used != decisions:
                for name in sorted(used - spoken):
                    yield f"{self._meaning(name)} was not spoken of"

    def _own_words(self, decision: str) -> frozenset[str]:
        """Words that mean this decision and no other; all of its words where there are none."""
        mine = self.vocabulary.words_of(decision)
        others = [v.name for v in self.vocabulary.variables if v.name != decision]
        return mine.difference(*map(self.vocabulary.words_of, others)) or mine

    def _meaning(self, decision: str) -> str:
        found = next(v for v in self.vocabulary.model.variables if v.name == decision)
        return found.meaning or found.name

    def _is_said(self, member: str, said: set[str]) -> bool:
        low = member.lower()
        if low in said or any(part in said for part in low.split(",")):
            return True
        # `Tuesday` and `Tuesdays` are Tue.
        return len(low) > 2 and any(word.startswith(low) for word in self._raw)

    @cached_property
    def _brought(self) -> frozenset[str]:
        return content(" ".join(self.reading.new_words))

    def _strange_words(self) -> Iterator[str]:
        told = content(" ".join((self.vocabulary.problem, *self.vocabulary.completions())))
        told |= content(" ".join(f"{o.text} {o.unit}" for o in self.vocabulary.model.objectives))
        told |= frozenset().union(*self.vocabulary.members.set_words.values())
        told |= {stem(m[0].lower()) for way in (_LESS, _MORE) for m in way.finditer(self.said)}
        begins = [t.lower() for t in self.vocabulary.members.by_lower_case if 2 < len(t) < 5]
        told |= {w for w in self._words() if any(w.startswith(t) for t in begins)}
        strange = [w for w in dict.fromkeys(self._words()) if w not in told | self._brought]
        strange = [w for w in strange if w not in PLAIN and not self._is_unit(w)]
        if strange:
            shown = [next((raw for raw in self._raw if stem(raw) == w), w) for w in strange]
            yield "the model has nothing called " + ", ".join(map(repr, shown))

    @cached_property
    def _raw(self) -> list[str]:
        return [w.lower() for w in re.findall(r"[^\W\d_]+", self.said)]

    def _is_unit(self, word: str) -> bool:
        units = (unit_said(self.said, q) for q in quantities(self.said))
        return any(u is not None and word in frozenset(stems(u.text)) for u in units)

    # Forms that words ask for

    def _structure(self) -> Iterator[str]:
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
        body = _HYPOTHETICAL.sub(" ", _POLITE.sub("", self.said))
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

    def _spans(self) -> Iterator[str]:
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

    # Directions

    def _directions(self) -> Iterator[str]:
        # Of words that deny something beside their phrases nobody can say which way they point.
        stated = plain_way(self.said)
        ways = {stated.value} if stated is not None else set[str]()
        decisions = {v.name for v in self.vocabulary.variables}
        limits = self.reading.limits if ways else []
        # Of several limits some only tie a new decision to others.
        if limits and not any(_operators(c, decisions) & ways for c in limits):
            yield f"it says {limits[0].expression}, and the words point another way"
        for reference, _ in self.reading.references if ways else ():
            operators = _limits_by(self.reading.program, reference)
            if operators and not operators & ways:
                yield f"{number_words(self.reading.program, reference)} is a limit of another kind"
        less, more = _LESS.search(self.said), _MORE.search(self.said)
        for sign in self._moves():
            if (less and not more and sign > 0) or (more and not less and sign < 0):
                yield "it goes up where the words go down, or the other way round"
        yield from self._set_or_moved()

    def _moves(self) -> Iterator[float]:
        for edit in self.reading.edits:
            match edit:
                case ScaleNumber(percent=percent):
                    yield percent
                case ChangeValues(how="by" | "percent", amount=amount):
                    yield amount
                case SetNumber(reference=reference, value=value) if value is not None:
                    now = value_of(self.reading.program, reference)
                    by = None if now is None else value - now
                    if by is not None and any(
                        _same(abs(by), abs(q.value)) for q in self._quantities
                    ):
                        yield by

    def _set_or_moved(self) -> Iterator[str]:
        """`we lost 2 kg` is a loss of 2, not 2 that are left."""
        changed = _LESS.search(self.said) or _MORE.search(self.said)
        if changed is None:
            return
        for edit in self.reading.edits:
            if isinstance(edit, ChangeValues) and edit.how == "to":
                values = [edit.amount]
            elif isinstance(edit, SetNumber) and edit.value is not None:
                values = [edit.value]
            else:
                continue
            for q in self._quantities:
                is_it = any(_same(x, q.value) for x in values) or self._is_converted(q)
                now = (
                    value_of(self.reading.program, edit.reference)
                    if isinstance(edit, SetNumber)
                    else None
                )
                moved = now is not None and any(_same(abs(x - now), abs(q.value)) for x in values)
                stands = _BECOMES.search(
                    self.said[: q.start]
                ) is not None and not _FOLLOWED_BY_CHANGE.search(self.said[q.end :])
                to = re.search(r"\bto\s*[$€£]?$", self.said[: q.start], re.IGNORECASE)
                if moved and to and not is_it:
                    yield f"it moves by {q.text}, and the words may mean that it becomes that"
                if is_it and not moved and not stands and not self._moved_converted(q, edit):
                    yield f"it becomes {values[0]:g}, and the words may mean a change by that much"

    def _moved_converted(self, q: Quantity, edit: Edit) -> bool:
        if not isinstance(edit, SetNumber) or edit.value is None:
            return False
        unit, now = unit_said(self.said, q), value_of(self.reading.program, edit.reference)
        if unit is None or now is None:
            return False
        try:
            problem = self.vocabulary.problem
            step = measured(self.reading.program, edit.reference, q.value, unit.text, problem)
        except OptwrightError:
            return False
        return _same(abs(edit.value - now), step.value)

    # Which number goes with which name, and how

    def _percentages(self) -> Iterator[str]:
        """A percentage changes by a share, and an amount does not."""
        percent = [q.value for q in self._quantities if q.kind is Kind.PERCENT]
        plain = [q.value for q in self._quantities if q.kind in (Kind.NUMBER, Kind.WORD)]
        for edit in self.reading.edits:
            match edit:
                case ScaleNumber(percent=x) | ChangeValues(how="percent", amount=x):
                    if any(_same(abs(x), p) for p in plain) and not any(
                        _same(abs(x), p) for p in percent
                    ):
                        yield f"{abs(x):g} is no percentage in the words"
                case ChangeValues(how="by" | "to", amount=x):
                    if any(_same(abs(x), p) for p in percent):
                        yield f"{abs(x):g} is a percentage in the words"
                case SetNumber(reference=reference, value=value) if value is not None:
                    now = value_of(self.reading.program, reference)
                    moved = [abs(value)] + ([] if now is None else [abs(value - now)])
                    if any(_same(x, p) for x in moved for p in percent):
                        yield "it changes by an amount, and the words by a percentage"

    def _order(self) -> Iterator[str]:
        """Numbers of several changes are said in the order of what they are said of."""
        pairs = []
        found = list(_paired(self.reading.edits))
        everything = [self._names_of(names) for names, _ in found]
        for at, (_, value) in enumerate(found):
            others = frozenset().union(*(w for k, w in enumerate(everything) if k != at))
            place = self._first_place(everything[at] - others)
            number = [q.start for q in self._quantities if any(_same(abs(value), abs(x))
                      for x in _forms(q))]  # fmt: skip
            if place is not None and len(number) == 1:
                pairs.append((place, number[0]))
        by_name, by_number = sorted(pairs), sorted(pairs, key=lambda pair: pair[1])
        if [n for _, n in by_name] != [n for _, n in by_number]:
            yield "its numbers may belong to one another's names"

    def _names_of(self, names: Iterable[str]) -> frozenset[str]:
        """The words for a part of the model, or a member, in lower case."""
        found: set[str] = set()
        variables = {v.name for v in self.vocabulary.variables}
        for name in names:
            found |= content(name) | {name.lower()}
            if name in variables:
                found |= self._own_words(name)
            else:
                found |= {word for word, owners in self._owners.items() if name in owners}
        return frozenset(found)

    def _first_place(self, words: frozenset[str]) -> int | None:
        for match in re.finditer(r"[^\W\d_]+|\S+", self.said):
            low = match[0].lower().strip(",.;:!?")
            if low in words or stem(low) in words:
                return match.start()
        return None

    def _aims(self) -> Iterator[str]:
        """What should become large does not become small, and `as little as possible` of a change
        is not of an amount."""
        high, low = _HIGH.search(self.said), _LOW.search(self.said)
        for edit in self.reading.edits:
            if isinstance(edit, SetObjective):
                sense = edit.sense
            elif isinstance(edit, AddObjective):
                sense = edit.objective.sense
            else:
                continue
            if (sense is Sense.MAXIMIZE and low and not high) or (
                sense is Sense.MINIMIZE and high and not low
            ):
                yield "it aims the other way"
        if _NEAR.search(self.said) and self.reading.edits and not self.reading.least:
            yield "the plan would not be kept near what it is"

    def _large_changes(self) -> Iterator[str]:
        for reference, value in self.reading.references:
            now = value_of(self.reading.program, reference)
            if now and value and now * value > 0:
                ratio = max(value / now, now / value)
                if ratio > LARGE_CHANGE:
                    yield f"it is {now:g} now, and would be {value:g}"


def _paired(edits: Sequence[Edit]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Numbers of edits with what each is said of: names of parts, or members."""
    for edit in edits:
        match edit:
            case AddTerm(element=element, term=term) if element != "objective":
                if len(found := literals(term, "")) == 1:
                    yield (element,), found[0]
            case AddMember(values=values):
                for inner in values.values():
                    if isinstance(inner, dict):
                        yield from (((m,), x) for m, x in inner.items() if isinstance(x, float))
            case ChangeValues(parameter=name, at=at, amount=amount):
                members = [m for one in at for m in one]
                yield tuple(members) or (name,), amount
            case SetNumber(reference=reference, value=value) if value is not None:
                match reference:
                    case ParameterRef(name=name, at=place):
                        yield place or (name,), value
                    case RhsRef(row=row):
                        yield (row,), value
                    case CoefficientRef(decision=decision):
                        yield tuple(sorted(names_used(decision, ""))), value
                    case BoundRef(variable=name):
                        yield (name,), value
            case AddConstraint(constraint=constraint):
                used = names_used(constraint.expression, "")
                found = [x for x in literals(constraint.expression, "") if x not in (0.0, 1.0)]
                if len(found) == 1:
                    yield tuple(sorted(used)), found[0]


def _forms(q: Quantity) -> Iterable[float]:
    """What a number that was said may be written as."""
    yield from q.readings
    yield q.value
    if q.kind is Kind.PERCENT:
        yield from (-q.value, q.value / 100)
    if q.kind is Kind.MULTIPLE:
        yield from (100 * (q.value - 1), q.value)
    if q.kind is Kind.SHARE:
        yield from (100 * q.value, 100 * (1 - q.value), 1 - q.value)


def _fits(q: Quantity, used: float) -> bool:
    strict = isinstance(used, float) and q.kind in (Kind.NUMBER, Kind.WORD)
    if strict:
        return _same(abs(used), abs(q.value))
    return any(_same(abs(used), abs(x)) for x in _forms(q))


def _same(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=SAME, abs_tol=1e-9)


def _operators(constraint: Constraint, decisions: set[str]) -> set[str]:
    """Which way the comparisons of a limit point, its decisions on the left; all ways where there
    are decisions on both sides, for either may be the one that is spoken of."""
    turned = {"<=": ">=", ">=": "<=", "==": "=="}
    found: set[str] = set()
    for _, comparison in rows_of(constraint):
        left, right = (
            bool(names_in(side) & decisions) for side in (comparison.left, comparison.right)
        )
        if left and right:
            return {"<=", ">=", "=="}
        operator = comparison.operator
        found.add(operator if left else turned.get(operator, operator))
    return found or {"<=", ">=", "=="}


def _limits_by(program: Program, reference: NumberRef) -> set[str]:
    """Which way the limits point whose amount a number is; empty where it is none."""
    found: set[str] = set()
    if isinstance(reference, BoundRef):
        return {">=" if reference.side == "lower" else "<="}
    if isinstance(reference, RhsRef):
        return {c.operator for row, c in rows_of(constraint_named(program, reference.row))
                if row == reference.row}  # fmt: skip
    if isinstance(reference, ParameterRef) and program.formulation is not None:
        for constraint in program.formulation.constraints:
            for row, comparison in rows_of(constraint):
                behind = parameter_behind(program, row)
                if behind is not None and behind.name == reference.name:
                    found.add(comparison.operator)
    return found


_TIMES = re.compile(
    r"\d|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|spring|"
    r"summer|autumn|fall|winter|early|late|night|morning|noon|evening)",
    re.IGNORECASE,
)


def _is_sequence(texts: Sequence[str]) -> bool:
    """Whether members are points of time: numbers, dates, months, weekdays."""
    few = texts[:12]
    return sum(_TIMES.search(text) is not None for text in few) > len(few) / 2


__all__ = ["as_trial", "doubts"]
