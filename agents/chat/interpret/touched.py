"""What a reading of a turn touches: parts of the model by name, members, numbers and forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from optwright.agents.chat.intents import (
    Amount,
    AskFor,
    Change,
    Instruction,
    Part,
    Several,
    ShadowPrice,
    Sweep,
    WhyNot,
)
from optwright.agents.chat.labels import number_words
from optwright.agents.text.quantities import quantities
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import (
    AddConstraint,
    AddMember,
    AddObjective,
    AddParameter,
    AddTable,
    AddTerm,
    AddVariable,
    Assume,
    ChangeConstraint,
    ChangeValues,
    DropConstraint,
    DropMember,
    DropObjective,
    Edit,
    Force,
    Relax,
    Rename,
    ScaleNumber,
    SetDomain,
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
    read,
)
from optwright.solvers.language.expressions import names as names_in
from optwright.solvers.language.expressions import numbers as numbers_in
from optwright.solvers.language.expressions import parse, parse_constraint
from optwright.solvers.model.formulation import Constraint, Domain


@dataclass
class Touched:
    """What a reading touches: parts of the model by name, members, numbers and forms."""

    program: Program
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    spans: list[Sequence[str]] = field(default_factory=list)
    said_numbers: list[float] = field(default_factory=list)
    """Numbers that the reading takes from the words."""
    known_numbers: list[float] = field(default_factory=list)
    """Numbers that the model has in what is touched."""
    new_words: list[str] = field(default_factory=list)
    """Words that the reading itself brings: meanings of new parts."""
    texts: list[str] = field(default_factory=list)
    """Texts that a new member is given, such as the day on which somebody is away."""
    let_go: list[set[str]] = field(default_factory=list)
    """Of each limit that is dropped, its members."""
    edits: tuple[Edit, ...] = ()
    limits: list[Constraint] = field(default_factory=list)
    lasting: bool = False
    least: bool = False
    """Whether the plan is to stay near what it was."""
    references: list[tuple[NumberRef, float | None]] = field(default_factory=list)
    """Numbers of the model that are set, with what they become."""

    @classmethod
    def of(cls, instruction: Instruction, program: Program) -> Touched | None:
        """What an instruction touches; None for commands, which are read as they stand."""
        reading = cls(program)
        parts = instruction.parts if isinstance(instruction, Several) else (instruction,)
        known = [reading._take(part) for part in parts]
        return reading if any(known) else None

    def _take(self, part: Instruction) -> bool:
        match part:
            case Change(edits=edits, trial=trial, least=least):
                self.edits += edits
                self.least = self.least or least
                self.lasting = self.lasting or not trial
                for edit in edits:
                    self._edit(edit)
            case AskFor(change=change):
                return self._take(change)
            case ShadowPrice(reference=reference, note=note):
                self._reference(reference)
                self._note(note)
                self.said_numbers.append(1.0)
            case Sweep(reference=reference, low=low, high=high, steps=steps, note=note):
                self._reference(reference)
                self._note(note)
                self.said_numbers += [x for x in (low, high, float(steps)) if x is not None]
            case WhyNot(demand=demand, claim=claim):
                self._force(demand)
                if claim is not None:
                    self._force(claim)
            case Amount(expression=expression, forall=forall):
                self._text(expression, forall)
            case Part(variable=variable, at=at):
                self.names.add(variable)
                self._members(at)
            case _:
                return False
        return True

    def _force(self, demand: Force) -> None:
        self.names.add(demand.variable)
        if demand.elements and len(demand.elements) <= 1000:
            for members in zip(*demand.elements, strict=True):
                self._span(list(dict.fromkeys(members)))
        self.said_numbers.append(demand.amount)

    def _edit(self, edit: Edit) -> None:
        match edit:
            case SetNumber(reference=reference, value=value):
                self._reference(reference)
                now = value_of(self.program, reference)
                self.references.append((reference, value))
                if value is not None:
                    self.said_numbers.append(value)
                    if now is not None:
                        self.said_numbers.append(value - now)
            case ScaleNumber(reference=reference, percent=percent):
                self._reference(reference)
                self.said_numbers += [percent, 1 + percent / 100, percent / 100]
            case ChangeValues(parameter=name, at=at, amount=amount, how=how):
                self.names.add(name)
                self._members(at)
                self.said_numbers += [amount] + [1 + amount / 100] * (how == "percent")
            case AddConstraint(constraint=constraint):
                self._limit(constraint)
            case ChangeConstraint(name=name, constraint=constraint):
                self._limit(constraint)
                before = constraint_named(self.program, name)
                self.names.add(before.name)
                self.new_words.append(before.text)
                self.known_numbers += literals(before.expression, before.forall)
            case DropConstraint(name=name):
                before = constraint_named(self.program, name)
                self.names |= {before.name, *names_used(before.expression, before.forall)}
                self.let_go.append(quoted(before.expression, before.forall))
                self.known_numbers += literals(before.expression, before.forall)
                self.known_numbers += [q.value for q in quantities(before.text)]
            case AddVariable(variable=variable):
                self.names |= {variable.name, *variable.indices}
                self.new_words += [variable.name, variable.meaning]
                self.said_numbers += [x for x in (variable.lower, variable.upper) if x is not None]
            case AddTerm(element=element, term=term):
                self.names.add(element)
                self._text(term)
            case SetVariable(variable=name, lower=lower, upper=upper, domain=domain):
                self.names.add(name)
                self._fractions(domain)
                self.said_numbers += [x for x in (lower, upper) if x is not None]
            case SetDomain(variable=name, domain=domain):
                self.names.add(name)
                self._fractions(domain)
            case SetObjective(expression=expression):
                self._text(expression or "")
            case AddObjective(objective=objective):
                self._text(objective.expression, objective.forall)
            case AddParameter(parameter=parameter):
                self.names |= {parameter.name, *parameter.indices}
                self.new_words += [parameter.name, parameter.meaning]
                self._leaves(parameter.values)
            case AddMember(set=over, member=member, values=values):
                self.names |= {over, *values}
                self.members.add(member)
                self.new_words.append(member)
                self.texts += _texts(values)
                self._leaves(values)
            case DropMember(set=over, member=member):
                self.names.add(over)
                self.members.add(member)
            case AddTable(name=name, columns=columns):
                self.new_words += [name, *columns]
                for cells in columns.values():
                    for cell in cells:
                        self._leaves(cell)
            case Assume(text=text):
                self._note(text)
            case Rename(old=old, new=new):
                self.names.add(old)
                self.new_words.append(new)
            case Relax(row=row, members=members, amount=amount):
                self.names.add(row)
                self.members |= set(members)
                self.said_numbers.append(amount)
            case DropObjective(name=name):
                self.names.add(name)

    def _fractions(self, domain: Domain | None) -> None:
        """`Half trays` asks for fractions and for no number."""
        if domain is Domain.CONTINUOUS:
            self.said_numbers += [1 / 2, 1 / 4, 1 / 3]

    def _note(self, text: str) -> None:
        """What says how a number was converted: that number was used."""
        self.said_numbers += [q.value for q in quantities(text)]
        self.new_words.append(text)

    def _leaves(self, values: object) -> None:
        if isinstance(values, dict):
            for member, inner in values.items():
                self.members.add(str(member))
                self._leaves(inner)
        elif isinstance(values, list | tuple):
            for inner in values:
                self._leaves(inner)
        elif isinstance(values, int | float):
            self.said_numbers.append(float(values))
        elif isinstance(values, str):
            self.members.add(values)
            self.new_words.append(values)

    def _limit(self, constraint: Constraint) -> None:
        self.limits.append(constraint)
        self._text(constraint.expression, constraint.forall)

    def _text(self, expression: str, forall: str = "") -> None:
        self.names |= names_used(expression, forall)
        self.members |= quoted(expression, forall)
        self.said_numbers += [*literals(expression, forall), *_fractions_in(expression)]

    def _members(self, at: Sequence[Sequence[str]]) -> None:
        for members in at:
            self._span(members)

    def _span(self, members: Sequence[str]) -> None:
        self.spans.append(members)
        self.members |= set(members)

    def _reference(self, reference: NumberRef) -> None:
        match reference:
            case ParameterRef(name=name, at=at):
                self.names.add(name)
                self._members([(m,) for m in at])
            case RhsRef(row=row):
                constraint = constraint_named(self.program, row)
                self.names |= {constraint.name, *names_used(constraint.expression, "")}
                self.new_words.append(constraint.text)
            case BoundRef(variable=name):
                self.names.add(name)
            case CoefficientRef(element=element, decision=decision):
                self.names |= {element, *names_used(decision, "")}
                self.members |= quoted(decision, "")
        if (now := value_of(self.program, reference)) is not None:
            self.known_numbers.append(now)
        self.known_numbers += [q.value for q in quantities(number_words(self.program, reference))]


def value_of(program: Program, reference: NumberRef) -> float | None:
    try:
        return read(program, reference)
    except (InputError, AttributeError):
        return None  # a new part, or values that are no numbers


def names_used(expression: str, forall: str) -> set[str]:
    found: set[str] = set()
    for statement in parse_constraint(expression) if _compares(expression) else ():
        found |= set(names_in(statement))
    if expression and not _compares(expression):
        found |= set(names_in(parse(expression)))
    if forall:
        found |= set(re.findall(r"[A-Za-z_]\w*", re.sub(r"[\"'][^\"']*[\"']", "", forall)))
    # `names` leaves out the sets that loops run over.
    found |= set(re.findall(r"\bin\s+([A-Za-z_]\w*)", expression))
    return found


def _compares(expression: str) -> bool:
    return re.search(r"[<>!=]=|\b(?:implies|iff|xor|atleast|atmost|exactly|alldifferent|nooverlap|"
                     r"cumulative|not|or|and)\b", expression) is not None  # fmt: skip


def literals(expression: str, forall: str) -> list[float]:
    found: list[float] = []
    if expression:
        statements = parse_constraint(expression) if _compares(expression) else (parse(expression),)
        found += [float(x) for statement in statements for x in numbers_in(statement)]
    if forall:
        found += [float(x) for x in re.findall(r"(?<![\w.\"'])\d+(?:\.\d+)?", forall)]
    return found


def quoted(expression: str, forall: str) -> set[str]:
    """The members that an expression and what it runs over name."""
    return set(re.findall(r"[\"']([^\"']*)[\"']", f"{expression} {forall}"))


def _fractions_in(expression: str) -> list[float]:
    """What `2/3` comes to."""
    found = re.finditer(rf"(?<![\w.]){_PLAIN_NUMBER}\s*/\s*{_PLAIN_NUMBER}(?![\w.])", expression)
    return [float(m[1]) / float(m[2]) for m in found if float(m[2])]


_PLAIN_NUMBER = r"(\d+(?:\.\d+)?)"


def new_numbers(edit: Edit, program: Program | None) -> list[float]:
    """The numbers that an edit brings."""
    match edit:
        case SetNumber(value=value) if value is not None:
            return [value]
        case ScaleNumber(percent=percent):
            return [percent]
        case ChangeValues(amount=amount):
            return [amount]
        case AddConstraint(constraint=c) | ChangeConstraint(constraint=c):
            return literals(c.expression, c.forall)
        case AddTerm(term=term):
            return literals(term, "")
        case AddVariable(variable=v):
            return [x for x in (v.lower, v.upper) if x is not None]
        case SetVariable(lower=lower, upper=upper, semicontinuous=semi):
            return [x for x in (lower, None if semi else upper) if x is not None]
        case SetObjective(expression=expression) if expression:
            return literals(expression, "")
        case AddObjective(objective=objective):
            return literals(objective.expression, objective.forall)
        case AddParameter(parameter=p):
            return _flat(p.values)
        case AddMember(values=values):
            return [x for one in values.values() for x in _flat(one)]
    return []


def _texts(values: object) -> list[str]:
    if isinstance(values, dict):
        return [text for inner in values.values() for text in _texts(inner)]
    return [values] if isinstance(values, str) else []


def _flat(values: object) -> list[float]:
    if isinstance(values, dict):
        return [x for inner in values.values() for x in _flat(inner)]
    return [float(values)] if isinstance(values, int | float) else []
