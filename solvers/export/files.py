"""What LP and MPS files have in common: names they can hold, and rows with one limit each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.analysis.diagnosis import linear_form
from optwright.solvers.backends.lp_text import CONSTANT
from optwright.solvers.backends.program import Program
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE, LinearModel

MAX_NAME = 120  # CBC dies reading MPS with names beyond 160 characters, LP allows 255
_UNSAFE = re.compile(r"[^A-Za-z0-9_.(),]")
_WORDS = frozenset(
    [
        *("bin", "binaries", "binary", "bound", "bounds", "end", "free", "gen", "general"),
        *("generals", "inf", "infinity", "max", "maximise", "maximize", "maximum", "min"),
        *("minimise", "minimize", "minimum", "nan", "obj", "s.t.", "semi", "semis", "sin"),
        *("sos", "st", "st.", "such", "subject", "that", "to"),
    ]
)
"""What LP readers take for something else than a name."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One relation, `<=`, `>=` or `=`, over columns by their place."""

    name: str
    entries: Sequence[tuple[int, float]]
    relation: str
    side: float


def linear(program: Program) -> LinearModel:
    """The arrays of a program, their numbers checked; `FormulationError` if it is not linear."""
    stages = getattr(program, "stages", ())  # what there are only arrays of has one objective
    if len(stages) > 1:
        raise FormulationError(
            f"an LP or MPS file holds one objective, and this program seeks {len(stages)} one "
            "after the other",
            hint="export it as pyomo, which does the same, or give its objectives one priority",
        )
    model = linear_form(program)
    if model is None:
        raise FormulationError(
            f"only linear programs can be written as LP or MPS: {program.nonlinear_reason}",
            hint="export it as pyomo",
        )
    model.check()
    return model


def without_offset(model: LinearModel) -> LinearModel:
    """The model with the constant of its objective as the cost of a column fixed to 1: CBC drops a
    bare constant from LP, GLPK refuses it, and the two read its sign in MPS differently."""
    if not model.offset:
        return model
    return replace(
        model,
        offset=0.0,
        cost=np.append(model.cost, model.offset),
        lower=np.append(model.lower, 1.0),
        upper=np.append(model.upper, 1.0),
        integer=np.append(model.integer, False),
        column_names=[*model.column_names, CONSTANT],
    )


def whole_limits(model: LinearModel) -> LinearModel:
    """The model with whole limits of its integer columns, which GLPK demands."""
    return replace(
        model,
        lower=np.where(model.integer, np.ceil(model.lower - TOLERANCE), model.lower),
        upper=np.where(model.integer, np.floor(model.upper + TOLERANCE), model.upper),
    )


def rows(model: LinearModel) -> Iterator[ExportRow]:
    """The rows, those with two limits as two, those without any left out."""
    for r, name in enumerate(model.row_names):
        lower, upper = float(model.row_lower[r]), float(model.row_upper[r])
        entries = _entries(model, r)
        if lower == upper:
            yield ExportRow(name, entries, "=", upper)
            continue
        if lower > -INFINITE:
            yield ExportRow(name, entries, ">=", lower)
        if upper < INFINITE:
            yield ExportRow(name if lower <= -INFINITE else f"{name}.high", entries, "<=", upper)


def _entries(model: LinearModel, row: int) -> list[tuple[int, float]]:
    part = slice(model.starts[row], model.starts[row + 1])
    return list(zip(model.columns[part].tolist(), model.coefficients[part].tolist(), strict=True))


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A distinct name that LP and MPS readers take for each name: `ship(New_York)`."""
    taken: set[str] = set()
    safe = {}
    for name in names:
        base = candidate = _safe(name)
        count = 1
        while candidate.lower() in taken:  # some readers fold case
            count += 1
            candidate = f"{base}.{count}"
        taken.add(candidate.lower())
        safe[name] = candidate
    return safe


def _safe(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    text = _UNSAFE.sub("_", letters.replace("[", "(").replace("]", ")"))[:MAX_NAME]
    starts_badly = not re.match(r"[A-Za-z_]", text) or re.match(r"[eE]\d", text)
    return f"_{text}" if starts_badly or text.lower() in _WORDS else text


def renamed(safe: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names that became more different than brackets do: (in the file, in the program)."""
    plain = str.maketrans("[]", "()")
    return [(new, name) for name, new in safe.items() if name.translate(plain) != new]


def header(program: Program | None, safe: Mapping[str, str], mark: str) -> list[str]:
    """Comment lines: the title, and which names had to be changed."""
    title = program.formulation.title if program and program.formulation else ""
    lines = [*([title] if title else []), "written by optwright"]
    if any("[" in name for name in safe):
        lines.append("x(i,j) stands for x[i,j]")
    lines += [f"{new} stands for {name!r}" for new, name in renamed(safe)]
    return [f"{mark} {line}" for text in lines for line in text.splitlines()]
