"""From a model's reading of a turn to instructions: every name is looked up, every edit tried.

What does not fit is an `InputError` in words for the user; nothing is put in its place.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optwright.agents.chat.intents import (
    Ambiguous,
    Amount,
    Another,
    AskFor,
    Change,
    CheckPlans,
    Compare,
    ExportIt,
    Instruction,
    Keep,
    Limits,
    Move,
    NameIt,
    Part,
    Relaxations,
    Several,
    ShadowPrice,
    Show,
    Sweep,
    Unread,
    WhyNot,
)
from optwright.agents.chat.interpret.replies import Asked, Intent, Pick, Span, TurnReply
from optwright.agents.chat.interpret.units import measured
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.labels import element_words
from optwright.agents.chat.reply import Option, Question
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.bound import BoundSet
from optwright.solvers.data.table import did_you_mean
from optwright.solvers.edit.operations import (
    AddConstraint,
    AddMember,
    AddObjective,
    AddParameter,
    AddTable,
    AddTerm,
    AddVariable,
    ChangeConstraint,
    ChangeValues,
    DropConstraint,
    DropMember,
    Edit,
    Force,
    ScaleNumber,
    SetNumber,
    SetObjective,
    SetVariable,
    apply,
    free_name,
)
from optwright.solvers.edit.references import (
    NumberRef,
    ParameterRef,
    constraint_named,
    formulation_of,
    read,
)
from optwright.solvers.edit.values import missing_values
from optwright.solvers.language.expressions import parse_constraint
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import SolveOptions

MOST_ELEMENTS = 20_000  # elements of a decision that one question may be about
PATIENCE_S = 2.0

_KINDS = {"amount": Domain.CONTINUOUS, "whole": Domain.INTEGER, "yes_no": Domain.BINARY}
_SHOWN = (
    "model", "answer", "summary", "assumptions", "questions", "data", "history", "diagnosis",
    "help",
)  # fmt: skip


def resolved(
    reply: TurnReply, said: str, vocabulary: Vocabulary, numbers: Mapping[str, NumberRef]
) -> Instruction:
    """What a reply asks for. Raises `InputError` (also as `FormulationError` or `DataError`) for
    what the model does not have or cannot take."""
    return _Resolver(vocabulary, numbers, said).turn(reply)


@dataclass(frozen=True)
class _Resolver:
    vocabulary: Vocabulary
    numbers: Mapping[str, NumberRef]
    said: str

    @property
    def program(self) -> Program:
        return self.vocabulary.program

    def turn(self, reply: TurnReply) -> Instruction:
        for intent in reply.intents:
            if intent.do == "none":
                return Unread(reason=intent.reason or "That is nothing this model can be asked.")
        edits, rest = list[Edit](), list[Instruction]()
        program = self.program
        for intent in reply.intents:
            if intent.do == "ask":
                return self._ask(intent, reply)
            found = self._edits(program, intent) if intent.do in _CHANGES else None
            if found is None:
                rest.append(self._question(intent))
                continue
            edits += found
            lacking = next(
                (e for e in found if isinstance(e, AddMember) and _lacks(program, e)), None
            )
            if lacking is None:
                program = apply(program, found)  # the next intent may speak of what is new
        if not edits:
            return rest[0] if len(rest) == 1 else Several(parts=tuple(rest))
        change = Change(edits=tuple(edits), trial=reply.what_if, least=reply.least_change)
        if any(isinstance(e, AddMember) and _lacks(self.program, e) for e in edits):
            return AskFor(change=change)
        return Several(parts=(change, *rest)) if rest else change

    def _ask(self, intent: Intent, reply: TurnReply) -> Instruction:
        options = []
        for choice in intent.options:
            edits, program = list[Edit](), self.program
            for inner in choice.intents:
                if inner.do not in _CHANGES:
                    raise InputError(f"what is meant by {intent.words or self.said!r} is not clear",
                                     hint=intent.question or "say it in other words")  # fmt: skip
                found = self._edits(program, inner)
                program = apply(program, found)
                edits += found
            options.append(Option(label=choice.label, edits=tuple(edits)))
        if len(options) < 2:
            raise InputError(intent.question or "what is meant is not clear",
                             hint="say it in other words")  # fmt: skip
        question = Question(
            id=f"turn: {self.said}",
            text=intent.question or "Which is meant?",
            options=tuple(options),
        )
        return Ambiguous(question=question, trial=reply.what_if)

    # Changes

    def _edits(self, program: Program, intent: Intent) -> list[Edit]:
        match intent.do:
            case "set_number":
                return self._number_edits(program, intent)
            case "add_limit":
                return [AddConstraint(constraint=_limit(program, intent))]
            case "change_limit":
                before = constraint_named(program, intent.limit)
                text = intent.words or before.text
                after = _limit(program, intent).model_copy(update={"name": before.name})
                after = after.model_copy(update={"text": text})
                return [ChangeConstraint(name=before.name, constraint=after)]
            case "drop_limit":
                return [DropConstraint(name=constraint_named(program, intent.limit).name)]
            case "add_decision":
                return _new_decision(program, intent)
            case "set_decision":
                return [_decision(program, intent)]
            case "add_parameter":
                return [AddParameter(parameter=_parameter(intent))]
            case "add_table":
                if not intent.name or not intent.columns:
                    raise InputError("a table needs a name and columns")
                return [AddTable(name=intent.name, columns=dict(intent.columns))]
            case "add_member":
                values = intent.values if isinstance(intent.values, dict) else {}
                return [AddMember(set=intent.set, member=str(intent.member), values=values)]
            case "drop_member":
                over = self._set(intent.set)
                return [DropMember(set=intent.set, member=_member(str(intent.member), over))]
            case "objective":
                words = intent.words if intent.expression else None
                sense = Sense(intent.sense) if intent.sense else None
                return [SetObjective(sense=sense, expression=intent.expression or None, text=words)]
        return _second_objective(program, intent)

    def _number_edits(self, program: Program, intent: Intent) -> list[Edit]:
        reference = self._reference(intent.number)
        ways = [w for w in (intent.to, intent.by, intent.percent) if w is not None]
        if len(ways) != 1:
            raise InputError(f"what {intent.number!r} should become is not clear")
        if isinstance(reference, ParameterRef):
            sets = program.instance.parameters[reference.name].sets
            at = self.places(intent.at, sets)
            if sets:
                return self._values_edits(program, reference, at, intent)
        return self._single(program, reference, intent)

    def _values_edits(
        self,
        program: Program,
        reference: ParameterRef,
        at: tuple[tuple[str, ...], ...],
        intent: Intent,
    ) -> list[Edit]:
        if all(len(members) == 1 for members in at):
            one = ParameterRef(name=reference.name, at=tuple(m for (m,) in at))
            return self._single(program, one, intent)
        name, problem = reference.name, self.vocabulary.problem
        if intent.percent is not None:
            if not any(at):
                return [ScaleNumber(reference=reference, percent=intent.percent)]
            return [ChangeValues(parameter=name, at=at, how="percent", amount=intent.percent)]
        if intent.to is not None:
            to = measured(program, reference, intent.to, intent.unit, problem)
            return [ChangeValues(parameter=name, at=at, how="to", amount=to.value), *to.edits]
        assert intent.by is not None
        by = measured(program, reference, intent.by, intent.unit, problem, step=True)
        return [ChangeValues(parameter=name, at=at, how="by", amount=by.value), *by.edits]

    def _single(self, program: Program, reference: NumberRef, intent: Intent) -> list[Edit]:
        if intent.percent is not None:
            read(program, reference)  # refuses what is not there
            return [ScaleNumber(reference=reference, percent=intent.percent)]
        problem = self.vocabulary.problem
        if intent.to is not None:
            to = measured(program, reference, intent.to, intent.unit, problem)
            return [SetNumber(reference=reference, value=to.value), *to.edits]
        assert intent.by is not None
        now = read(program, reference)
        if now is None:
            raise InputError(f"{intent.number!r} has no number that could be moved")
        by = measured(program, reference, intent.by, intent.unit, problem, step=True)
        return [SetNumber(reference=reference, value=now + by.value), *by.edits]

    def _reference(self, name: str) -> NumberRef:
        found = self.numbers.get(name)
        if found is None:
            hint = did_you_mean(name, list(self.numbers))
            raise InputError(f"the model has no number {name!r}", hint=hint)
        return found

    # Questions

    def _question(self, intent: Intent) -> Instruction:
        match intent.do:
            case "amount":
                return Amount(
                    expression=intent.expression, forall=intent.forall, words=intent.words
                )
            case "part":
                variable = self._variable(intent.decision)
                return Part(variable=variable.name, at=self._places_of(variable, intent))
            case "why":
                return self._why(intent)
            case "worth":
                return ShadowPrice(reference=self._one(intent))
            case "sweep":
                return Sweep(reference=self._one(intent), low=intent.low, high=intent.to)
            case "show" if intent.what in _SHOWN:
                return Show.model_validate({"what": intent.what})
            case "export":
                return ExportIt(format=intent.format)
            case "go_to":
                return Move(to=str(intent.version))
            case "name":
                return NameIt(name=intent.name, version=str(intent.version))
            case "compare":
                return Compare(versions=tuple(map(str, intent.versions)))
            case "keep":
                return Keep(version=str(intent.version))
            case "undo" | "redo":
                return Move(steps=-intent.steps if intent.do == "undo" else intent.steps)
            case "limits":
                return Limits()
            case "ways_out":
                return Relaxations()
            case "another":
                return Another()
            case "check":
                return CheckPlans()
        raise InputError(f"there is nothing called {intent.what!r} to show")

    def _one(self, intent: Intent) -> NumberRef:
        """The one number that is spoken of; all values of a parameter where no member is named."""
        reference = self._reference(intent.number)
        if not isinstance(reference, ParameterRef):
            return reference
        at = self.places(intent.at, self.program.instance.parameters[reference.name].sets)
        if not any(at):
            return reference
        if any(len(members) != 1 for members in at):
            raise InputError(f"name one value of {intent.number!r}, or all of them")
        return ParameterRef(name=reference.name, at=tuple(m for (m,) in at))

    def _why(self, intent: Intent) -> WhyNot:
        variable = self._variable(intent.decision)
        at = self._places_of(variable, intent)
        elements = tuple(self._elements(variable, at))
        words = element_words(variable, at)

        def force(asked: Asked) -> Force:
            way = {">=": "at least", "<=": "at most", "==": "exactly"}[asked.relation]
            return Force(
                variable=variable.name,
                elements=elements,
                relation=asked.relation,
                amount=asked.value,
                text=f"{words} {way} {asked.value:g}",
            )

        claim = None if intent.claimed is None else force(intent.claimed)
        if isinstance(intent.wanted, Asked):
            return WhyNot(demand=force(intent.wanted), claim=claim)
        way = intent.wanted or ("more" if claim is not None and _is_low(intent.claimed) else "less")
        demand = Force(variable=variable.name, elements=elements, text=words)
        return WhyNot(demand=demand, claim=claim, way=way)

    def _elements(
        self, variable: Variable, at: tuple[tuple[str, ...], ...]
    ) -> Iterator[tuple[str, ...]]:
        bound = self.program.instance.variables[variable.name]
        choices = [
            members or tuple(over.texts) for members, over in zip(at, bound.sets, strict=True)
        ]
        count = 0
        there = _support(bound)
        for element in itertools.product(*choices):
            if there is None or element in there:
                count += 1
                if count > MOST_ELEMENTS:
                    raise InputError(f"{variable.meaning or variable.name} has too many elements",
                                     hint="name some of them")  # fmt: skip
                yield element

    # Names

    def _variable(self, name: str) -> Variable:
        variables = {v.name: v for v in self.vocabulary.variables}
        if name not in variables:
            raise InputError(
                f"the model has no decision {name!r}", hint=did_you_mean(name, list(variables))
            )
        return variables[name]

    def _set(self, name: str) -> BoundSet:
        sets = self.program.instance.sets
        if name not in sets:
            raise InputError(f"the model has no set {name!r}", hint=did_you_mean(name, list(sets)))
        return sets[name]

    def _places_of(self, variable: Variable, intent: Intent) -> tuple[tuple[str, ...], ...]:
        return self.places(intent.at, self.program.instance.variables[variable.name].sets)

    def places(
        self, at: Sequence[Pick] | Mapping[str, Pick], sets: Sequence[BoundSet]
    ) -> tuple[tuple[str, ...], ...]:
        """For each index the members that are meant, none for all of them."""
        if isinstance(at, Mapping):
            unknown = at.keys() - {over.name for over in sets}
            if unknown:
                raise InputError(f"there is nothing for each of {min(unknown)!r} here")
            at = [at.get(over.name, "*") for over in sets]
        picks = [*at, *("*" for _ in range(len(sets) - len(at)))]
        if len(picks) != len(sets):
            raise InputError(f"{len(at)} members are named, and there are {len(sets)} to name")
        return tuple(_members(pick, over) for pick, over in zip(picks, sets, strict=True))


_CHANGES = frozenset(
    "set_number add_limit change_limit drop_limit add_decision set_decision add_parameter "
    "add_table add_member drop_member objective add_objective".split()
)


def _lacks(program: Program, edit: AddMember) -> bool:
    return next(missing_values(program, edit), None) is not None


def _is_low(asked: Asked | None) -> bool:
    """Whether a claim is of little: what is asked is why there is not more."""
    return asked is not None and (asked.relation == "<=" or asked.value == 0)


def _limit(program: Program, intent: Intent) -> Constraint:
    parse_constraint(intent.expression)
    wish = "_".join(re.findall(r"[A-Za-z]+", intent.words)[:6])
    return Constraint(
        name=free_name(formulation_of(program), wish or "limit"),
        expression=intent.expression,
        forall=intent.forall,
        text=intent.words,
    )


def _new_decision(program: Program, intent: Intent) -> list[Edit]:
    domain = _KINDS[intent.kind or "amount"]
    yes_no = domain is Domain.BINARY
    variable = Variable(
        name=intent.name,
        indices=tuple(intent.over),
        domain=domain,
        lower=0.0 if intent.lower is None else intent.lower,
        upper=1.0 if yes_no and intent.upper is None else intent.upper,
        semicontinuous=bool(intent.or_nothing),
        unit=intent.unit,
        meaning=intent.meaning,
    )
    terms: list[Edit] = [AddTerm(element=to, term=term) for to, term in intent.terms.items()]
    return [AddVariable(variable=variable), *terms]


def _decision(program: Program, intent: Intent) -> Edit:
    name = intent.decision
    variable = next((v for v in formulation_of(program).variables if v.name == name), None)
    if variable is None:
        raise InputError(f"the model has no decision {name!r}")
    upper = intent.upper
    if intent.or_nothing and upper is None and variable.upper is None:
        upper = _most(program, variable)
    return SetVariable(
        variable=name,
        domain=_KINDS[intent.kind] if intent.kind else None,
        lower=intent.lower,
        upper=upper,
        semicontinuous=intent.or_nothing,
    )


def _most(program: Program, variable: Variable) -> float:
    """What no element of a decision can exceed, by the other limits: `0 or at least 100` needs an
    end above. All of them together cannot be less than one of them."""
    model = program.arrays
    if model is not None and (variable.lower or 0.0) >= 0 and variable.lower is not None:
        mine = np.array([n.partition("[")[0] == variable.name for n in model.column_names])
        asked = replace(model, cost=mine.astype(np.float64), maximize=True, offset=0.0)
        found = solve(FromArrays(asked), options=SolveOptions(time_limit_s=PATIENCE_S))
        if found.bound is not None and np.isfinite(found.bound):
            return float(np.ceil(found.bound))
    what = variable.meaning or variable.name
    raise InputError(f"how much {what} can be at most is not limited",
                     hint="say the most it can be, and then this again")  # fmt: skip


def _parameter(intent: Intent) -> Parameter:
    if intent.values is None:
        raise InputError(f"the values of {intent.name!r} are not said")
    return Parameter.model_validate(
        {
            "name": intent.name,
            "indices": intent.over,
            "values": intent.values,
            "unit": intent.unit,
            "meaning": intent.meaning,
            "source": intent.words,
        }
    )


def _second_objective(program: Program, intent: Intent) -> list[Edit]:
    model = formulation_of(program)
    priorities = [o.priority for o in model.objectives]
    if not intent.sense or not intent.expression:
        raise InputError("what else should become large or small is not clear")
    names = {*objective_names(model)}
    name = next(n for k in range(2, 99) if (n := f"objective_{k}") not in names)
    priority = max(priorities) + 1
    moved: list[Edit] = []
    if intent.before:
        priority = min(priorities)
        known = ["", *objective_names(model)[1:]]
        moved = [
            SetObjective(objective=old, priority=o.priority + 1)
            for old, o in zip(known, model.objectives, strict=True)
        ]
    added = Objective(
        name=name,
        sense=Sense(intent.sense),
        expression=intent.expression,
        text=intent.words,
        priority=priority,
    )
    return [*moved, AddObjective(objective=added)]


# Members


def _members(pick: Pick, over: BoundSet) -> tuple[str, ...]:
    """The members that are meant, in the order of the set; none for all of them."""
    if isinstance(pick, Span):
        return _span(pick, over)
    if isinstance(pick, list):
        wanted = {m for one in pick for m in _members(one, over)}
        return tuple(text for text in over.texts if text in wanted)
    text = str(pick).strip()
    if text == "*":
        return ()
    if "*" in text and over.parts:
        pattern = [part.strip() for part in text.split(",")]
        found = tuple(
            member
            for member in over.texts
            if all(p in ("*", m) for p, m in zip(pattern, member.split(","), strict=False))
        )
        if found:
            return found
    return (_member(text, over),)


def _span(pick: Span, over: BoundSet) -> tuple[str, ...]:
    places = over.positions
    first = 0 if pick.first is None else places[_member(str(pick.first), over)]
    last = len(over) - 1 if pick.last is None else places[_member(str(pick.last), over)]
    if first > last:
        raise InputError(f"{pick.first!r} comes after {pick.last!r} among {over.name}")
    return tuple(over.texts[first : last + 1])


def _member(text: str, over: BoundSet) -> str:
    """A member by its name, whatever its case."""
    if text in over.positions:
        return text
    alike = [m for m in over.texts if m.lower() == text.lower()]
    if len(alike) == 1:
        return alike[0]
    raise InputError(
        f"there is no {text!r} among {over.name}", hint=did_you_mean(text, list(over.texts[:500]))
    )


def _support(bound: object) -> frozenset[tuple[str, ...]] | None:
    """The elements that a sparse decision has, None where it has all."""
    support = getattr(bound, "support", None)
    if support is None:
        return None
    sets = getattr(bound, "sets", ())
    places = np.unravel_index(support, tuple(map(len, sets)))
    columns = [[over.texts[k] for k in at.tolist()] for at, over in zip(places, sets, strict=True)]
    return frozenset(zip(*columns, strict=True))
