"""Awkward but right formulations: read, lowered, exported and read back, each with its optimum."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromPyomo
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import from_columns
from optwright.solvers.export import export
from optwright.solvers.import_ import read_model
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from tests.awkward_formulations import CASES, Awkward

NAMES = pytest.mark.parametrize("name", CASES)


def program(awkward: Awkward) -> Program:
    tables = {name: from_columns(name, columns) for name, columns in awkward.tables.items()}
    return Program(Formulation.model_validate(awkward.parts), tables)


@NAMES
def test_it_is_read_without_a_finding_and_solved(name: str) -> None:
    stated = program(CASES[name])
    assert stated.formulation is not None
    assert not [str(f) for f in check(stated.formulation) if f.severity == "error"]
    assert solve(stated, "highs").objective == pytest.approx(CASES[name].optimum, abs=1e-3)


@NAMES
def test_it_comes_back_from_json_and_is_told_to_people(name: str) -> None:
    stated = program(CASES[name])
    assert stated.formulation is not None
    assert Formulation.from_json(stated.formulation.to_json()) == stated.formulation
    again = Program(Formulation.from_json(export(stated, "json")))  # with the data inside
    assert solve(again, "highs").objective == pytest.approx(CASES[name].optimum, abs=1e-3)
    for fmt in ("latex", "markdown"):
        assert export(stated, fmt)


@NAMES
def test_its_pyomo_model_and_its_files_say_the_same(name: str, tmp_path: Path) -> None:
    awkward = CASES[name]
    if not awkward.linear:
        pytest.skip("files of rows hold no priorities")
    stated = program(awkward)
    found = open_solver("highs").solve(FromPyomo(stated.pyomo())).objective
    assert found == pytest.approx(awkward.optimum, abs=1e-3)
    for kind in ("lp", "mps"):
        path = tmp_path / f"model.{kind}"
        path.write_text(export(stated, kind))
        assert solve(read_model(path)).objective == pytest.approx(awkward.optimum, abs=1e-3)


@pytest.mark.slow
@NAMES
def test_its_script_prints_the_same(name: str) -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(export(program(CASES[name]), "pyomo"), name, "exec"), {"__name__": "__main__"})
    text = said.getvalue()
    assert f"{CASES[name].optimum:g}" in text, text
