"""What the structure of a formulation says about its answer, for the choice of pictures.

Which sets are in order, which decisions are levels that carry over, which yes/no decisions only
say what comes first, and which amounts go from one place to another: read from indices, domains
and statements, never from the words of a problem.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.transform import write_out
from optwright.solvers.model.formulation import Domain, Formulation

_NAMES = (*calendar.day_name, *calendar.day_abbr, *calendar.month_name, *calendar.month_abbr)
_CALENDAR = frozenset(name.lower() for name in _NAMES if name)
_NUMBERED = re.compile(r"(\D*)(\d+)\D*")


@dataclass(frozen=True)
class Stated:
    """One statement of a constraint, with the loops it stands in."""

    constraint: str
    loops: tuple[ex.Generator, ...]
    statement: ex.Statement

    @cached_property
    def sets(self) -> dict[str, str]:
        """The set that each loop runs over, loops inside the statement included."""
        inner = (n for n in ex.walk(self.statement) if isinstance(n, ex.Generator))
        return {name: g.set for g in (*self.loops, *inner) for name in g.names}

    @cached_property
    def comparisons(self) -> tuple[ex.Comparison, ...]:
        """The comparisons in it that are stated of decisions, logic taken apart."""
        return tuple(_comparisons(self.statement))


@dataclass(frozen=True)
class Precedence:
    """`first + length <= second`, where `switches` are off: lengths are what the data adds."""

    stated: Stated
    first: ex.Ref
    second: ex.Ref
    lengths: tuple[ex.Expr, ...]
    switches: tuple[ex.Ref, ...]
    is_switched: bool


@dataclass(frozen=True)
class Structure:
    """A formulation taken apart; what cannot be read is left out."""

    model: Formulation | None
    statements: tuple[Stated, ...] = field(default=())

    @classmethod
    def of(cls, model: Formulation | None) -> Structure:
        if model is None:
            return cls(None)
        named = {stated.name: stated for stated in model.expressions}
        found = list[Stated]()
        for constraint in model.constraints:
            try:
                loops = ex.parse_forall(constraint.forall).generators
                for statement in ex.parse_constraint(constraint.expression):
                    written = write_out(statement, named)
                    found.append(Stated(constraint.name, loops, written))
            except FormulationError:
                continue
        return cls(model, tuple(found))

    @cached_property
    def variables(self) -> dict[str, Domain]:
        variables = self.model.variables if self.model is not None else ()
        return {variable.name: variable.domain for variable in variables}

    @cached_property
    def walked(self) -> frozenset[str]:
        """The sets that some statement steps along: `stock[t - 1]`, `prev(t)`."""
        found = set[str]()
        for stated in self.statements:
            for node in ex.walk(stated.statement):
                for index in node.indices if isinstance(node, ex.Ref) else ():
                    if _is_step(index):
                        found |= {stated.sets[n] for n in ex.names(index) if n in stated.sets}
        return frozenset(found)

    def order(self, name: str, members: Sequence[str]) -> int:
        """How surely a set is in order, as periods are: 0 not at all, 1 its members are numbers or
        numbered, 2 they are days or months, 3 statements step along it."""
        if len(members) < 2:
            return 0
        if name in self.walked:
            return 3
        if all(map(_is_date, members)):
            return 2
        found = [_NUMBERED.fullmatch(member) for member in members]
        counts = [int(f[2]) for f in found if f is not None]
        heads = {f[1] for f in found if f is not None}
        if len(counts) < len(members) or len(heads) > 1:
            return 0
        return int(counts == list(range(counts[0], counts[0] + len(counts))))

    @cached_property
    def levels(self) -> frozenset[str]:
        """Decisions that carry over from one period to the next in an equation, as a stock does."""
        found = set[str]()
        for stated in self.statements:
            for comparison in stated.comparisons:
                if comparison.operator != "==":
                    continue
                stepped = dict[str, set[bool]]()
                for node in ex.walk(comparison):
                    if isinstance(node, ex.Ref) and node.name in self.variables:
                        stepped.setdefault(node.name, set()).add(any(map(_is_step, node.indices)))
                found |= {name for name, ways in stepped.items() if len(ways) == 2}
        return frozenset(found)

    @cached_property
    def transported(self) -> frozenset[str]:
        """Decisions that are added up over one index in one statement and over another in the
        next, as what is sent from places to places is."""
        summed = dict[str, set[int]]()
        for stated in self.statements:
            for node in ex.walk(stated.statement):
                if not isinstance(node, ex.Aggregate) or node.function != "sum":
                    continue
                bound = {name for g in node.generators for name in g.names}
                for ref in ex.walk(node.body):
                    if isinstance(ref, ex.Ref) and ref.name in self.variables:
                        at = [k for k, index in enumerate(ref.indices) if bound & ex.names(index)]
                        if len(at) == 1 < len(ref.indices):
                            summed.setdefault(ref.name, set()).add(at[0])
        return frozenset(name for name, at in summed.items() if len(at) > 1)

    @cached_property
    def precedences(self) -> tuple[Precedence, ...]:
        """Every statement that one moment comes so much before another."""
        return tuple(
            found
            for stated in self.statements
            for comparison in stated.comparisons
            if (found := self._precedence(stated, comparison)) is not None
        )

    def _precedence(self, stated: Stated, comparison: ex.Comparison) -> Precedence | None:
        if comparison.operator not in ("<=", ">="):
            return None
        way = 1 if comparison.operator == "<=" else -1
        added = [*terms(comparison.left, way), *terms(comparison.right, -way)]
        moments, lengths, switches = list[tuple[int, ex.Ref]](), list[ex.Expr](), list[ex.Ref]()
        for sign, term in added:
            used = [n for n in ex.walk(term) if isinstance(n, ex.Ref) and n.name in self.variables]
            if not used:
                lengths += [term] if sign > 0 else []
            elif all(self.variables[ref.name] is Domain.BINARY for ref in used):
                switches += used
            elif isinstance(term, ex.Ref):
                moments.append((sign, term))
            else:
                return None
        if sorted(sign for sign, _ in moments) != [-1, 1]:
            return None
        (first,) = (ref for sign, ref in moments if sign > 0)
        (second,) = (ref for sign, ref in moments if sign < 0)
        # With a switch, a number alone may be the large one that turns the statement off.
        kept = [t for t in lengths if not switches or any(isinstance(n, ex.Ref) and n.indices
                                                          for n in ex.walk(t))]  # fmt: skip
        is_logic = not isinstance(stated.statement, ex.Comparison)
        return Precedence(
            stated, first, second, tuple(kept), tuple(switches), bool(switches) or is_logic
        )

    @cached_property
    def orderings(self) -> frozenset[str]:
        """Yes/no decisions that only say which of two moments comes first: they stand in nothing
        but such statements."""
        switched = {
            ref.name
            for p in self.precedences
            if p.first.name == p.second.name
            for ref in p.switches
            if len(ref.indices) >= 2
        }
        apart = {id(p.stated.statement) for p in self.precedences}
        elsewhere = {
            node.name
            for stated in self.statements
            if id(stated.statement) not in apart
            for node in ex.walk(stated.statement)
            if isinstance(node, ex.Ref) and not _is_antisymmetry(stated)
        }
        return frozenset(switched - elsewhere - self._sought)

    @cached_property
    def positions(self) -> frozenset[str]:
        """Amounts that only number the stops of a route: they stand in nothing but statements
        that one comes after another, with no length from the data, and cost nothing."""
        numbered = {p.first.name for p in self.precedences
                    if p.first.name == p.second.name and p.switches and not p.lengths}  # fmt: skip
        timed = {p.first.name for p in self.precedences if p.lengths}
        return frozenset(
            name
            for name in numbered - timed - self._sought
            if self.variables.get(name) is not Domain.BINARY
        )

    @cached_property
    def helpers(self) -> frozenset[str]:
        """Decisions that say nothing by themselves: orders and positions."""
        return self.orderings | self.positions

    @cached_property
    def _sought(self) -> frozenset[str]:
        found = set[str]()
        for objective in self.model.objectives if self.model is not None else ():
            try:
                found |= ex.names(ex.parse(objective.expression))
            except FormulationError:
                continue
        return frozenset(found)


def _comparisons(node: ex.Statement) -> Iterator[ex.Comparison]:
    match node:
        case ex.Comparison():
            yield node
        case ex.Junction(_, parts):
            for part in parts:
                yield from _comparisons(part)
        case ex.Not(operand):
            yield from _comparisons(operand)
        case _:
            return


def terms(node: ex.Expr, sign: int) -> Iterator[tuple[int, ex.Expr]]:
    """What a side adds up, each with its sign."""
    match node:
        case ex.Add(parts):
            for term in parts:
                yield from terms(term, sign)
        case ex.Negate(operand):
            yield from terms(operand, -sign)
        case _:
            yield sign, node


def _is_step(index: ex.Expr) -> bool:
    """Whether an index is beside the member its loop is at: `t - 1`, `next(t)`."""
    if isinstance(index, ex.Call):
        return index.function in ex.NEIGHBOURS
    return isinstance(index, ex.Add) and any(isinstance(t, ex.Ref) for t in index.terms)


def _is_antisymmetry(stated: Stated) -> bool:
    """Whether it only says that of two orders one holds: `before[i, j] + before[j, i] == 1`."""
    refs = [n for n in ex.walk(stated.statement) if isinstance(n, ex.Ref) and n.indices]
    return (
        len(refs) == 2
        and refs[0].name == refs[1].name
        and set(refs[0].indices) == set(refs[1].indices)
    )


def _is_date(member: str) -> bool:
    if member.lower() in _CALENDAR:
        return True
    try:
        date.fromisoformat(member if len(member) > 7 else f"{member}-01")
    except ValueError:
        return False
    return True


def loops_for(names: frozenset[str], stated: Stated) -> tuple[ex.Generator, ...]:
    """The loops of a statement that bind any of these names, without their conditions."""
    inner = (n for n in ex.walk(stated.statement) if isinstance(n, ex.Generator))
    kept = (g for g in (*stated.loops, *inner) if names.intersection(g.names))
    return tuple(ex.Generator(g.name, g.set, None, g.more) for g in kept)
