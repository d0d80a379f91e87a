"""`optwright solve` and `optwright explain` of files that hold a model."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

import optwright as ow
from optwright.cli import run
from optwright.errors import InputError

LP = "max\nprofit: 6 regular + 9 gift\nst\n{}end\n"
CHOCOLATE = "\\ chocolate at hand\nchocolate: 200 regular + 150 gift <= 12000\nsold: gift <= 40\n"


@pytest.fixture
def candy(tmp_path: Path) -> str:
    path = tmp_path / "candy.lp"
    path.write_text(LP.format(CHOCOLATE))
    return str(path)


def test_a_file_with_a_model_is_solved_without_a_language_model(
    candy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["solve", candy]) == 0
    said = capsys.readouterr().out
    assert "largest value 540" in said
    assert "a model as given" in said
    assert "chocolate at hand" in said


def test_json_says_that_the_model_was_given(candy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", candy, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["given"], said["verified"], said["objective"]) == (True, False, 540)
    assert said["usage"]["calls"] == 0


def test_an_explanation_says_what_binds_and_how_large_it_is(
    candy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", candy]) == 0
    said = capsys.readouterr().out
    assert "LIMITS THAT BIND" in said
    assert "2 columns, 0 of them whole numbers" in said


def test_why_there_is_no_solution_is_said_with_exit_status_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.lp"
    path.write_text(LP.format(CHOCOLATE + "orders: regular + gift >= 900\n"))
    assert run(["explain", str(path)]) == 3
    assert "cannot hold together" in capsys.readouterr().out


def test_a_formulation_in_json_takes_next_weeks_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "mix.json"
    model.write_text(
        json.dumps(
            {
                "sets": [{"name": "P", "column": {"table": "products", "value": "name"}}],
                "parameters": [
                    {
                        "name": "profit",
                        "indices": ["P"],
                        "column": {"table": "products", "value": "profit", "keys": ["name"]},
                    }
                ],
                "variables": [{"name": "make", "indices": ["P"], "upper": 10}],
                "objective": {
                    "sense": "maximize",
                    "expression": "sum(profit[p] * make[p] for p in P)",
                },
            }
        )
    )
    for profits, best in (((3, 4), 70), ((5, 4), 90)):
        table = tmp_path / "products.csv"
        table.write_text(f"name,profit\ntable,{profits[0]}\nchair,{profits[1]}\n")
        assert run(["solve", str(model), "--data", str(table), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["objective"] == best


def test_an_export_of_a_file_is_another_file(candy: str, tmp_path: Path) -> None:
    written = tmp_path / "candy.mps"
    assert run(["solve", candy, "--export", f"mps={written}"]) == 0
    assert run(["solve", str(written)]) == 0


def test_a_damaged_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "damaged.mps"
    path.write_text("junk")
    assert run(["solve", str(path)]) == 2
    assert "cannot read the MPS text" in capsys.readouterr().err


# From Python


def shipped() -> ow.Solution:
    return ow.solve_model(
        ow.Formulation.model_validate(
            {
                "sets": [
                    {"name": "P", "members": ["Lyon", "Metz"]},
                    {"name": "S", "members": ["=1+1", "Nice"]},
                ],
                "variables": [
                    {"name": "ship", "indices": ["P", "S"], "upper": 5},
                    {"name": "spare", "upper": 2},
                ],
                "objective": {
                    "sense": "maximize",
                    "expression": "sum(ship[p, s] for p in P for s in S) + spare",
                },
            }
        )
    )


def test_values_come_by_member() -> None:
    solution = shipped()
    assert solution.values("ship")["Lyon", "Nice"] == 5
    assert solution.values("spare") == {(): 2}
    with pytest.raises(InputError, match="'ship', 'spare'"):
        solution.values("sold")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_values_come_as_a_frame(library: str) -> None:
    pytest.importorskip(library)
    frame = shipped().frame("ship", library)  # type: ignore[arg-type]
    assert list(frame.columns) == ["P", "S", "ship"]
    assert float(frame["ship"].sum()) == 20


def test_values_are_written_to_a_workbook_without_formulas(tmp_path: Path) -> None:
    solution = shipped()
    solution.write(tmp_path / "answer.xlsx")
    book = openpyxl.load_workbook(tmp_path / "answer.xlsx")
    assert book.sheetnames == ["answer", "ship"]
    cells = [cell for row in book["ship"].iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    solution.write(tmp_path / "answer.csv")
    assert 'ship,"Metz,Nice",5' in (tmp_path / "answer.csv").read_text()
    with pytest.raises(InputError, match="neither"):
        solution.write(tmp_path / "answer.docx")


def test_without_the_extra_for_schedules_the_user_is_told_what_it_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optwright.solvers.backends import cpsat

    monkeypatch.setattr(cpsat, "is_installed", lambda: False)
    path = tmp_path / "two_jobs.json"
    path.write_text(
        json.dumps(
            {
                "variables": [{"name": n, "upper": 9} for n in ("a", "b", "end")],
                "objective": {"sense": "minimize", "expression": "end"},
                "constraints": [
                    {"name": "one", "expression": "nooverlap((a, 2), (b, 3))"},
                    {"name": "last_a", "expression": "end >= a + 2"},
                    {"name": "last_b", "expression": "end >= b + 3"},
                ],
            }
        )
    )
    assert run(["explain", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "smallest value 5" in said
    assert "(highs, because the model is linear with integers)" in said
    assert "'nooverlap' became rows with large numbers" in said
    assert "pip install 'optwright[cpsat]'" in said


def test_a_plan_to_begin_with_comes_from_what_was_printed(
    candy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["solve", candy, "--json"]) == 0
    plan = tmp_path / "plan.json"
    plan.write_text(capsys.readouterr().out)
    options = ["--gap", "0.01", "--threads", "2", "--seed", "3"]
    options += ["--solver-option", "presolve=off"]
    assert run(["solve", candy, "--start", str(plan), *options]) == 0
    assert "largest value 540" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--solver-option", "presolve"], "is not NAME=VALUE"),
        (["--solver-option", "presolv=off"], "HiGHS has no option 'presolv'"),
        (["--start", "nobody"], "there is no run 'nobody'"),
        (["--gap", "2"], "2"),
    ],
)
def test_options_of_a_solve_that_cannot_be_are_refused(
    options: list[str],
    said: str,
    candy: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["solve", candy, "--run-dir", str(tmp_path), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[1, 2]", "{}", '{"x": "many"}', "no json"])
def test_a_file_without_a_plan_is_no_start(
    content: str, tmp_path: Path, candy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(content)
    assert run(["solve", candy, "--start", str(plan)]) == 2
    assert "plan.json" in capsys.readouterr().err


def test_a_long_solve_says_how_good_its_plan_is() -> None:
    from optwright.agents.solver_progress import solver_steps
    from optwright.solvers.model.outcome import Progress

    said: list[str] = []
    heard = solver_steps(lambda _, what: said.append(what))
    heard(Progress(0.2, 10.0, None))
    heard(Progress(1.5, 12.0, 15.0))
    heard(Progress(1.6, 13.0, 15.0))
    heard(Progress(2.6, 13.0, 15.0))
    assert said == [
        "best plan 12, none is better than 15 (gap 25.00%)",
        "best plan 13, none is better than 15 (gap 15.38%)",
    ]
