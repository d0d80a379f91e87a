"""CPLEX LP text, read by HiGHS, SCIP, CPLEX, Gurobi, GLPK and others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from optwright.solvers.backends.program import Program
from optwright.solvers.export.files import (
    file_names,
    header,
    linear,
    rows,
    whole_limits,
    without_offset,
)
from optwright.solvers.model.linear_model import INFINITE, LinearModel

NOTHING = "nothing_limits_it"
TERMS_A_LINE = 8  # some readers stop at 560 characters


def write(program: Program) -> str:
    return text_of(linear(program), program)


def text_of(given: LinearModel, program: Program | None = None) -> str:
    """Arrays as LP text; `program` gives the title."""
    model = whole_limits(without_offset(given))
    names = file_names(model.column_names)
    row_names = file_names(row.name for row in rows(model))
    lines = [
        *header(program, names | row_names, "\\"),
        "Maximize" if model.maximize else "Minimize",
        *_terms("obj", _objective(model), list(names.values())),
        "Subject To",
        *_rows(model, row_names, list(names.values())),
        "Bounds",
        *_bounds(model, list(names.values())),
        *_integers(model, list(names.values())),
        "End",
    ]
    return "\n".join(lines) + "\n"


def _objective(model: LinearModel) -> list[tuple[int, float]]:
    """Costs, and a zero for every variable that nothing else would mention; one zero where there is
    neither, since GLPK reads no empty objective."""
    mentioned = set(model.columns.tolist())
    costs = enumerate(model.cost.tolist())
    return [(j, cost) for j, cost in costs if cost or j not in mentioned] or [(0, 0.0)]


def _rows(model: LinearModel, safe: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    stated = list(rows(model))
    if not stated:  # GLPK reads no file without rows
        yield from _terms(NOTHING, [(0, 0.0)], names)
        yield "   >= -1"
    for row in stated:
        # A row must mention something, also if it is about nothing.
        entries = row.entries or [(0, 0.0)]
        *lines, last = _terms(safe[row.name], entries, names)
        yield from lines
        yield f"{last} {row.relation} {number_text(row.side)}"


def _terms(label: str, entries: Iterable[tuple[int, float]], names: Sequence[str]) -> list[str]:
    terms = [f"{signed(coefficient)} {names[j]}" for j, coefficient in entries]
    chunks = [terms[k : k + TERMS_A_LINE] for k in range(0, len(terms), TERMS_A_LINE)]
    first, *rest = chunks or [[]]
    return [f" {label}: {' '.join(first)}", *(f"   {' '.join(chunk)}" for chunk in rest)]


def _bounds(model: LinearModel, names: Sequence[str]) -> Iterator[str]:
    for name, low, high in zip(names, model.lower.tolist(), model.upper.tolist(), strict=True):
        below, above = low <= -INFINITE, high >= INFINITE
        if below and above:
            yield f" {name} free"
        elif low == high:
            yield f" {name} = {number_text(low)}"
        elif (low, above) != (0.0, True):
            start = "-inf" if below else number_text(low)
            yield f" {start} <= {name}" if above else f" {start} <= {name} <= {number_text(high)}"


def _integers(model: LinearModel, names: Sequence[str]) -> list[str]:
    whole = [f" {name}" for name, kind in zip(names, model.integer, strict=True) if kind]
    return ["General", *whole] if whole else []


def signed(number: float) -> str:
    """A number with its sign apart, as a term begins."""
    return f"{'-' if number < 0 else '+'} {number_text(abs(number))}"


def number_text(number: float) -> str:
    """A number in full, whole ones without a point."""
    return repr(float(number)).removesuffix(".0")
