"""Decisions that are a member of a set, written out: a yes/no for each member, one of which holds.

`colour[i]` of `C` becomes `colour_is[i, c]`. `colour[i] == "red"` is `colour_is[i, "red"]`, `pay[i,
colour[i]]` is the sum of `pay[i, c] * colour_is[i, c]`, and where the members are numbers, or the
decision is used as one, it stays as a number that is the member's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.notation import chain_text
from optwright.solvers.language.parts import every_name
from optwright.solvers.language.transform import rebuilt
from optwright.solvers.language.widths import width_of
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    ParameterKind,
    Variable,
)

ONE, ZERO = ex.Number(1.0), ex.Number(0.0)


def without_members(formulation: Formulation) -> Formulation:
    """The formulation with yes/no decisions in their place; itself where it has none.

    Raises `FormulationError` for a decision whose set is not there or holds tuples.
    """
    chosen = [v for v in formulation.variables if v.member_of]
    return _Writer(formulation, chosen).run() if chosen else formulation


@dataclass(frozen=True)
class _Choice:
    """One such decision: its yes/no, the loops it runs over and the one over members."""

    variable: Variable
    over: IndexSet
    binary: str
    loops: tuple[ex.Generator, ...]
    member: str

    @property
    def numbers(self) -> tuple[int, ...] | None:
        """The members, where they are listed and all whole numbers."""
        texts = list(map(str, self.over.members))
        if texts and all(t.removeprefix("-").isdigit() for t in texts):
            return tuple(map(int, texts))
        return None

    def yes(self, indices: tuple[ex.Expr, ...], member: ex.Expr) -> ex.Ref:
        return ex.Ref(self.binary, (*indices, member))

    def each(self) -> ex.Generator:
        return ex.Generator(self.member, self.over.name)


class _Writer:
    def __init__(self, formulation: Formulation, chosen: Iterable[Variable]) -> None:
        self._stated = formulation
        self._sets = {s.name: s for s in formulation.sets}
        self._taken = every_name(formulation)
        self._choices: Mapping[str, _Choice] = {v.name: self._choice(v) for v in chosen}
        self._as_numbers: set[str] = set()

    def _choice(self, stated: Variable) -> _Choice:
        over = self._sets.get(stated.member_of)
        if over is None:
            raise FormulationError(
                f"{stated.name!r} is a member of {stated.member_of!r}, which is not a set"
            )
        if width_of(over, self._sets) > 1:
            raise FormulationError(
                f"{stated.name!r} is a member of {over.name!r}, whose members are tuples",
                hint="decide each part by itself, or a yes/no for each tuple",
            )
        loops = ex.parse_forall(stated.forall).generators
        if not loops:
            loops = tuple(self._loop(self._sets[name]) for name in stated.indices)
        member = self._free("m")
        return _Choice(stated, over, self._free(f"{stated.name}_is"), loops, member)

    def _loop(self, over: IndexSet) -> ex.Generator:
        names = [self._free(f"k{at}") for at in range(1, width_of(over, self._sets) + 1)]
        return ex.Generator(names[0], over.name, None, tuple(names[1:]))

    def _free(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def run(self) -> Formulation:
        stated = self._stated
        objectives = tuple(
            o.model_copy(update={"expression": self._text(o.expression)}) for o in stated.objectives
        )
        parts = {
            "objective": objectives[0],
            "further_objectives": objectives[1:],
            "goals": tuple(
                g.model_copy(
                    update={
                        "expression": self._text(g.expression),
                        "target": self._text(g.target),
                    }
                )
                for g in stated.goals
            ),
            "expressions": tuple(
                e.model_copy(update={"expression": self._text(e.expression)})
                for e in stated.expressions
            ),
        }
        constraints = [self._constraint(c) for c in stated.constraints]
        # Only now is it known which are used as numbers.
        constraints += [row for choice in self._choices.values() for row in self._rows(choice)]
        if stated.scenarios is not None:
            later = [self._later(name) for name in stated.scenarios.later]
            told = {"later": tuple(name for names in later for name in names)}
            parts["scenarios"] = stated.scenarios.model_copy(update=told)
        variables = tuple(v for stated in stated.variables for v in self._variables(stated))
        return stated.model_copy(
            update={**parts, "variables": variables, "constraints": tuple(constraints)}
        )

    def _later(self, name: str) -> Iterator[str]:
        choice = self._choices.get(name)
        if choice is None or self._is_number(choice):
            yield name
        if choice is not None:
            yield choice.binary

    def _is_number(self, choice: _Choice) -> bool:
        return choice.numbers is not None or choice.variable.name in self._as_numbers

    # What there is to decide, and what holds it together

    def _variables(self, stated: Variable) -> Iterator[Variable]:
        choice = self._choices.get(stated.name)
        if choice is None:
            yield stated
            return
        numbers = choice.numbers
        if self._is_number(choice):
            lower, upper = (min(numbers), max(numbers)) if numbers else (None, None)
            update = {
                "member_of": "",
                "domain": Domain.INTEGER if numbers else Domain.CONTINUOUS,
                "lower": lower,
                "upper": upper,
                "lower_expression": "",
                "upper_expression": "",
            }
            yield stated.model_copy(update=update)
        yield Variable(
            name=choice.binary,
            indices=(*stated.indices, choice.over.name),
            forall=ex.to_text(ex.Forall((*choice.loops, choice.each()))),
            domain=Domain.BINARY,
            meaning=f"whether {stated.meaning or stated.name} is this member of {choice.over.name}",
        )

    def _rows(self, choice: _Choice) -> Iterator[Constraint]:
        at = tuple(ex.Ref(name) for g in choice.loops for name in g.names)
        yes = choice.yes(at, ex.Ref(choice.member))
        one = ex.Aggregate("sum", yes, (choice.each(),))
        forall = ex.to_text(ex.Forall(choice.loops))
        name = choice.variable.name
        yield Constraint(
            name=self._free(f"{name}_is_one"), expression=ex.to_text(ex.Comparison("==", one, ONE)),
            forall=forall,
        )  # fmt: skip
        if self._is_number(choice):
            worth = ex.Binary("*", ex.Ref(choice.member), yes)
            total = ex.Aggregate("sum", worth, (choice.each(),))
            row = ex.Comparison("==", ex.Ref(name, at), total)
            yield Constraint(
                name=self._free(f"{name}_value"), expression=ex.to_text(row), forall=forall
            )
            yield from self._bounds(choice, at, forall)

    def _bounds(
        self, choice: _Choice, at: tuple[ex.Expr, ...], forall: str
    ) -> Iterator[Constraint]:
        """Bounds that were stated beside the set."""
        stated = choice.variable
        sides: tuple[tuple[ex.Operator, str, float | None], ...] = (
            (">=", stated.lower_expression, stated.lower or None),
            ("<=", stated.upper_expression, stated.upper),
        )
        for operator, text, number in sides:
            if text or number is not None:
                side = ex.parse(text or repr(number))
                row = ex.Comparison(operator, ex.Ref(stated.name, at), side)
                word = "least" if operator == ">=" else "most"
                name = self._free(f"{stated.name}_{word}")
                yield Constraint(name=name, expression=ex.to_text(row), forall=forall)

    # What is stated of them

    def _constraint(self, stated: Constraint) -> Constraint:
        statements = ex.parse_constraint(stated.expression)
        if not any(self._choices.keys() & ex.names(s) for s in statements):
            return stated
        parts = [rebuilt(s, self._ref, self._condition) for s in statements]
        for part in parts:
            self._note(part)
        return stated.model_copy(update={"expression": chain_text(parts)})

    def _text(self, text: str) -> str:
        node = ex.parse(text)
        if self._choices.keys().isdisjoint(ex.names(node)):
            return text
        found = rebuilt(node, self._ref, self._condition)
        self._note(found)
        return ex.to_text(found)

    def _note(self, node: ex.Expr | ex.Statement) -> None:
        """Remember what is left: it is used as a number."""
        self._as_numbers |= self._choices.keys() & ex.names(node)

    def _chosen(self, node: ex.Expr) -> _Choice | None:
        return self._choices.get(node.name) if isinstance(node, ex.Ref) else None

    def _ref(self, ref: ex.Ref) -> ex.Expr:
        """`pay[i, colour[i]]` as a sum over the members of colour."""
        for at, index in enumerate(ref.indices):
            choice = self._chosen(index)
            if choice is None or not isinstance(index, ex.Ref):
                continue
            member = ex.Ref(self._free(choice.member))
            inside = self._ref(
                ex.Ref(ref.name, (*ref.indices[:at], member, *ref.indices[at + 1 :]))
            )
            body = ex.Binary("*", inside, choice.yes(index.indices, member))
            return ex.Aggregate("sum", body, (ex.Generator(member.name, choice.over.name),))
        return ref

    def _condition(self, node: ex.Comparison | ex.Membership) -> ex.Condition:
        if isinstance(node, ex.Membership):
            return self._membership(node)
        if node.operator not in ("==", "!="):
            return node
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            choice = self._chosen(mine)
            if choice is None or not isinstance(mine, ex.Ref):
                continue
            held = self._held(choice, mine, other)
            if held is not None:
                return ex.Comparison("==", held, ONE if node.operator == "==" else ZERO)
        return node

    def _held(self, choice: _Choice, mine: ex.Ref, other: ex.Expr) -> ex.Expr | None:
        """0 or 1: whether it is this member; None where numbers are compared."""
        twin = self._chosen(other)
        if twin is not None and isinstance(other, ex.Ref):
            if choice.numbers is not None and twin.numbers is not None:
                return None
            if twin.over.name != choice.over.name:
                raise FormulationError(
                    f"{ex.to_text(mine)!r} and {ex.to_text(other)!r} are members of different sets"
                )
            member = ex.Ref(self._free(choice.member))
            both = ex.Binary("*", choice.yes(mine.indices, member), twin.yes(other.indices, member))
            return ex.Aggregate("sum", both, (ex.Generator(member.name, choice.over.name),))
        if isinstance(other, ex.Quoted) or self._is_loop(other) or self._is_text(other):
            return choice.yes(mine.indices, other)
        if isinstance(other, ex.Number) and choice.numbers and other.value in choice.numbers:
            return choice.yes(mine.indices, other)
        return None

    def _is_loop(self, node: ex.Expr) -> bool:
        known = {p.name for p in self._stated.parameters} | {v.name for v in self._stated.variables}
        known |= {e.name for e in self._stated.expressions}
        return isinstance(node, ex.Ref) and not node.indices and node.name not in known

    def _is_text(self, node: ex.Expr) -> bool:
        """Whether it is a text attribute, which names a member."""
        texts = {p.name for p in self._stated.parameters if p.kind is ParameterKind.TEXT}
        return isinstance(node, ex.Ref) and node.name in texts

    def _membership(self, node: ex.Membership) -> ex.Condition:
        """`colour[i] in ("red", "blue")`, or in a set."""
        choice = self._chosen(node.items[0]) if len(node.items) == 1 else None
        mine = node.items[0]
        if choice is None or not isinstance(mine, ex.Ref):
            return node
        total: ex.Expr
        if isinstance(node.collection, str):
            member = ex.Ref(self._free(choice.member))
            inside = ex.Membership((member,), node.collection)
            each = ex.Generator(member.name, choice.over.name, inside)
            total = ex.Aggregate("sum", choice.yes(mine.indices, member), (each,))
        else:
            listed = tuple(
                choice.yes(mine.indices, item) for item in dict.fromkeys(node.collection)
            )
            total = listed[0] if len(listed) == 1 else ex.Add(listed)
        return ex.Comparison("==", total, ZERO if node.negated else ONE)
