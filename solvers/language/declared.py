"""What the names in expressions stand for, as far as the formulation itself says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.value_checks import is_numeric
from optwright.solvers.language.widths import width_of
from optwright.solvers.model.formulation import (
    Domain,
    Formulation,
    IndexSet,
    Parameter,
    ParameterKind,
    Variable,
)

Loops = Mapping[str, str]
"""The set each loop name runs over, innermost last; `A.1` is the second part of tuples of `A`."""


def _names_in(text: str) -> frozenset[str]:
    try:
        return ex.names(ex.parse(text))
    except FormulationError:
        return frozenset()


class Declared:
    """What a formulation declares, by name, and what an expression is by that."""

    def __init__(self, formulation: Formulation) -> None:
        self._formulation = formulation
        self._sets = {s.name: s for s in formulation.sets}
        self._inline = dict[str, IndexSet]()  # sets that a loop says itself, by their text
        self._quantities: dict[str, Parameter | Variable] = {
            **{p.name: p for p in formulation.parameters},
            **{v.name: v for v in formulation.variables},
        }
        self._decided = {v.name for v in formulation.variables}
        self._named = {e.name: e for e in formulation.expressions}
        self._variables = self._decided | self._of_variables()
        self._texts = {p.name for p in formulation.parameters if p.kind is ParameterKind.TEXT}

    def _of_variables(self) -> set[str]:
        """Named expressions that use a variable, directly or through another."""
        uses = {name: _names_in(e.expression) for name, e in self._named.items()}
        found: set[str] = set()
        for _ in self._named:
            found = {name for name, used in uses.items() if used & (self._decided | found)}
        return found

    def parts(self, name: str) -> int:
        """How many names a member of the set has: 2 for a set of pairs."""
        return width_of(self._over(name), self._sets)

    def _over(self, name: str) -> IndexSet | None:
        """The set of that name, or the one that a loop writes so."""
        return self._sets.get(name) or self._inline.get(name)

    def width(self, quantity: Parameter | Variable) -> int:
        """How many indices an element is written with."""
        return sum(map(self.parts, quantity.indices))

    def _places(self, quantity: Parameter | Variable) -> Iterator[str]:
        """For each index of an element, the set it is of; `A.1` for the second part of a pair."""
        for name in quantity.indices:
            parts = self.parts(name)
            yield from [name] if parts == 1 else (f"{name}.{at}" for at in range(parts))

    def _touches_variables(self, node: ex.Expr | ex.Condition | ex.Special) -> bool:
        return not self._variables.isdisjoint(ex.names(node))

    def _chosen_set(self, node: ex.Expr) -> IndexSet | None:
        """The set of texts that a decision is a member of; None for any other expression."""
        variable = self._quantities.get(node.name) if isinstance(node, ex.Ref) else None
        over = self._sets.get(variable.member_of) if isinstance(variable, Variable) else None
        return None if over is None or (over.members and is_numeric(over)) else over

    def _is_choice(self, *nodes: ex.Expr) -> bool:
        """Whether one of these is a decision that is a member of a set of texts."""
        return any(self._chosen_set(node) is not None for node in nodes)

    def _is_text_choice(self, variable: Variable) -> bool:
        over = self._sets.get(variable.member_of)
        return over is not None and not is_numeric(over)

    def _is_member(self, node: ex.Expr, loops: Loops) -> bool:
        """Whether a side of a condition names a member, which need not be a number."""
        match node:
            case ex.Quoted():
                return True
            case ex.Ref(name):
                return name in loops or name in self._texts
            case ex.Call(function):
                return function in ex.MEMBER_FUNCTIONS
            case ex.Add():
                moved = ex.shifted(node)
                return moved is not None and not is_numeric(self._over(loops.get(moved[0], "")))
            case _:
                return False

    def _counts(self, node: ex.Call) -> bool:
        """Whether `first(T)` is a number, because the members of `T` are."""
        (over,) = node.arguments
        return isinstance(over, ex.Ref) and is_numeric(self._sets.get(over.name))

    def _amount(self, node: ex.Expr) -> str:
        """The name of the variable that an expression is, if it may be other than 0 and 1."""
        variable = self._quantities.get(node.name) if isinstance(node, ex.Ref) else None
        if not isinstance(variable, Variable) or variable.domain is Domain.BINARY:
            return ""
        if variable.lower_expression or variable.upper_expression or variable.member_of:
            return variable.name
        lower, upper = variable.lower, variable.upper
        between = lower is not None and upper is not None and lower >= 0 and upper <= 1
        return "" if between else variable.name
