"""Models given as LP text, which is how generated code hands its model out of the sandbox.

The text is foreign: parsing happens in the killable worker, never in the process that asked.
HiGHS reads it; what our arrays cannot say (quadratic rows, SOS, semi-continuous variables) and
what HiGHS would quietly drop is refused.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends import reader_log
from optwright.solvers.backends.protocol import FromArrays, FromPyomo, Solvable
from optwright.solvers.backends.pyomo_arrays import to_quadratic_pyomo
from optwright.solvers.backends.scaling import NOISE
from optwright.solvers.model.linear_model import LinearModel

if TYPE_CHECKING:
    from highspy import Highs as Engine

MAX_BYTES = 32 * 2**20
READ_DOWN_TO = 1e-9  # HiGHS's small_matrix_value, which its reader takes as fixed
CONSTANT = (
    "ONE_VAR_CONSTANT"  # the variable, fixed to 1, that Pyomo hangs an objective's constant on
)

NEGATED = "the objective is negated: read by optwright this is a maximization"
"""A comment that MPS files of ours begin with; no keyword for a sense is read by all."""
QUADRATIC = "the objective of the LP text is quadratic"

_NOT_A_NUMBER = re.compile(r"(?<![\w.])[+-]?nan(?![\w.])", re.IGNORECASE)
_COEFFICIENT = re.compile(r"(?<![\w.])([\d.]+e-\d+)\s*[*]?\s*[A-Za-z_]\S*", re.IGNORECASE)
_PYOMO_ROW = re.compile(r"[cr]_[elu]_(.+)_")


def check(text: str) -> None:
    """Raise `FormulationError` for LP text that is too long or says `nan`; nothing is parsed."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise FormulationError(f"the LP text is longer than {MAX_BYTES} bytes")
    found = _NOT_A_NUMBER.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise FormulationError(f"line {line} of the LP text holds {found.group()!r}")


def parse(text: str, suffix: str = ".lp") -> LinearModel:
    """Read LP text in this process; the worker calls this, others call `worker.read_lp`.

    `suffix` tells HiGHS the format, `.lp` or `.mps`. Damaged MPS has made its reader hang, and the
    worker is killed then.
    """
    linear, quadratic = _parsed(text, suffix)
    if quadratic and suffix == ".mps":
        raise FormulationError(
            "the objective of the MPS text is quadratic, which is read from LP text alone",
            hint="write the model as LP",
        )
    if quadratic:
        raise FormulationError(QUADRATIC)
    return _without_constant(linear)


def model(text: str) -> Solvable:
    """LP text, read in this process, as what solvers take; its objective may be quadratic."""
    linear, quadratic = _parsed(text, ".lp")
    if quadratic and not linear.false_empty_row():
        return FromPyomo(to_quadratic_pyomo(linear, quadratic))
    return FromArrays(_without_constant(linear))


def _parsed(text: str, suffix: str) -> tuple[LinearModel, list[tuple[int, int, float]]]:
    """The linear part, and terms `coefficient * x[i] * x[j]` of the objective."""
    check(text)
    engine = _read(text, suffix)
    linear = _arrays(engine)
    _demand_limits_in_order(linear, text, suffix)
    if suffix == ".mps" and NEGATED in text.partition("ROWS")[0] and not linear.maximize:
        linear = replace(linear, maximize=True, cost=-linear.cost, offset=-linear.offset)
    if not len(linear.cost):
        raise FormulationError("no variable was found in the LP text")
    return linear, list(_quadratic_terms(engine))


def _quadratic_terms(engine: Engine) -> Iterator[tuple[int, int, float]]:
    """HiGHS holds half of x'Qx, of which it keeps one triangle, by column."""
    if not engine.getHessianNumNz():
        return
    hessian = engine.getModel().hessian_
    starts, rows, values = list(hessian.start_), list(hessian.index_), list(hessian.value_)
    for j, (start, end) in enumerate(pairwise(starts)):
        for i, value in zip(rows[start:end], values[start:end], strict=True):
            yield int(i), j, float(value) * (0.5 if i == j else 1.0)


def _read(text: str, suffix: str) -> Engine:
    import highspy

    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    what = f"{suffix[1:].upper()} text"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model{suffix}")
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(_brackets_as_parentheses(text) if suffix == ".lp" else text)
        with reader_log.logged(engine, folder) as log:
            status = engine.readModel(path)
            said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if status == highspy.HighsStatus.kError:
        why = reader_log.why_not(said)
        raise FormulationError(
            f"HiGHS cannot read the {what}{': ' if why else ''}{why}",
            hint="a row with two limits, 2 <= x + y <= 8, is written as two rows"
            if re.search(r"<=?[^\n<]*[A-Za-z][^\n<]*<", text)
            else None,
        )
    if lost := reader_log.left_out(said):
        raise FormulationError(
            f"the {what} says what would be lost in reading it: {lost}",
            hint="a number stands once and on the right, a row is named once and before it is used",
        )
    if status == highspy.HighsStatus.kWarning:
        _nothing_lost(text)
    return engine


_BRACKETS = re.compile(r"([A-Za-z_][\w.]*)\[([^\[\]\s^*+]+)\]")


