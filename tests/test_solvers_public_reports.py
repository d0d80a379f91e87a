"""What users of other packages reported in public, on this one: a fact for each report.

HiGHS 2226 (endless branching) is a case of the contract of every solver; HiGHS 3090, 2432, 885
and or-tools 4747 (false "infeasible", limits overshot) are in `test_solvers_incumbents`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optwright.errors import DataError, FormulationError
from optwright.solvers.backends import verify_point
from optwright.solvers.backends.highs import load, solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.pyomo_solver import PyomoSolver
from optwright.solvers.export import export
from optwright.solvers.import_ import read_model
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import SolveOptions, Status

MAXIMIZE = Formulation.model_validate(
    {
        "variables": [
            {"name": "x", "domain": "integer", "lower": None, "upper": 7},
            {"name": "y", "domain": "integer"},
        ],
        "objective": {"sense": "maximize", "expression": "3 * x - 2 * y + 10"},
        "constraints": [
            {"name": "limit", "expression": "x - y <= 4"},
            {"name": "total", "expression": "x + y <= 12"},
        ],
    }
)
"""An optimum of 25 at (7, 3): a constant, a maximization, whole numbers without a lower or an upper
limit. Without the constant it is 15; as a minimization there is none."""


def _arrays(program: Program) -> LinearModel:
    assert program.arrays is not None
    return program.arrays


def _read_back(tmp_path: Path, fmt: str) -> LinearModel:
    path = tmp_path / f"model.{fmt}"
    path.write_text(export(Program(MAXIMIZE), fmt))
    return _arrays(read_model(path))


@pytest.mark.parametrize("fmt", ["lp", "mps"])
def test_an_exported_model_keeps_its_optimum(tmp_path: Path, fmt: str) -> None:
    """linopy 378 (a writer made a feasible model infeasible), python-mip 300 and CoinUtils 209 (the
    sense was lost), MOI 1247 (the constant was lost), JuMP 794 and Antares 3629 (limits of whole
    numbers were read as 0 and 1)."""
    found = solve_arrays(_read_back(tmp_path, fmt))
    assert found.status is Status.OPTIMAL
    assert found.objective is not None
    assert abs(found.objective) == pytest.approx(25)
    assert sorted(v for v in found.values.values() if v != 10) == pytest.approx([3, 7])


def test_mps_does_not_rely_on_what_readers_ignore() -> None:
    """CoinUtils 209: `OBJSENSE` is no more than a comment to some; here a file minimizes."""
    text = export(Program(MAXIMIZE), "mps")
    assert not re.search(r"^OBJSENSE", text, re.MULTILINE)
    bounds = text.partition("BOUNDS")[2]
    assert bounds.count("x") + bounds.count("y") >= 3  # below and above for x, something for y


@pytest.mark.parametrize("maximize", [True, False])
def test_a_dual_is_the_change_of_the_objective_as_it_is_stated(maximize: bool) -> None:
    """good_lp 82, optlang 85: the sign of duals turned with the sense."""
    sign = 1.0 if maximize else -1.0
    model = linear_model(
        {"x": 3.0 * sign, "y": 2.0 * sign},
        {"hours": ({"x": 1.0, "y": 1.0}, "<=", 4.0)},
        maximize=maximize,
    )
    more = replace(model, row_upper=model.row_upper + 1)
    before, after = solve_arrays(model), solve_arrays(more)
    assert before.objective is not None
    assert after.objective is not None
    assert before.duals["hours"] == pytest.approx(after.objective - before.objective)


def test_a_number_that_is_none_is_named_before_a_solver_sees_it() -> None:
    """JuMP 2233: NaN in data came back as a wrong answer."""
    content = {
        "sets": [{"name": "I", "members": ["a", "b"]}],
        "parameters": [{"name": "p", "indices": ["I"], "column":
                        {"table": "t", "value": "p", "keys": ["i"]}}],
        "variables": [{"name": "x", "indices": ["I"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": "sum(p[i] * x[i] for i in I)"},
    }  # fmt: skip
    from optwright.solvers.data.table import from_columns

    table = from_columns("t", {"i": ["a", "b"], "p": [1.0, float("nan")]})
    program = Program(Formulation.model_validate(content), {"t": table})
    with pytest.raises(DataError, match="row 2"):
        _ = program.arrays


def test_an_optimum_that_breaks_a_row_is_no_optimum() -> None:
    """HiGHS 2402 and 1710: optimal was said of a point that broke rows."""
    model = linear_model({"x": 1.0}, {"least": ({"x": 1.0}, ">=", 2.0)})
    outcome = verify_point.judge(model, Status.OPTIMAL, "Optimal", np.array([1.9]))
    assert outcome.status is Status.ERROR
    assert "least misses its limit 2" in outcome.message


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_no_solution_is_a_result_and_no_exception(engine: str) -> None:
    """Pyomo 2920 and 3130: an infeasible model raised a RuntimeError."""
    rows = {"low": ({"x": 1.0}, ">=", 5.0), "high": ({"x": 1.0}, "<=", 3.0)}
    outcome = PyomoSolver(engine).solve(FromArrays(linear_model({"x": 1.0}, rows)))
    assert outcome.status is Status.INFEASIBLE
    assert not outcome.values


def test_threads_reach_the_solver_and_are_its_own_name_here() -> None:
    """Pyomo 3557: the option for threads was not passed on."""
    model = linear_model({"x": 1.0}, {"least": ({"x": 1.0}, ">=", 2.0)})
    assert load(model, SolveOptions(threads=2)).getOptionValue("threads")[1] == 2
    with pytest.raises(FormulationError, match="--threads"):
        load(model, SolveOptions(engine={"threads": "2"}))


def test_names_of_any_kind_are_written_and_come_back(tmp_path: Path) -> None:
    """pulp 90: Unicode, spaces and words of the format in names made files that others misread."""
    members = ["Köln Süd", "max", "st", "a+b", "1e5", "free"]
    content = {
        "sets": [{"name": "I", "members": members}],
        "variables": [{"name": "x", "indices": ["I"], "upper": 2}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
        "constraints": [{"name": "all", "expression": "sum(x[i] for i in I) <= 7"}],
    }
    program = Program(Formulation.model_validate(content))
    for fmt in ("lp", "mps"):
        path = tmp_path / f"model.{fmt}"
        path.write_text(export(program, fmt))
        back = _arrays(read_model(path))
        assert len(set(back.column_names)) == len(back.column_names) >= len(members)
        assert abs(solve_arrays(back).objective or 0.0) == pytest.approx(7)


def test_an_infeasible_model_is_explained_where_the_solver_has_no_conflict() -> None:
    """linopy 956: the set of rows in conflict came back empty."""
    from optwright.solvers.analysis.diagnosis import diagnose

    content = {
        "variables": [{"name": "x", "domain": "integer", "upper": 9}],
        "objective": {"sense": "minimize", "expression": "x"},
        "constraints": [
            {"name": "odd", "expression": "2 * x == 7"},
            {"name": "idle", "expression": "x <= 9"},
        ],
    }
    told = " ".join(diagnose(Program(Formulation.model_validate(content))).sentences())
    assert "odd: exactly 7" in told
    assert "idle" not in told
