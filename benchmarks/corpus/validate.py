"""Checks of the corpus itself: its shape, its quotes, that no two entries are alike, its optima."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isclose

from optwright.benchmarks.corpus.entries import Entry, as_read, as_written
from optwright.benchmarks.corpus.likeness import alike
from optwright.benchmarks.corpus.second_engine import by_scip, searched
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.model.outcome import SolveOptions

_OPTIONS = SolveOptions(time_limit_s=30.0)
STATUSES = ("optimal", "infeasible", "unbounded")


@dataclass(frozen=True, slots=True)
class Solved:
    """What both engines say of an entry; `fault` is a sentence where they do not agree."""

    status: str
    optimum: float | None
    fault: str = ""


def same(one: float | None, other: float | None) -> bool:
    """Whether two optima agree to six digits; None agrees with None alone."""
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)


def shape_faults(entry: Entry) -> Iterator[str]:
    """What is wrong with an entry before anything is solved."""
    if entry.status not in STATUSES:
        yield f"status {entry.status!r} is none of {', '.join(STATUSES)}"
    if not entry.family or not entry.source:
        yield "family or source is empty"
    for quote in entry.quotes:
        if not quote:
            yield "a limit or the objective quotes nothing"
        elif quote not in entry.text:
            yield f"the text does not hold {quote!r}"
    try:
        if as_read(entry.formulation) != as_written(entry.reply):
            yield "optwright's reader changes the reply"
        Program(entry.formulation, entry.data)
    except OptwrightError as error:
        yield f"it cannot be read: {error}"


def corpus_faults(entries: Sequence[Entry]) -> Iterator[str]:
    """What is wrong with entries taken together."""
    counts = Counter(entry.id for entry in entries)
    yield from (f"{name}: the id is used {n} times" for name, n in counts.items() if n > 1)
    yield from (f"{one} and {other}: {what}" for one, other, what in alike(entries))


def solved(entry: Entry) -> Solved:
    """Solve an entry with optwright and with the second engine."""
    program = Program(entry.formulation, entry.data)
    outcome = open_solver("auto").solve(program, _OPTIONS)
    first = Solved(outcome.status.value, outcome.objective)
    status, optimum = by_scip(entry.formulation, entry.tables)
    if (first.status, same(first.optimum, optimum)) != (status, True):
        fault = f"{outcome.solver}: {first.status} {first.optimum}; SCIP: {status} {optimum}"
        return replace(first, fault=fault)
    if program.nonlinear_reason and first.status == "optimal":
        found = searched(entry.formulation, entry.tables)
        if found is None or not isclose(found, first.optimum or 0.0, rel_tol=1e-4, abs_tol=1e-4):
            return replace(first, fault=f"SCIP: {first.optimum}; searched: {found}")
    return first


def solve_faults(entry: Entry, found: Solved) -> Iterator[str]:
    """Where what was found is not what the entry says."""
    if found.fault:
        yield found.fault
    elif found.status != entry.status or not same(found.optimum, entry.optimum):
        yield f"it says {entry.status} {entry.optimum}; found {found.status} {found.optimum}"