def _brackets_as_parentheses(text: str) -> str:
    """`x[1]`, as Gurobi writes a name, with parentheses: in LP a bracket begins what is quadratic.
    Names come back with brackets (`readable`). Nothing changes where both kinds stand."""
    found = {(m[1], m[2]) for m in _BRACKETS.finditer(text)}
    # Names have no blanks: only words with a parenthesis can hold one, and most files have few.
    others = " ".join({word for word in text.split() if "(" in word}) if found else ""
    if not found or any(f"{name}({inside})" in others for name, inside in found):
        return text
    return _BRACKETS.sub(r"\1(\2)", text)


def _nothing_lost(text: str) -> None:
    """HiGHS drops small coefficients as it reads; only those of rounding size may go."""
    for found in _COEFFICIENT.finditer(text):
        if NOISE < float(found.group(1)) < READ_DOWN_TO:
            raise FormulationError(f"the coefficient in {found.group()!r} is too small to be read")


def _arrays(engine: Engine) -> LinearModel:
    import highspy

    engine.ensureRowwise()  # type: ignore[attr-defined]  # missing from HiGHS's stubs
    lp = engine.getLp()
    kinds = list(lp.integrality_) or [highspy.HighsVarType.kContinuous] * lp.num_col_
    names = [readable(name) for name in lp.col_names_]
    known = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    for name, kind in zip(names, kinds, strict=True):
        if kind not in known:
            raise FormulationError(f"variable {name!r} is semi-continuous in the file")
    return LinearModel(
        maximize=lp.sense_ == highspy.ObjSense.kMaximize,
        offset=lp.offset_,
        cost=np.array(lp.col_cost_),
        lower=np.array(lp.col_lower_),
        upper=np.array(lp.col_upper_),
        integer=np.array([kind == highspy.HighsVarType.kInteger for kind in kinds], dtype=bool),
        row_lower=np.array(lp.row_lower_),
        row_upper=np.array(lp.row_upper_),
        starts=np.array(lp.a_matrix_.start_, dtype=np.int32),
        columns=np.array(lp.a_matrix_.index_, dtype=np.int32),
        coefficients=np.array(lp.a_matrix_.value_),
        column_names=_distinct(names),
        row_names=_distinct(map(readable_row, lp.row_names_)),
    )


def _demand_limits_in_order(linear: LinearModel, text: str, suffix: str) -> None:
    """Refuse a negative upper limit beside a lower one of 0 that nobody wrote: it says something
    else to every reader."""
    crossed = np.flatnonzero((linear.upper < 0) & (linear.lower == 0))
    if not len(crossed):
        return
    stated = _names_with_lower(text, suffix)
    for j in crossed.tolist():
        name, upper = linear.column_names[j], float(linear.upper[j])
        if name in stated:
            continue
        meant = f"' MI BND {name}'" if suffix == ".mps" else f"'-inf <= {name} <= {upper:g}'"
        raise FormulationError(
            f"{name!r} has the upper limit {upper:g} and no lower one: some readers take 0 for "
            "that, so that there is no point, and others none",
            hint=f"write {meant} where it has no lower limit",
        )


_LP_LOWER = re.compile(r"<=?\s*(\S+)\s*<|(\S+)\s*(?:>|=>)")


def _names_with_lower(text: str, suffix: str) -> set[str]:
    """The names whose lower limit stands in the bounds of a file."""
    bounds = re.split(r"^\s*bounds?\b", text, maxsplit=1, flags=re.IGNORECASE | re.MULTILINE)[1:]
    found = set[str]()
    for line in "".join(bounds).splitlines():
        if suffix == ".mps":
            kind, *words = line.split() or [""]
            found |= {*map(readable, words)} if kind in ("LO", "LI", "BV", "FX") else set()
        elif said := _LP_LOWER.search(line):
            found.add(readable(said[1] or said[2]))
    return found


def _without_constant(model: LinearModel) -> LinearModel:
    """Move Pyomo's constant back into the objective, if it stands nowhere else."""
    if CONSTANT not in model.column_names:
        return model
    j = list(model.column_names).index(CONSTANT)
    if (model.columns == j).any() or model.lower[j] != 1 or model.upper[j] != 1:
        return model
    keep = np.arange(len(model.cost)) != j
    return replace(
        model,
        offset=model.offset + float(model.cost[j]),
        cost=model.cost[keep],
        lower=model.lower[keep],
        upper=model.upper[keep],
        integer=model.integer[keep],
        columns=np.where(model.columns > j, model.columns - 1, model.columns).astype(np.int32),
        column_names=[name for name in model.column_names if name != CONSTANT],
    )


def readable(name: str) -> str:
    """`x(Lyon)`, as Pyomo writes it in LP text, is `x[Lyon]`."""
    return f"{name[:-1].replace('(', '[', 1)}]" if "(" in name and name.endswith(")") else name


def readable_row(name: str) -> str:
    """Pyomo wraps the names of rows: `c_u_capacity(Lyon)_` is `capacity[Lyon]`."""
    pyomo = _PYOMO_ROW.fullmatch(name)
    return readable(pyomo.group(1) if pyomo else name)


def _distinct(names: Iterable[str]) -> Sequence[str]:
    """Names, the second of two alike as `name#2`."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return distinct
