"""Everything a report says, worked out once: HTML, Markdown and PDF only write it down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from optwright.agents.prices import MOST_RANGED, ranged
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.errors import OptwrightError
from optwright.reporting.answers import Family, families
from optwright.reporting.limits import Limit, limits
from optwright.solvers.analysis.diagnosis import integrality_gap
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.matching import Match, matches
from optwright.solvers.data.table import Table

MOST_TITLE = 80
_LIMIT_S = 5.0
_BROKEN_LINE = re.compile(r"(?<=\S)[ \t]*\n(?=[^\s\-*•\d])")
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
    return tuple(gap.sentences()) if gap is not None else ()
