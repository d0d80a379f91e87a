"""Reading turns by rules: plain sentences to instructions, without a model.

English only. What is read is read by the words and names of the formulation at hand; a sentence
that fits no rule, or names things the model does not have, is left `Unread`. Text of data cells
plays no part except as the names of members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from optwright.agents.chat.commands import command
from optwright.agents.chat.dials import BoundDial, Dial, LimitDial, parameter_behind, read, rows_of
from optwright.agents.chat.edits import (
    AddConstraint,
    Assume,
    DropConstraint,
    Edit,
    Force,
    Rename,
    ScaleNumber,
    SetDomain,
    SetNumber,
    SetObjective,
    element_text,
    free_name,
    index_of,
)
from optwright.agents.chat.instructions import (
    Ambiguous,
    Change,
    Instruction,
    Sweep,
    Unread,
    WhyNot,
    Worth,
)
from optwright.agents.chat.measures import (
    Measured,
    UnitSaid,
    measured,
    measured_in_words,
    unit_said,
    variable_unit,
    word_behind,
)
from optwright.agents.chat.reply import Option, Question
from optwright.agents.chat.spoken import dial_words
from optwright.agents.chat.vocabulary import MOST_DIALS, Match, Selection, Vocabulary
from optwright.agents.evidence import in_symbols
from optwright.agents.quantities import Kind, Quantity, quantities
from optwright.agents.wording import Way, phrases, relation
from optwright.errors import FormulationError, InputError
from optwright.solvers.expressions import names, parse, parse_comparison, to_text
from optwright.solvers.formulation import Constraint, Domain, Sense

_LESS = (
    r"(?:lower|less|fewer|smaller|cheaper|down|decreas\w+|drop\w*|fall\w*|fell|reduc\w+|cut\w*|"
    r"lower\w*|shrink\w*|shrank|shorter|minus)"
)
_MORE = (
    r"(?:higher|more|greater|larger|bigger|up|increas\w+|rais\w+|ris\w+|rose|gr[eo]w\w*|longer|"
    r"plus|extra|additional|dearer|expensive)"
)
_TRIAL = re.compile(
    r"^(?:(?:and|so|ok|okay|now|please)[, ]+)*(?:what (?:if|happens if|happens when|would happen "
    r"if|about)|suppose(?: that)?|imagine(?: that)?|assume(?: that)?|if|how (?:about|would it be "
    r"if))\b",
    re.IGNORECASE,
)
_FACTORS = (
    (re.compile(r"\b(?:doubl\w+|twice)\b", re.I), 100.0),
    (re.compile(r"\b(?:tripl\w+|three times)\b", re.I), 200.0),
    (re.compile(r"\b(?:halv\w+|half)\b", re.I), -50.0),
)
_NUMBER = r"-?[\d.,]*\d"
_SEVERAL = re.compile(r",?\s+and\s+(?:also\s+)?|;\s*", re.IGNORECASE)

_POLITE = re.compile(r"^(?:(?:please|can you|could you|would you|i want to|i'd like to|let us|"
                     r"let's|now|ok|okay|hey|hi)[, ]+)+", re.IGNORECASE)  # fmt: skip


def read_turn(said: str, vocabulary: Vocabulary) -> Instruction:
    """What a turn asks for, or `Unread` with the reason. `InputError` for the number of an answer
    where nothing is asked: no model could know better."""
    if said.strip().rstrip(".").isdigit():
        raise InputError("there is no question open that this could answer")
    text = _POLITE.sub("", " ".join(said.strip().split())).rstrip(".!? ")
    found = command(text)
    if found is not None:
        return found
    try:
        return _Reader(vocabulary, text, said.strip()).read()
    except FormulationError as error:
        return Unread(reason=str(error))


# Sentences about the model

_SWEEP = re.compile(
    r"(?:sweep|vary|scan|plot|try|draw)\s+(?:the\s+)?(?P<what>.*?)\s*(?:from|between|for|over)\s+"
    rf"(?P<low>{_NUMBER})\s*\D{{0,20}}?(?:to|and|-|\.\.|until|up to)\s*(?P<high>{_NUMBER})"
    r"(?P<tail>.*)",
    re.IGNORECASE,
)
_SWEEP_ALONE = re.compile(r"(?:sweep|vary|scan|plot)\s+(?:the\s+)?(?P<what>.+)", re.IGNORECASE)
_STEPS = re.compile(r"\b(?:in|with)\s+(\d+)\s+(?:steps|points|values)\b", re.IGNORECASE)
_IS_WORTH = re.compile(
    r"\b(?:one|1|an?)\s+(?:more|extra|additional|further)\b.*\b(?:worth|bring|gain|value|give)\b|"
    r"\b(?:worth|value|price|pay)\b.*\b(?:one|1|an?)\s+(?:more|extra|additional|further)\b|"
    r"\b(?:worth|value|pay)\b.*\banother\b|\banother\b.*\b(?:worth|bring|gain)\b|"
    r"\bshadow price\b|\bworth of\b",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(
    r"why\s+(?:(?:is|are|was|were|do|does|did|would|should)(?:\s+(?:there|we|i|you|it))?\s+)?"
    r"(?:no|not|never|none|isn't there|aren't there|don't we|isn't|aren't|don't|doesn't|nothing)\b"
    r"(?P<what>.*)",
    re.IGNORECASE,
)
_WHY = re.compile(r"why\s+(?:is|are|do|does|so|would|should)?\s*(?P<what>.+)", re.IGNORECASE)
_DROP = re.compile(
    r"(?:drop|remove|delete|ignore|forget|lift|without|discard|take away|there (?:is|was|were) no|"
    r"no longer|we (?:had|have) no)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"(?:no|zero|(?:(?:we|i|they) )?(?:do not|don't) \w+(?: any)?)\s+"
    r"(?P<what>(?!more|less|fewer)\D+)",
    re.IGNORECASE,
)
_FRACTIONS = re.compile(
    r"\b(?:fraction\w*|continuous|divisible|split|partial|not (?:be )?(?:whole|integer)|"
    r"need not be (?:whole|integer)|any number|decimals?)\b",
    re.IGNORECASE,
)
_OF_ALL = re.compile(
    r"(?:everything|all|each|every|any|the|of|it|they|them|this|that|we|can|could|may|might|must|"
    r"should|need|needs|not|do|does|don't|be|is|are|allow|allowed|use|take|with|in|to|have|only|"
    r"decisions?|variables?|values?|amounts?|answers?|solutions?|units?|"
    r"fraction\w*|continuous|divisible|split|partial|whole|integers?|integral|numbers?|no|decimals?|"
    r"\W)+",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\b(?:whole(?: numbers?)?|integers?|integral|no fractions?)\b", re.IGNORECASE)
_RENAME = re.compile(
    r"(?:rename|call)\s+(?:the\s+)?(?P<old>\w+)\s+(?:to|as|into|=>)?\s*(?P<new>[A-Za-z_]\w*)", re.I
)
_SENSE = re.compile(
    r"(?:make it|instead|rather|now)?\s*(?P<sense>maximi[sz]e|minimi[sz]e)\b\s*(?P<what>.*)", re.I
)
_BY = re.compile(rf"\bby\s+{_NUMBER}", re.IGNORECASE)
_TO = re.compile(
    rf"(?:\bto|=|\bequals?(?:\s+to)?|\b(?:takes?|needs?|uses?|requires?|earns?|costs?|"
    rf"carr(?:y|ies)|brings?|yields?|weighs?|holds?|sells? for)|\bis|\bare|\bwas|\bwere|"
    rf"\bbecomes?|\bbe|\bof|\bat)\s+"
    rf"(?:only\s+|just\s+|now\s+)?[$€£]?{_NUMBER}",
    re.IGNORECASE,
)
_HAVE = re.compile(rf"\b(?:there|we|i|they|with|have|has|had|get|got)\b.*?{_NUMBER}", re.IGNORECASE)


@dataclass(frozen=True)
class _Reader:
    """Reads one sentence; `said` is the turn in full, `text` without politeness and full stop."""

    vocabulary: Vocabulary
    text: str
    said: str

    def read(self) -> Instruction:
        for rule in (
            self._formula,
            self._sweep,
            self._worth,
            self._why_not,
            self._why,
            self._several,
            self._change,
        ):
            found = rule()
            if found is not None:
                return found
        near = self.vocabulary.near(self.text)
        hint = f" It speaks of {', '.join(near)}." if near else ""
        return Unread(reason=f"I cannot read {self.text[:80]!r} as a change or a question.{hint} "
                      "Say 'help' for what can be said.", near=near)  # fmt: skip

    @property
    def _is_trial(self) -> bool:
        return _TRIAL.match(self.text) is not None

    @property
    def _body(self) -> str:
        """The sentence without `what if`."""
        return _TRIAL.sub("", self.text).strip(" ,:")

    # In the language of formulations

    def _formula(self) -> Instruction | None:
        """A comparison written out, or `maximize` with an expression."""
        if re.search(r"[<>=]=", self._body):
            parse_comparison(self._body)
            constraint = Constraint(
                name=free_name(self.vocabulary.model, "limit"), expression=self._body
            )
            return self._done(AddConstraint(constraint=constraint))
        sense = _SENSE.fullmatch(self._body)
        if sense is None:
            return None
        wanted = Sense.MAXIMIZE if sense["sense"][:3].lower() == "max" else Sense.MINIMIZE
        what = sense["what"].strip()
        if what in ("", "it", "instead"):
            return self._done(SetObjective(sense=wanted))
        try:
            used = names(parse(what))
        except FormulationError:
            return None
        known = {v.name for v in self.vocabulary.variables}
        if not used & known:
            return None
        return self._done(SetObjective(sense=wanted, expression=what, text=self.said))

    # Questions

    def _sweep(self) -> Instruction | None:
        match = _SWEEP.fullmatch(self.text)
        low = high = None
        if match is not None:
            low, high = _float(match["low"]), _float(match["high"])
        else:
            match = _SWEEP_ALONE.fullmatch(self.text)
        if match is None:
            return None
        steps = _STEPS.search(self.text)
        what = _STEPS.sub("", match["what"] + " " + match.groupdict().get("tail", ""))
        return self._with_dial(
            what,
            lambda dial: Sweep(dial=dial, low=low, high=high, steps=int(steps[1]) if steps else 13),
        )

    def _worth(self) -> Instruction | None:
        if _IS_WORTH.search(self.text) is None:
            return None
        what = re.sub(r"\b(?:shadow price|worth|value|price|pay)\b", " ", self.text, flags=re.I)
        return self._with_dial(what, lambda dial: Worth(dial=dial))

    def _with_dial(self, what: str, made: Callable[[Dial], Instruction]) -> Instruction:
        """An instruction about the one dial that the words mean."""
        matches = self.vocabulary.match(what)
        if len(matches) == 1 and len(matches[0].dials) == 1:
            return made(matches[0].dials[0])
        if not matches:
            return Unread(
                reason=f"No number of the model is called {what.strip()!r}.",
                near=self.vocabulary.near(what),
            )
        told = [dial_words(self.vocabulary.program, m.dials[0]) for m in matches]
        return Unread(reason=f"{what.strip()!r} could be {' or '.join(told[:4])}; say which.")

    def _why_not(self) -> Instruction | None:
        match = _WHY_NOT.fullmatch(self.text)
        if match is None:
            return None
        found = self.vocabulary.selections(match["what"])
        if len(found) != 1:
            return self._unclear(match["what"], found)
        selection = found[0]
        counts = [q for q in quantities(match["what"]) if q.kind is Kind.NUMBER]
        amount = counts[0].value if counts else 1.0
        if len(selection.elements) > MOST_DIALS:
            return Unread(reason=f"{selection.words()} has too many elements; name one of them.")
        return WhyNot(
            demand=Force(
                variable=selection.variable.name,
                elements=selection.elements,
                amount=amount,
                text=f"{selection.words()} at least {amount:g}",
            )
        )

    def _why(self) -> Instruction | None:
        """`why 30 regular boxes`: what one less would cost."""
        match = _WHY.fullmatch(self.text)
        if match is None:
            return None
        found = self.vocabulary.selections(match["what"])
        counts = [q for q in quantities(match["what"]) if q.kind is Kind.NUMBER]
        if len(found) != 1 or not counts:
            return self._unclear(match["what"], found)
        selection, amount = found[0], counts[0].value - 1
        return WhyNot(
            demand=Force(
                variable=selection.variable.name,
                elements=selection.elements,
                relation="<=",
                amount=amount,
                text=f"{selection.words()} at most {amount:g}",
            )
        )

    def _unclear(self, what: str, found: Sequence[Selection]) -> Unread:
        if not found:
            return Unread(
                reason=f"No decision of the model is called {what.strip()!r}.",
                near=self.vocabulary.near(what),
            )
        told = " or ".join(s.words() for s in found[:4])
        return Unread(reason=f"{what.strip()!r} could be {told}; say which, and how many.")

    # Changes

    def _several(self) -> Instruction | None:
        """Changes joined by `and`, if each can be read alone."""
        parts = [p for p in _SEVERAL.split(self._body) if p.strip()]
        if len(parts) < 2:
            return None
        edits: list[Edit] = []
        for part in parts:
            found = _Reader(self.vocabulary, part, part)._change()
            if not isinstance(found, Change):
                return None
            edits += found.edits
        # Each part was read against the model as it is: two new limits may want one name.
        return self._done(*_with_own_names(edits))

    def _change(self) -> Instruction | None:
        for rule in (
            self._domain,
            self._rename,
            self._drop,
            self._none,
            self._related,
            self._limited,
            self._scaled,
            self._moved_by,
            self._set,
        ):
            found = rule()
            if found is not None:
                return found
        return None

    def _done(self, *edits: Edit) -> Change:
        return Change(edits=edits, trial=self._is_trial)

    def _domain(self) -> Instruction | None:
        whole, fraction = _WHOLE.search(self._body), _FRACTIONS.search(self._body)
        if whole is None and fraction is None:
            return None
        domain = Domain.CONTINUOUS if fraction else Domain.INTEGER
        meant = self.vocabulary.decisions(self._body)
        if not meant and not _OF_ALL.fullmatch(self._body):
            return None  # it speaks of something that the model does not have
        meant = meant or [v for v in self.vocabulary.variables if v.domain is not Domain.BINARY]
        return self._done(*(SetDomain(variable=v.name, domain=domain) for v in meant))

    def _rename(self) -> Instruction | None:
        match = _RENAME.fullmatch(self._body)
        return None if match is None else self._done(Rename(old=match["old"], new=match["new"]))

    def _drop(self) -> Instruction | None:
        match = _DROP.search(self._body)
        if match is None:
            return None
        found = self.vocabulary.constraints(match["what"])
        if len(found) == 1:
            return self._done(DropConstraint(name=found[0].name))
        if not found:
            return None
        options = [Option(label=_told(c), edits=(DropConstraint(name=c.name),)) for c in found[:6]]
        return self._ambiguous("drop", "Which of these?", options)

    def _none(self) -> Instruction | None:
        """`no gift boxes`: none of them."""
        match = _NONE.fullmatch(self._body)
        found = self.vocabulary.selections(match["what"]) if match is not None else []
        return self._bounded(found, Way.AT_MOST, 0) if found else None

    def _related(self) -> Instruction | None:
        """`at least twice as many regular boxes as gift boxes`."""
        things = [self.vocabulary.words_of(v.name) for v in self.vocabulary.variables]
        stated = relation(self._body, things)
        scalar = [v.name for v in self.vocabulary.variables if not v.indices]
        if stated is None or len(scalar) < len(things):
            return None
        total = f"({' + '.join(scalar)})"
        return self._done(self._limit(in_symbols(stated, tuple(scalar), total)))

    def _limited(self) -> Instruction | None:
        """`at most 30 gift boxes`, `chocolate at most 10000`."""
        stated, numbers = phrases(self._body), self._numbers()
        if len(stated) != 1 or len(numbers) != 1:
            return None
        way, said = stated[0].way, numbers[0]
        rest = _without(self._body, [(stated[0].start, stated[0].end), self._span(said)])
        matches = self.vocabulary.match(rest)
        selections = self.vocabulary.selections(rest)
        if selections and not _names_a_limit(matches, selections, rest, self.vocabulary):
            return self._bounded_by(selections, way, said)
        return self._turned(rest, lambda dial, _: self._to(dial, said))

    def _bounded_by(self, selections: Sequence[Selection], way: Way, said: Quantity) -> Instruction:
        """A limit on some elements, in the unit that their decision is stated in."""
        names = {selection.variable.name for selection in selections}
        dial = BoundDial(variable=selections[0].variable.name, side="upper")
        if len(names) > 1 or not variable_unit(self.vocabulary.program, dial.variable):
            return self._bounded(selections, way, said.value)
        found = self._measured(dial, said)
        limited = self._bounded(selections, way, found.value)
        return _with_edits(limited, found.edits)

    def _bounded(self, selections: Sequence[Selection], way: Way, value: float) -> Instruction:
        """A limit on some elements: one, or a question whether each or all together."""
        if len(selections) == 1 and selections[0].is_single:
            (members,) = selections[0].elements
            name = selections[0].variable.name
            return self._done(self._on_one(name, members, way, value))
        if len(selections) == 1:
            by = self.vocabulary.groups(self._body, selections[0].variable)
            if by:
                return self._done(self._each(selections[0], way, value, by))
        together = " + ".join(_total(selection) for selection in selections)
        options = [
            Option(
                label=f"all together {_SAYS[way]} {value:g}",
                edits=(self._limit(f"{together} {way.value} {value:.12g}"),),
            ),
            Option(
                label=f"each of them {_SAYS[way]} {value:g}",
                edits=tuple(_with_own_names([self._each(s, way, value) for s in selections])),
            ),
        ]
        words = " and ".join(s.words() for s in selections[:3])
        return self._ambiguous("each", f"{words}: each, or all together?", options)

    def _on_one(self, name: str, members: tuple[str, ...], way: Way, value: float) -> Edit:
        """Another number for the limit that is there already, else a new limit."""
        element = element_text(name, members)
        for constraint in self.vocabulary.model.constraints:
            for row, comparison in rows_of(constraint):
                same = comparison.left == parse(element) and comparison.operator == way.value
                if same and not constraint.forall and _has_dial(self.vocabulary, row):
                    return SetNumber(dial=LimitDial(row=row), value=value)
        return self._limit(f"{element} {way.value} {value:.12g}")

    def _each(
        self, selection: Selection, way: Way, value: float, by: Sequence[int] | None = None
    ) -> AddConstraint:
        """The same limit for each element, or with `by` for each combination of some indices."""
        loops = _loops(selection)
        kept = [loop for at, loop in enumerate(loops) if by is None or at in by]
        total = _total(selection, [] if by is None else [x for x in loops if x not in kept])
        forall = ", ".join(f"{name} in {over}" for name, over in kept if name)
        return self._limit(f"{total} {way.value} {value:.12g}", forall)

    def _limit(self, expression: str, forall: str = "") -> AddConstraint:
        words = self._body
        name = free_name(self.vocabulary.model, "_".join(re.findall(r"[A-Za-z]+", words)[:6]))
        constraint = Constraint(name=name, expression=expression, forall=forall, text=words)
        return AddConstraint(constraint=constraint)

    def _scaled(self) -> Instruction | None:
        """`the budget is 20 % lower`, `double the budget`."""
        named = self.vocabulary.names_at
        found = [q for q in quantities(self._body) if not named(self._body, q.start)]
        percents = [q for q in found if q.kind is Kind.PERCENT]
        if len(percents) == 1 and len(found) == 1:
            less = re.search(rf"\b{_LESS}\b", self._body, re.I)
            more = re.search(rf"\b{_MORE}\b", self._body, re.I)
            if (less is None) == (more is None):
                return None
            percent = -percents[0].value if less else percents[0].value
            rest = _without(self._body, [(percents[0].start, percents[0].end)])
            return self._turned(rest, lambda dial, _: [ScaleNumber(dial=dial, percent=percent)])
        if any(q.kind is Kind.NUMBER for q in found):
            return None
        said = next(((p, change) for p, change in _FACTORS if p.search(self._body)), None)
        if said is None:
            return None
        rest = said[0].sub(" ", self._body)
        return self._turned(rest, lambda dial, _: [ScaleNumber(dial=dial, percent=said[1])])

    def _moved_by(self) -> Instruction | None:
        """`reduce toffee by 500`, `100 more grams of chocolate`."""
        numbers = self._numbers()
        less = re.search(rf"\b{_LESS}\b", self._body, re.I)
        more = re.search(rf"\b{_MORE}\b", self._body, re.I)
        if len(numbers) != 1 or (less is None) == (more is None):
            return None
        if _TO.search(self._body) and not _BY.search(self._body):
            tail = self._body[numbers[0].end :]
            if not re.match(rf"\s+(?:\w+\s+)?(?:{_LESS}|{_MORE})\b", tail, re.I):
                return None
        rest = _without(self._body, [self._span(numbers[0])])

        def moved(dial: Dial, value: float | None) -> Sequence[Edit]:
            if value is None:
                raise InputError(f"{dial_words(self.vocabulary.program, dial)} has many values",
                                 hint="change it by a percentage, or name one of them")  # fmt: skip
            step = self._measured(dial, numbers[0], step=True)
            after = value - step.value if less else value + step.value
            return SetNumber(dial=dial, value=after), *step.edits

        return self._turned(rest, moved)

    def _set(self) -> Instruction | None:
        """`set the budget to 100`, `we have 15000 grams of chocolate`."""
        numbers = self._numbers()
        says_so = _TO.search(self._body) or _HAVE.search(self._body) or self._is_trial
        verb = re.match(r"(?:set|change|make|put|use|let)\b", self._body, re.I)
        if not numbers or not (says_so or verb):
            return None
        said = numbers[-1] if _TO.search(self._body) else numbers[0]
        rest = _without(self._body, [self._span(q) for q in numbers])
        others = [q.value for q in numbers if q is not said]
        return self._turned(rest, lambda dial, _: self._to(dial, said), others)

    def _numbers(self) -> list[Quantity]:
        """The numbers of the turn that are not names, as the 3 of `week 3` is."""
        found = _plain_numbers(self._body)
        return [q for q in found if not self.vocabulary.names_at(self._body, q.start)]

    def _to(self, dial: Dial, said: Quantity) -> Sequence[Edit]:
        """Another value for a number, in the unit that it is in."""
        found = self._measured(dial, said)
        return SetNumber(dial=dial, value=found.value), *found.edits

    def _measured(self, dial: Dial, said: Quantity, *, step: bool = False) -> Measured:
        """What a number of the turn is in the unit of a dial."""
        program, problem = self.vocabulary.program, self.vocabulary.problem
        unit = self._unit(said)
        if unit is not None:
            return measured(program, dial, said.value, unit.text, problem, step=step)
        word = word_behind(self._body, said)
        if not word or not self.vocabulary.is_strange(word):
            return Measured(said.value)
        return measured_in_words(program, dial, said.value, word, problem)

    def _unit(self, quantity: Quantity) -> UnitSaid | None:
        return unit_said(self._body, quantity)

    def _span(self, quantity: Quantity) -> tuple[int, int]:
        """Where a number stands, with its unit where that is no word of the model."""
        unit = self._unit(quantity)
        if unit is None or self.vocabulary.has_unit(unit.text):
            return quantity.start, quantity.end
        return quantity.start, max(quantity.end, unit.end)

    def _turned(
        self,
        words: str,
        made: Callable[[Dial, float | None], Sequence[Edit]],
        others: Sequence[float] = (),
    ) -> Instruction | None:
        """Edits of the dials that the words mean; a question where that is not sure. `others` are
        numbers that were said too: what the dial is now, or something that was not understood."""
        matches = self.vocabulary.match(words)
        if not matches:
            return None
        options = list(self._options(matches, made))
        unknown_words = set() if _is_converted(options[0]) else matches[0].unknown
        unclear = {*unknown_words, *self._unaccounted(matches[0], others)}
        if len(options) == 1 and not unclear:
            return self._done(*options[0].edits)
        unknown = ", ".join(sorted(unclear))
        if len(matches) == 1:
            text = f"The model has no {unknown!r}. Did you mean this?"
        else:
            text = "Which number is meant?"
        return self._ambiguous("number", text, options)

    def _options(
        self, matches: Sequence[Match], made: Callable[[Dial, float | None], Sequence[Edit]]
    ) -> Iterator[Option]:
        """What each match would lead to. One whose unit measures something else is not meant;
        where that is so of all of them, the first `InputError` is raised."""
        program = self.vocabulary.program
        refused: list[InputError] = []
        for match in matches[:6]:
            try:
                edits = [e for dial in match.dials for e in made(dial, read(program, dial))]
            except InputError as error:
                refused.append(error)
                continue
            yield Option(
                label=_dials_words(self.vocabulary, match), edits=tuple(dict.fromkeys(edits))
            )
        if len(refused) == len(matches[:6]):
            raise refused[0]

    def _unaccounted(self, match: Match, others: Sequence[float]) -> Iterator[str]:
        """Of the other numbers of a turn those that are neither in the words of what it means nor
        what that is now."""
        program = self.vocabulary.program
        known = {q.value for dial in match.dials for q in quantities(dial_words(program, dial))}
        known |= {now for dial in match.dials if (now := read(program, dial)) is not None}
        yield from (f"{value:g}" for value in others if value not in known)

    def _ambiguous(self, about: str, text: str, options: Sequence[Option]) -> Ambiguous:
        question = Question(id=f"{about}: {self.text}", text=text, options=tuple(options))
        return Ambiguous(question=question, trial=self._is_trial)


_SAYS = {Way.AT_MOST: "at most", Way.AT_LEAST: "at least", Way.EQUAL: "exactly"}


def _is_converted(option: Option) -> bool:
    """Whether the word that the model does not have turned out to be a unit."""
    return any(isinstance(edit, Assume) for edit in option.edits)


def _with_edits(instruction: Instruction, more: Sequence[Edit]) -> Instruction:
    """A change, or each answer of a question, with more edits."""
    if isinstance(instruction, Change):
        return instruction.model_copy(update={"edits": (*instruction.edits, *more)})
    if not isinstance(instruction, Ambiguous):
        return instruction
    question = instruction.question
    options = tuple(o.model_copy(update={"edits": (*o.edits, *more)}) for o in question.options)
    asked = question.model_copy(update={"options": options})
    return instruction.model_copy(update={"question": asked})


def _with_own_names(edits: Sequence[Edit]) -> list[Edit]:
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


def _names_a_limit(
    matches: Sequence[Match], selections: Sequence[Selection], words: str, vocabulary: Vocabulary
) -> bool:
    """Whether the words mean a number of the model rather than decisions: they name something
    that no decision is called."""
    if not matches:
        return False
    said = vocabulary.content(vocabulary.without_members(words))
    known = frozenset[str]().union(*(vocabulary.words_of(s.variable.name) for s in selections))
    return len(matches[0].unknown) < len(said - known)


def _has_dial(vocabulary: Vocabulary, row: str) -> bool:
    try:
        read(vocabulary.program, LimitDial(row=row))
    except InputError:
        return False
    return parameter_behind(vocabulary.program, row) is None


def _total(selection: Selection, summed: Sequence[tuple[str, str]] | None = None) -> str:
    """The sum of the elements of a selection over all of its loops, or over those in `summed`."""
    loops = _loops(selection)
    if not loops:
        return selection.variable.name
    inside = ", ".join(
        name or to_text(index_of(member or ""))
        for (name, _), member in zip(loops, selection.fixed, strict=True)
    )
    element = f"{selection.variable.name}[{inside}]"
    over = loops if summed is None else summed
    bound = " ".join(f"for {name} in {members}" for name, members in over if name)
    return f"sum({element} {bound})" if bound else element


def _loops(selection: Selection) -> list[tuple[str, str]]:
    """For each index a loop name and its set; an empty loop name where a member is fixed."""
    model_names = {selection.variable.name, *selection.variable.indices}
    found = []
    for at, (over, member) in enumerate(
        zip(selection.variable.indices, selection.fixed, strict=True)
    ):
        loop = f"{over[:1].lower()}{at + 1}"
        found.append(("" if member is not None else loop + "_" * (loop in model_names), over))
    return found


def _plain_numbers(text: str) -> list[Quantity]:
    """Numbers that count or measure; small ones written out only where nothing else is."""
    found = [q for q in quantities(text) if q.kind in (Kind.NUMBER, Kind.WORD)]
    plain = [q for q in found if q.kind is Kind.NUMBER]
    return plain or [q for q in found if q.text.lower() != "one"] or found


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _float(text: str) -> float:
    return float(text.replace(",", ""))


def _told(constraint: Constraint) -> str:
    return f"{constraint.text or constraint.name} ({constraint.expression})"


def _dials_words(vocabulary: Vocabulary, match: Match) -> str:
    told = [dial_words(vocabulary.program, dial) for dial in match.dials[:3]]
    more = len(match.dials) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")
