"""Every export is read back, or run, and says the same program."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends import lp_text
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromPyomo
from optwright.solvers.backends.pyomo_solver import PyomoSolver
from optwright.solvers.data.table import from_rows
from optwright.solvers.export import FORMATS, export
from optwright.solvers.export.files import file_names
from optwright.solvers.language.expressions import parse_comparison
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Status
from tests.formulations import formulations

ROUTES = from_rows(
    "routes",
    [
        {"from": "Lyon", "to": "São Paulo", "cost": 4.5},
        {"from": "Lyon", "to": "b-2", "cost": 1e-3},
        {"from": "New York", "to": "São Paulo", "cost": 2},
        {"from": "New York", "to": "b-2", "cost": 9},
    ],
)
TRANSPORT = Formulation.model_validate(
    {
        "title": "Ship & save: 100 % of \\demand_{x}",
        "sets": [
            {"name": "P", "column": {"table": "routes", "value": "from"}, "meaning": "plants"},
            {"name": "S", "column": {"table": "routes", "value": "to"}},
            {"name": "T", "members": [1, 2, 3]},
        ],
        "parameters": [
            {
                "name": "cost",
                "indices": ["P", "S"],
                "column": {"table": "routes", "value": "cost", "keys": ["from", "to"]},
                "unit": "EUR/box",
                "source": "see <table> | routes",
            },
            {"name": "need", "indices": ["S"], "values": {"São Paulo": 30, "b-2": 20.5}},
            {"name": "lambda_", "values": 0.125},
            {"name": "late", "indices": ["T"], "values": {"2": 3, "3": 1.5}},
        ],
        "variables": [
            {"name": "ship", "indices": ["P", "S"], "meaning": "boxes sent"},
            {"name": "open", "indices": ["P"], "domain": "binary"},
            {"name": "trucks", "domain": "integer", "lower": None, "upper": 40},
            {"name": "domain", "indices": ["T"], "lower": -2, "upper": 7.25},
            {"name": "e1", "lower": 3, "upper": 3},
        ],
        "objective": {
            "sense": "minimize",
            "expression": "sum(cost[p, s] * ship[p, s] for p in P for s in S) + 2 * trucks"
            " + 7.5 - lambda_ * sum(late[t] * domain[t] for t in T if t in late) + e1",
            "text": "cheapest & best",
        },
        "constraints": [
            {
                "name": "need",
                "expression": "sum(ship[p, s] for p in P) >= need[s]",
                "forall": "s in S",
                "text": "100 % of the boxes arrive",
            },
            {
                "name": "opened",
                "expression": "ship[p, s] <= 25 * open[p]",
                "forall": "p in P, s in S",
            },
            {"name": "fleet", "expression": "-5 <= trucks - 0.5 * sum(open[p] for p in P) <= 9"},
            {
                "name": "steps",
                "expression": "domain[t] - domain[t - 1] <= 1",
                "forall": "t in T if t > 1 and not t == 9",
            },
            {"name": "idle", "expression": "sum(domain[t] for t in T if t > 5) <= 4"},
            {
                "name": "named",
                "expression": "ship['Lyon', s] <= 18",
                "forall": "s in S if s != 'b-2'",
            },
        ],
        "assumptions": ["boxes may be split_up"],
    }
)


def transport() -> Program:
    return Program(TRANSPORT, {"routes": ROUTES})


def scalar(objective: str, sense: str = "minimize", **changes: Any) -> Program:
    stated = {
        "variables": [{"name": "x", "upper": 4.0}, {"name": "y", "upper": 9.0}],
        "objective": {"sense": sense, "expression": objective},
        "constraints": [{"name": "sum", "expression": "x + y >= 3"}],
    }
    return Program(Formulation.model_validate(stated | changes))


def optimum(program: Program) -> float:
    assert program.arrays is not None
    objective = solve_arrays(program.arrays).objective
    assert objective is not None
    return objective


def read(text: str, suffix: str, folder: Path) -> highspy.Highs:
    """A file as HiGHS understands it."""
    path = folder / f"model{suffix}"
    path.write_text(text, encoding="utf-8")
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    assert engine.readModel(str(path)) == highspy.HighsStatus.kOk
    return engine


# Files


@pytest.mark.parametrize("fmt", ["lp", "mps"])
def test_a_file_is_read_back_as_the_same_arrays(fmt: str) -> None:
    program = transport()
    model = program.arrays
    assert model is not None
    again = _reread(model, fmt)
    written = [lp_text.readable(safe) for safe in file_names(model.column_names).values()]
    order = [list(again.column_names).index(name) for name in written]
    assert again.maximize is model.maximize
    assert again.cost[order].tolist() == model.cost.tolist()
    assert again.lower[order].tolist() == model.lower.tolist()
    assert again.upper[order].tolist() == model.upper.tolist()
    assert again.integer[order].tolist() == model.integer.tolist()
    assert again.offset == model.offset
    assert len(again.row_lower) == len(model.row_lower)
    assert solve_arrays(again).objective == pytest.approx(optimum(program))


@pytest.mark.parametrize("fmt", ["lp", "mps"])
def test_a_file_says_what_its_names_stand_for(fmt: str) -> None:
    text = export(transport(), fmt)
    assert "ship(New_York,Sao_Paulo) stands for 'ship[New York,São Paulo]'" in text
    assert "_e1 stands for 'e1'" in text


@given(
    st.lists(
        st.tuples(
            st.integers(-9, 9).map(lambda k: k / 4),
            st.sampled_from([(0, 1e30), (-1e30, 1e30), (-1e30, -2), (0, -1), (3, 3), (-5, 0.1)]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([(-1e30, 1e30), (-1e30, 4), (2, 1e30), (1, 3), (2, 2), (3, 1)]),
    st.booleans(),
    st.sampled_from(["lp", "mps"]),
)
@settings(max_examples=60, deadline=None)
def test_every_kind_of_limit_survives_a_file(
    columns: list[tuple[float, tuple[float, float], bool]],
    sides: tuple[float, float],
    maximize: bool,
    fmt: str,
) -> None:
    inf = float("inf")
    unlimited = {1e30: inf, -1e30: -inf}
    limits = [tuple(unlimited.get(k, k) for k in low_high) for _, low_high, _ in columns]
    names = [f"x {k}" for k in range(len(columns))]
    low, high = (unlimited.get(side, side) for side in sides)
    rows = {
        "low": (dict(zip(names, [c for c, _, _ in columns], strict=True)), ">=", low),
        "high": ({names[0]: 1.0}, "<=", high),
        "nothing": ({}, "<=", 1.0),
    }
    model = linear_model(
        {name: c for name, (c, _, _) in zip(names, columns, strict=True)},
        {name: row for name, row in rows.items() if abs(row[2]) < inf},
        maximize=maximize,
        limits=dict(zip(names, limits, strict=True)),  # type: ignore[arg-type]
        integer=[name for name, (_, _, whole) in zip(names, columns, strict=True) if whole],
        offset=-2.5,
    )
    again = _reread(model, fmt)
    expected, found = solve_arrays(model), solve_arrays(again)
    assert found.status is expected.status
    assert found.objective == pytest.approx(expected.objective)


def _reread(model: LinearModel, fmt: str) -> LinearModel:
    """The model as a file, read by the reader that takes foreign LP text (and MPS, for a test)."""
    program: Any = _Arrays(model)
    return lp_text.parse(export(program, fmt), suffix=f".{fmt}")


class _Arrays:
    """Stands in for a program of which there are only arrays."""

    formulation = None
    lp_text = None
    nonlinear_reason = ""
    stages = ()

    def __init__(self, arrays: LinearModel) -> None:
        self.arrays = arrays


def test_names_stay_apart_when_their_signs_are_lost() -> None:
    names = file_names(["a b", "a-b", "A_b", "x[1]", "x(1)", "free", "e5", "é", "", "n" * 300])
    safe = list(names.values())
    assert len({name.lower() for name in safe}) == len(safe)
    assert all(re.fullmatch(r"[A-Za-z_][\w.(),]{0,210}", name) for name in safe)
    assert not {"free", "e5"} & set(safe)


def test_a_nonlinear_program_is_no_lp_file() -> None:
    with pytest.raises(FormulationError, match="x \\* y"):
        export(scalar("x * y"), "lp")


def test_lp_text_becomes_mps(tmp_path: Path) -> None:
    text = "max\no: 3 x + 2 y + 1\nst\nc: x + y <= 4\nbounds\ny <= 3\ngeneral\nx\nend\n"
    engine = read(export(Program.from_lp(text), "mps"), ".mps", tmp_path)
    engine.run()
    assert engine.getObjectiveValue() == pytest.approx(-13.0)  # always a minimization


# The script


def run(script: str, folder: Path) -> dict[str, str]:
    """What a script prints in a fresh Python, as `name: value` and `name = value`."""
    path = folder / "model.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-X", "utf8", "-P", str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=folder,
        timeout=120,
    )
    assert "optwright" not in re.sub(r'""".*?"""', "", script, flags=re.DOTALL)
    return dict(re.split(r": | = ", line, maxsplit=1) for line in done.stdout.splitlines())


def test_the_script_runs_by_itself_and_finds_the_same_optimum(tmp_path: Path) -> None:
    program = transport()
    printed = run(export(program, "pyomo"), tmp_path)
    assert printed["status"] == "convergenceCriteriaSatisfied"
    assert float(printed["objective"]) == pytest.approx(optimum(program))
    assert "ship[New York,São Paulo]" in printed


def test_the_script_of_a_nonlinear_program_takes_a_solver_that_can(tmp_path: Path) -> None:
    program = scalar("x * y + exp(-x)", title='She said """hi"""\\')
    printed = run(export(program, "pyomo"), tmp_path)
    assert float(printed["objective"]) == pytest.approx(np.exp(-4.0), abs=1e-5)


def test_the_script_of_a_convex_quadratic_program_needs_no_more_than_highs() -> None:
    assert 'SolverFactory("highs")' in export(scalar("(x - 1) ** 2 + y ** 2"), "pyomo")


def test_the_script_carries_the_words_of_the_problem() -> None:
    script = export(transport(), "pyomo")
    assert "# boxes sent" in script
    assert "# 100 % of the boxes arrive" in script
    assert "- boxes may be split_up" in script


def built(program: Program) -> pyo.ConcreteModel | None:
    """The model that a script builds; None if it says that a row can never hold."""
    names: dict[str, Any] = {}
    exec(compile(export(program, "pyomo"), "model.py", "exec"), names)
    try:
        return names["build"]()
    except ValueError as error:
        if "always infeasible" not in str(error):
            raise
        return None


@given(formulations())
@settings(max_examples=30, deadline=None)
def test_the_script_builds_the_same_model(formulation: Formulation) -> None:
    program = Program(formulation)
    assert program.arrays is not None
    expected = solve_arrays(program.arrays)
    model = built(program)
    if model is None:
        assert expected.status is Status.INFEASIBLE
        return
    found = PyomoSolver("highs").solve(FromPyomo(model))
    assert found.status is expected.status
    if expected.objective is not None:
        assert found.objective == pytest.approx(expected.objective, rel=1e-5, abs=1e-5)
    assert set(found.values) == set(expected.values)


# JSON


def test_json_needs_no_tables_to_be_read_back() -> None:
    again = Program(Formulation.from_json(export(transport(), "json")))
    assert optimum(again) == pytest.approx(optimum(transport()))
    assert again.formulation is not None
    assert again.formulation.assumptions == TRANSPORT.assumptions


# Text for people


def test_latex_is_balanced_and_complete() -> None:
    text = export(transport(), "latex")
    bare = re.sub(r"\\[{}]|(?m:^%.*)", "", text)
    assert bare.count("{") == bare.count("}")
    assert text.count(r"\left(") == text.count(r"\right)")
    begun, ended = re.findall(r"\\begin{(\S+)}", text), re.findall(r"\\end{(\S+)}", text)
    assert sorted(begun) == sorted(ended)
    assert not re.search(r"(?<!\\)[%#]", bare)
    for name in ("cost", "need", "ship", "trucks", "domain", r"lambda\_", "late"):
        assert rf"\mathit{{{name}}}" in text
    for number in ("4.5", "0.001", "30", "20.5", "0.125", "7.25", "25", "7.5"):
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", text)
    assert (text.count(r"\ge "), text.count(r"\forall")) == (1, 4)


def test_latex_keeps_the_meaning_of_brackets_fractions_and_powers() -> None:
    objective = "-(x + y) * 2 ** 3 / (x + 1) + (x ** 2) ** 2 + 1e20 * abs(x - y) - sqrt(y)"
    text = export(scalar(objective), "latex")
    assert r"-\left(\frac" in text or r"\frac{-\left(x + y\right)" in text
    assert "{\\left({x}^{2}\\right)}^{2}" in text
    assert r"1 \cdot 10^{20}" in text
    assert r"\left|x - y\right|" in text
    assert r"\sqrt{y}" in text


def test_markdown_holds_every_constraint_as_it_was_written() -> None:
    text = export(transport(), "markdown")
    blocks = [block.strip() for block in re.findall(r"```\n(.*?)\n```", text, flags=re.DOTALL)]
    objective, *constraints = blocks
    assert objective == TRANSPORT.objective.expression
    assert [parse_comparison(block.split(" for all ")[0]) for block in constraints] == [
        parse_comparison(constraint.expression) for constraint in TRANSPORT.constraints
    ]
    assert "Lyon,b-2: 0.001" in text
    assert "see &lt;table> \\| routes" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(re.search(r"[^\\]\|$", row) for row in rows)


def test_large_data_are_counted_in_text_and_written_out_in_files() -> None:
    members = [f"m{k}" for k in range(50)]
    program = Program(
        Formulation.model_validate(
            {
                "sets": [{"name": "I", "members": members}],
                "parameters": [
                    {"name": "c", "indices": ["I"], "values": dict.fromkeys(members, 1.0)}
                ],
                "variables": [{"name": "x", "indices": ["I"]}],
                "objective": {"sense": "minimize", "expression": "sum(c[i] * x[i] for i in I)"},
            }
        )
    )
    assert "50 numbers" in export(program, "markdown")
    assert "50 numbers" in export(program, "latex")
    assert "m49" in export(program, "pyomo")


# What cannot be written


def test_every_format_says_what_it_is() -> None:
    assert all(export(transport(), fmt).endswith("\n") for fmt in FORMATS)
    with pytest.raises(InputError, match="'docx'"):
        export(transport(), "docx")


def test_lp_text_has_no_formulation_to_write() -> None:
    with pytest.raises(FormulationError, match="latex"):
        export(Program.from_lp("min\no: x\nend\n"), "latex")


@pytest.mark.parametrize(
    ("statement", "holding", "failing"),
    [
        ("max(x['a'], x['b'], z) >= 4", (1, 4, 2), (1, 3, 2)),
        ("min(x[i] for i in I) <= 2", (1, 4, 0), (3, 4, 0)),
        ("max(3, k) >= z", (0, 0, 5), (0, 0, 6)),
    ],
)
def test_a_script_takes_the_largest_and_the_smallest_of_decisions_without_bounds(
    statement: str, holding: tuple[int, ...], failing: tuple[int, ...], tmp_path: Path
) -> None:
    stated = Formulation.model_validate(
        {
            "sets": [{"name": "I", "members": ["a", "b"]}],
            "parameters": [{"name": "k", "values": 5}],
            "variables": [{"name": "x", "indices": ["I"]}, {"name": "z"}],
            "objective": {"sense": "minimize", "expression": "z + sum(x[i] for i in I)"},
            "constraints": [{"name": "r", "expression": statement}],
        }
    )
    script = tmp_path / "model.py"
    script.write_text(export(Program(stated), "pyomo"))
    model = runpy.run_path(str(script))["build"]()
    for point, holds in ((holding, True), (failing, False)):
        for variable, value in zip((model.x["a"], model.x["b"], model.z), point, strict=True):
            variable.set_value(value)
        assert pyo.value(model.r.expr) is holds
