"""What every check is given: a formulation beside the problem that it was drafted for, and what
checks ask of the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from optwright.agents.checks.words.contents import numbers_by_expression, sizes, told, words_of
from optwright.agents.checks.words.relations import agrees, implied_weights, in_symbols
from optwright.agents.checks.words.rows import StatedRow, first_rows, linear, objective_weights
from optwright.agents.checks.words.uses import Uses
from optwright.agents.text.other_units import Units, units_of
from optwright.agents.text.quantities import Quantity, quantities, same, says
from optwright.agents.text.roles import TextNumber, roles
from optwright.agents.text.scales import Scales, scales
from optwright.agents.text.shares import measured, thing_of
from optwright.agents.text.totals import Total, explain, totals_of_tables, totals_of_words
from optwright.agents.text.wording import Relation, relation
from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table
from optwright.solvers.language.expressions import names, parse_comparison
from optwright.solvers.model.formulation import Constraint, Formulation
from optwright.solvers.model.linear_model import LinearModel

_MOST_CELLS = 200
"""Of each column of texts, as many are searched for numbers."""


@dataclass(frozen=True)
class CheckContext:
    """A formulation beside the problem that it was drafted for; what checks need is worked out
    once. Its expressions can be read."""

    text: str
    formulation: Formulation
    tables: Mapping[str, Table] = field(default_factory=dict)
    shown_text: str = ""
    """What a model may be shown of text and tables; without it the text alone."""

    @property
    def shown(self) -> str:
        """The problem as a check shows it to a model."""
        return self.shown_text or self.text

    @cached_property
    def rows(self) -> dict[str, StatedRow]:
        return {} if self.arrays is None else first_rows(self.arrays)

    @cached_property
    def _program(self) -> Program | None:
        try:
            return Program(self.formulation, self.tables)
        except FormulationError:
            return None

    @cached_property
    def arrays(self) -> LinearModel | None:
        """The formulation as a linear program; None where it is not one."""
        return None if self._program is None else linear(self._program)

    @cached_property
    def uses(self) -> Uses:
        """The numbers that the formulation uses."""
        try:
            instance = None if self._program is None else self._program.instance
        except (FormulationError, DataError):
            instance = None
        return Uses(self.formulation, self.tables, instance)

    @cached_property
    def stated(self) -> tuple[Quantity, ...]:
        """The numbers of the text, in the scale that the formulation writes them in."""
        return self.numbers_of(self.text)

    @cached_property
    def texts_in_tables(self) -> frozenset[str]:
        """The texts of cells, of each column the first."""
        return frozenset(
            cell
            for table in self.tables.values()
            for column in table.columns
            for cell in islice(column.texts, _MOST_CELLS)
        )

    @cached_property
    def in_tables(self) -> str:
        """The words in tables, as in a cell ">= 60%"."""
        return "; ".join(self.texts_in_tables)

    @cached_property
    def stated_in_tables(self) -> tuple[Quantity, ...]:
        """The numbers in texts of tables."""
        return quantities(self.in_tables)

    @cached_property
    def numbers(self) -> tuple[TextNumber, ...]:
        """The same, each with what it is by how it stands in the text."""
        read = {q.start: q for q in self.stated}
        return tuple(
            replace(n, quantity=read.get(n.quantity.start, n.quantity)) for n in roles(self.text)
        )

    @cached_property
    def _scales(self) -> Scales:
        try:
            used = numbers_by_expression(self.formulation)
        except FormulationError:
            return Scales({})
        return scales(self.text, used, told(self.formulation))

    def numbers_of(self, words: str) -> tuple[Quantity, ...]:
        """The numbers of words of the problem, in the scale that the formulation writes them in."""
        return self._units.read(words, self._scales.read(words))

    @cached_property
    def _units(self) -> Units:
        return units_of(f"{self.text} {told(self.formulation)}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(v.name for v in self.formulation.variables)

    @cached_property
    def things(self) -> tuple[frozenset[str], ...]:
        """For each variable the words that mean it and no other."""
        words = [words_of(v) for v in self.formulation.variables]
        return tuple(
            own - frozenset().union(*(other for j, other in enumerate(words) if j != i))
            for i, own in enumerate(words)
        )

    @cached_property
    def _totals(self) -> tuple[tuple[Total, ...], tuple[Total, ...]]:
        return tuple(totals_of_words(self.text)), totals_of_tables(self.tables)

    @cached_property
    def members(self) -> tuple[tuple[str, int], ...]:
        """Each set with the number of its members, where that can be had."""
        return tuple(sizes(self.formulation, self.tables))

    def worked_out(self, number: float) -> str:
        """How a number that no words say follows from numbers that they or tables list; empty
        where it does not."""
        return explain(number, *self._totals, self.stated, self.members)

    def takes_from_data(self, constraint: Constraint) -> bool:
        """Whether a constraint's numbers are those of parameters, so that no words hold them."""
        given = {p.name for p in self.formulation.parameters}
        try:
            return any(given & names(c) for c in parse_comparison(constraint.expression))
        except FormulationError:
            return False

    def relation(self, constraint: Constraint) -> Relation | None:
        """The comparison of decisions that a constraint's words state, if they state one."""
        return relation(constraint.text, self.things)

    def measured(self, words: str, stated: Relation) -> Mapping[str, float] | None:
        """What each decision counts for in the share that words state; None where that is one, or
        not known, or where they state no share."""
        thing = thing_of(words) if stated.share else None
        if thing is None:
            return None
        others = [place for place in self._sums if place[0] != words]
        weights = measured(thing, self._meant, others)
        return weights if weights and weights.keys() <= set(self.names) else None

    def in_symbols(self, words: str, stated: Relation, total: str = "total") -> str | None:
        """The relation that words state as an expression; None where they take a share of what the
        decision they name does not carry."""
        weights = self.measured(words, stated)
        if weights is not None and self.names[stated.left] not in weights:
            return None
        return in_symbols(stated, self.names, total, weights)

    def fits(self, words: str, row: StatedRow, stated: Relation) -> bool:
        """Whether a row says what a relation that `words` state says; a row of sums over members is
        not looked into."""
        if any("[" in name for name in row.coefficients):
            plain = [name.partition("[")[0] for name in row.coefficients]
            if stated.share or len(set(plain)) < len(plain):
                return True
            named = dict(zip(plain, row.coefficients.values(), strict=True))
            row = replace(row, coefficients=named)
        weights = self.measured(words, stated)
        if agrees(row, stated, self.names, weights):
            return True
        return stated.share and self._is_share_otherwise(words, row, stated, weights)

    def _is_share_otherwise(
        self, words: str, row: StatedRow, stated: Relation, weights: Mapping[str, float] | None
    ) -> bool:
        """Whether a row takes the share of a stated amount ("40% of the budget"), or counts with
        numbers of the text what is no decision and has no known `weights`."""
        if not 0 < stated.factor < 1:
            return True
        as_limit = (stated.factor, 100 * stated.factor)  # "40%" as a limit of 0.4 or 40 is wrong
        limits = [abs(v) for v in row.limits if v and not any(same(abs(v), n) for n in as_limit)]
        if any(says(self.stated, limit / stated.factor) for limit in limits):
            return True
        thing = thing_of(words)
        if weights or thing is None or {thing.name, thing.kind} & self._meant:
            return False
        implied = implied_weights(row, stated, self.names).values()
        return len(set(implied)) > 1 and all(says(self.stated, weight) for weight in implied)

    @cached_property
    def _meant(self) -> frozenset[str]:
        """The words that mean decisions, one or all of them."""
        return frozenset().union(*(words_of(v) for v in self.formulation.variables))

    @cached_property
    def _sums(self) -> tuple[tuple[str, Mapping[str, float]], ...]:
        """The sums of a linear formulation, each with the words it states."""
        if self.arrays is None:
            return ()
        objective = self.formulation.objective.text, objective_weights(self.arrays)
        rows = self.rows
        told = [(c.text, rows[c.name].coefficients) for c in self.formulation.constraints
                if c.name in rows]  # fmt: skip
        return (objective, *told)
