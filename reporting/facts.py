"""Everything a report says, worked out once: HTML, Markdown and PDF only write it down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite

from optwright.agents.prices import MOST_RANGED, ranged
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.errors import OptwrightError
from optwright.reporting.answers import Family, Members, families
from optwright.reporting.limits import Limit, limits
from optwright.reporting.structure import Structure
from optwright.solvers.analysis.diagnosis import integrality_gap
from optwright.solvers.backends.arrays import element_names
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.matching import Match, matches
from optwright.solvers.data.table import Table
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.model.formulation import Domain

MOST_TITLE = 80
_LIMIT_S = 5.0
_BROKEN_LINE = re.compile(r"(?<=\S)[ \t]*\n(?=[^\s\-*•\d])|(?<=[a-z,])[ \t]*\n(?=\d+ [a-z])")
"""A line break inside a paragraph; before a blank line or an item of a list it is left."""


@dataclass(frozen=True)
class Facts:
    """A solution with what its data and its model say about it."""

    solution: Solution
    text: str = ""
    tables: Mapping[str, Table] = field(default_factory=dict)
    instance: Instance | None = None
    families: tuple[Family, ...] = ()
    limits: tuple[Limit, ...] = ()
    matches: tuple[Match, ...] = ()
    notes: tuple[str, ...] = ()
    """What whole numbers cost, where some decisions are."""
    evaluation: PointEvaluation | None = None
    """What works out any expression at the answer; None without the tables."""

    def title_of(self, name: str) -> str:
        """A set as a reader knows it: what it means, what its members are, or its name."""
        model = self.solution.formulation
        stated = next((s for s in model.sets if s.name == name), None) if model else None
        column = stated.column.value if stated is not None and stated.column is not None else ""
        meaning = stated.meaning if stated is not None else ""
        return (meaning or column or name).replace("_", " ")

    @cached_property
    def closed(self) -> frozenset[str]:
        """The members that a yes/no over one set decides against: sites that stay closed."""
        return frozenset(
            key[0]
            for family in self.families
            if len(family.sets) == 1
            and family.variable is not None
            and family.variable.domain is Domain.BINARY
            for key, value in family.values.items()
            if value < 0.5
        )

    def uppers(self, name: str) -> dict[Members, float]:
        """The most that each element of a decision may be, where it has such a bound."""
        bound = self.instance.variables.get(name) if self.instance is not None else None
        family = next((f for f in self.families if f.name == name), None)
        if bound is None or family is None:
            return {}
        _, upper = element_bounds(bound)
        keys = {element: key for key, element in self._elements(family)}
        found = zip(element_names(bound), upper.tolist(), strict=True)
        return {keys[n]: most for n, most in found if n in keys and isfinite(most)}

    def _elements(self, family: Family) -> Iterator[tuple[Members, str]]:
        for key in family.values:
            yield key, f"{family.name}[{','.join(key)}]" if key else family.name

    @cached_property
    def structure(self) -> Structure:
        """The formulation taken apart; of nothing where there is none."""
        return Structure.of(self.solution.formulation)

    @property
    def title(self) -> str:
        model = self.solution.formulation
        if model is not None and model.title:
            return model.title
        first = " ".join(self.text.split()).partition(". ")[0].rstrip(".")
        if len(first) > MOST_TITLE:
            first = f"{first[: MOST_TITLE - 1].rsplit(' ', 1)[0]}…"
        return first or "Solution"


def flowing(text: str) -> str:
    """A text whose paragraphs are not broken into lines; lists keep theirs."""
    return _BROKEN_LINE.sub(" ", text.strip())


def gather(solution: Solution, problem: Problem | None = None, *, ranging: bool = True) -> Facts:
    """Join a solution with its problem. `ranging` also solves a linear model once more, for at
    most 5 s, to say how far its limits can move; without the tables of the problem, or where the
    model cannot be bound, what needs them is left out."""
    text = flowing(problem.text) if problem is not None else ""
    tables = dict(problem.tables) if problem is not None else {}
    program = _program(solution, tables)
    if program is None:
        return Facts(solution, text, tables, families=families(solution, None),
                     limits=limits(solution, None))  # fmt: skip
    notes = _cost_of_whole_numbers(program, solution) if ranging else ()
    if ranging and not any("limit" in figures for figures in solution.sensitivity.values()):
        rows = ranged(program, solution.sensitivity)
        solution = solution.model_copy(update={"sensitivity": rows})
    return Facts(
        solution,
        text,
        tables,
        program.instance,
        families(solution, program.instance),
        limits(solution, program.arrays),
        matches(program.instance, tables),
        notes,
        PointEvaluation(program.stated_instance),
    )


def _program(solution: Solution, tables: Mapping[str, Table]) -> Program | None:
    if solution.formulation is None:
        return None
    try:
        program = Program(solution.formulation, tables)
        program.instance  # noqa: B018  (binds, once)
        program.arrays  # noqa: B018
    except OptwrightError:
        return None
    return program


def _cost_of_whole_numbers(program: Program, solution: Solution) -> tuple[str, ...]:
    """What whole numbers cost; nothing where there are none or that takes long."""
    if len(program.stages) > 1:
        return ()  # the answer is of the last stage, and this would be of the first
    model = program.arrays
    if model is None or len(model.cost) > MOST_RANGED or not solution.status.has_solution:
        return ()
    try:
        gap = integrality_gap(model, limit_s=_LIMIT_S)
    except OptwrightError:
        return ()
    if gap is None:
        return ()
    stated = {v.name for v in solution.formulation.variables} if solution.formulation else set()
    stated -= Structure.of(solution.formulation).helpers
    own = {n: x for n, x in gap.fractional.items() if n.partition("[")[0] in stated}
    head, *listed = replace(gap, fractional=own).sentences()
    return (head, *listed) if listed else (head.replace("; then these are fractions:", "."),)
