"""Models from elsewhere become programs that say the same; what cannot be said is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.export import export
from optwright.solvers.import_ import read_model
from optwright.solvers.import_.reading import READABLE, model_from_text
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status
from tests.formulations import formulations
from tests.test_solvers_export import transport

LP = r"""\ Two products
Maximize
 profit: 3 x1 + 2 x2 + 4
Subject To
\ hours of the week
 hours: x1 + 2 x2 <= 40
 x1 - x2 <= 8
Bounds
 x2 <= 12
General
 x1
End
"""


def test_a_file_becomes_a_formulation_with_its_comments_as_words() -> None:
    program = model_from_text(LP, "lp")
    model = program.formulation
    assert model is not None
    assert model.title == "Two products"
    assert {c.name: c.text for c in model.constraints}["hours"] == "hours of the week"
    found = solve(program)
    assert found.objective == pytest.approx(3 * 18 + 2 * 11 + 4)


@pytest.mark.parametrize("fmt", ["lp", "mps"])
def test_what_was_exported_is_read_as_the_same_program(fmt: str) -> None:
    before = transport()
    after = model_from_text(export(before, fmt), fmt)
    assert after.formulation is not None
    assert {v.name for v in after.formulation.variables} == {
        "ship",
        "open",
        "trucks",
        "domain",
        "e1",
    }
    want, got = solve(before), solve(after)
    assert got.objective == pytest.approx(want.objective)
    assert set(got.values) == set(want.values)


@given(formulations())
@settings(max_examples=25, deadline=None)
def test_a_program_survives_export_and_import(formulation: Formulation) -> None:
    before = Program(formulation)
    want = solve(before)
    for fmt in ("lp", "mps"):
        got = solve(model_from_text(export(before, fmt), fmt))
        assert got.status is want.status
        if want.objective is not None:
            assert got.objective == pytest.approx(want.objective, rel=1e-6, abs=1e-6)


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.lp.gz"
    path.write_bytes(gzip.compress(LP.encode()))
    assert solve(read_model(path)).status is Status.OPTIMAL


def test_a_maximization_of_others_is_read_from_mps() -> None:
    text = "NAME\nOBJSENSE\n MAX\nROWS\n N c\n L r\nCOLUMNS\n x c 2\n x r 1\nRHS\n R r 3\nENDATA\n"
    assert solve(model_from_text(text, "mps")).objective == pytest.approx(6.0)


def pyomo_model() -> Any:
    model = pyo.ConcreteModel("plants")
    model.P = pyo.Set(initialize=["Lyon", "New York"])
    model.make = pyo.Var(model.P, bounds=(0, 30))
    model.open = pyo.Var(model.P, domain=pyo.Binary)
    model.spare = pyo.Var(domain=pyo.Integers, bounds=(-2, 5))
    model.link = pyo.Constraint(model.P, rule=lambda m, p: m.make[p] <= 25 * m.open[p])
    model.need = pyo.Constraint(expr=pyo.quicksum(model.make.values()) + model.spare + 1 >= 40)
    model.cost = pyo.Objective(
        expr=2 * model.make["Lyon"] + 3 * model.make["New York"] + 9 * model.spare + 7
    )
    return model


def test_a_pyomo_model_becomes_a_formulation() -> None:
    program = read_model(pyomo_model())
    assert program.formulation is not None
    assert program.formulation.title == "plants"
    found = solve(program)
    # spare as low as it goes, -2: 41 to be made, 25 of them in Lyon
    assert found.objective == pytest.approx(2 * 25 + 3 * 16 - 18 + 7)
    assert found.values["make[New York]"] == pytest.approx(16)


def test_a_fixed_variable_and_an_inactive_row_of_pyomo_stay_so() -> None:
    model = pyomo_model()
    model.spare.fix(5)
    model.link.deactivate()
    found = solve(read_model(model))
    assert found.objective == pytest.approx(2 * 30 + 3 * 4 + 45 + 7)


def test_a_nonlinear_pyomo_model_is_refused_by_the_name_of_its_part() -> None:
    model = pyomo_model()
    model.bent = pyo.Constraint(expr=model.spare**2 <= 9)
    with pytest.raises(FormulationError, match="'bent'"):
        read_model(model)


def test_an_abstract_model_and_one_without_objective_are_bad_input() -> None:
    with pytest.raises(InputError, match="create_instance"):
        read_model(pyo.AbstractModel("later"))
    empty = pyo.ConcreteModel("empty")
    empty.x = pyo.Var()
    with pytest.raises(InputError, match="0 active objectives"):
        read_model(empty)


def test_a_linopy_model_is_read() -> None:
    linopy = pytest.importorskip("linopy")
    pandas = pytest.importorskip("pandas")
    model = linopy.Model()
    plants = pandas.Index(["Lyon", "Metz"], name="plant")
    make = model.add_variables(lower=0, upper=30, coords=[plants], name="make")
    model.add_constraints(make.sum() >= 40, name="need")
    model.add_objective((make * [2, 3]).sum())
    found = solve(read_model(model))
    assert found.objective == pytest.approx(2 * 30 + 3 * 10)


def test_a_large_model_stays_text_and_is_solved() -> None:
    n = READABLE + 1
    terms = "\n".join(f" + {k % 7 + 1} x{k}" for k in range(n))
    rows = "\n".join(f" c{k}: x{k} >= {k % 3}" for k in range(n))
    program = model_from_text(f"Minimize\nobj: {terms}\nSubject To\n{rows}\nEnd\n", "lp")
    assert program.formulation is None
    assert solve(program).objective == pytest.approx(sum((k % 7 + 1) * (k % 3) for k in range(n)))


def test_a_long_sum_is_written_in_parts() -> None:
    n = 1_500
    terms = "\n".join(f" + {k % 7 + 1} x{k}" for k in range(n))
    body = "\n".join(f" + x{k}" for k in range(n))
    program = model_from_text(
        f"Maximize\nobj: {terms}\nSubject To\n all: {body} <= 10\nEnd\n", "lp"
    )
    assert program.formulation is not None
    assert len(program.formulation.expressions) == 10
    assert solve(program).objective == pytest.approx(70.0)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.lp", b"nothing at all", "cannot read|no variable was found"),  # HiGHS 1.11 reads it
        ("a.mps", b"nothing at all", "cannot read"),
        ("a.mps", b"\xff\xfe\x00", "UTF-8"),
        ("a.lp.gz", b"not compressed", "cannot be read"),
        ("a.docx", b"", "its name should end in"),
        ("a.json", b"{}", "missing"),
        ("a.lp", b"min\no: nan x\nst\nc: x >= 1\nend\n", "nan"),
        ("a.lp", b"min\no: x\nst\nc: x >= 1\nsemi-continuous\nx\nend\n", "semi-continuous"),
    ],
)
def test_what_is_no_model_is_a_sentence(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_model(path)


def test_a_missing_file_and_another_thing_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_model(tmp_path / "none.lp")
    with pytest.raises(InputError, match="a dict is not a model"):
        read_model({})


def test_names_that_the_language_does_not_take_are_kept_as_meanings() -> None:
    program = model_from_text("min\nsum: 2 for.x + 3 in\nst\nif: for.x + in >= 2\nend\n", "lp")
    assert program.formulation is not None
    assert [v.meaning for v in program.formulation.variables] == ["for.x", "in"]
    assert solve(program).objective == pytest.approx(4.0)
