"""What ends the search early: a solver that ran into its limit, and tables that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.agents import coder
from optwright.agents.problem import Problem
from optwright.agents.render import render
from optwright.agents.solving import solve
from optwright.errors import FaultyData, WrongCell
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.testing import ScriptedModel
from tests.commands import Cli
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, GIFTS, draft, scripted

AT_THE_LIMIT = Outcome(
    Status.FEASIBLE,
    objective=500.0,
    bound=545.0,
    values={"regular": 50.0, "gift": 22.0},
    slacks={"limit_1": 0.0},
    seconds=60.2,
    solver="highs 1.16.0",
    message="the solver ended with 'Time limit reached'",
)
TEXT = (
    "Every mill can send at most its capacity. Choose what each mill sends to maximize the total."
)


def ending(monkeypatch: pytest.MonkeyPatch, *outcomes: Outcome) -> list[Outcome]:
    """Solves end as these do, the last one again and again; returns those that were asked for."""
    asked: list[Outcome] = []

    def solved(*_: object) -> Outcome:
        asked.append(outcomes[min(len(asked), len(outcomes) - 1)])
        return asked[-1]

    monkeypatch.setattr(coder, "solve", solved)
    return asked


def test_a_solution_at_the_limit_is_the_answer_after_one_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ending(monkeypatch, AT_THE_LIMIT)
    model = ScriptedModel(*[CANDY_DRAFT] * 5)
    solution = solve(CANDY, model=model)
    assert len(asked) == 1
    assert len(model.requests) == 1
    assert (solution.status, solution.verified) == (Status.FEASIBLE, False)
    assert solution.objective == 500
    assert solution.bound == 545
    assert solution.gap == pytest.approx(0.09)
    assert solution.variables == {"regular": 50, "gift": 22}
    assert solution.formulation is not None
    assert not solution.diagnosis
    assert "feasible at the limit of 60 s" in " ".join(solution.warnings)
    assert "none is better than 545 (gap 9.00%)" in " ".join(render(solution).split())


def test_an_optimum_that_is_proven_goes_before_a_solution_at_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    early = Outcome(Status.FEASIBLE, objective=500.0, seconds=0.1)
    proven = Outcome(Status.OPTIMAL, objective=540.0, values={"regular": 30.0, "gift": 40.0})
    ending(monkeypatch, early, proven)
    other = draft(CHOCOLATE, GIFTS, objective="9*gift + 6*regular")
    solution = solve(CANDY, model=ScriptedModel(CANDY_DRAFT, *[other] * 4))
    assert (solution.status, solution.objective) == (Status.OPTIMAL, 540)


def test_a_draft_drawn_again_is_not_solved_again_where_time_ran_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ending(monkeypatch, Outcome(Status.TIME_LIMIT, seconds=60.0, message="no point"))
    other = draft(CHOCOLATE, GIFTS, objective="9*gift + 6*regular")
    model = ScriptedModel(CANDY_DRAFT, CANDY_DRAFT, other, CANDY_DRAFT, other)
    solution = solve(CANDY, model=model)
    assert len(asked) == 2
    assert solution.status is Status.ERROR


def test_a_hard_problem_comes_out_with_incumbent_bound_and_gap() -> None:
    # Market split: a solution within a second, a proof not within the age of the universe.
    from random import Random

    from optwright.solvers.backends.program import Program
    from optwright.solvers.backends.solver import solve as solve_program
    from tests.hard import market_split

    program = Program(market_split(Random(1), rows=5, columns=40))
    outcome = solve_program(program, options=SolveOptions(time_limit_s=2.0))
    assert outcome.status is Status.FEASIBLE
    assert outcome.objective is not None
    assert outcome.bound is not None
    assert outcome.bound < outcome.objective
    assert outcome.gap is not None
    assert outcome.gap > 0


MILLS = [f"mill {n}" for n in range(1, 6)]


def problem(**columns: list[object]) -> Problem:
    tables = {"mills": from_columns("mills", {"mill": MILLS})}
    more = {"caps": from_columns("caps", columns)} if columns else {}
    return Problem(TEXT, {**tables, **more})


def reply(value: str = "tons") -> str:
    column = {"table": "caps", "value": value, "keys": ["mill"]}
    return json.dumps(
        {
            "sets": [{"name": "M", "column": {"table": "mills", "value": "mill"}}],
            "parameters": [{"name": "capacity", "indices": ["M"], "column": column}],
            "decisions": [
                {"name": "send", "indices": ["M"], "meaning": "what a mill sends", "whole": False}
            ],
            "objective": {
                "text": "maximize the total",
                "sense": "maximize",
                "expression": "sum(send[m] for m in M)",
            },
            "limits": [
                {
                    "text": "Every mill can send at most its capacity",
                    "forall": "m in M",
                    "expression": "send[m] <= capacity[m]",
                }
            ],
        }
    )


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"mill": MILLS, "tons": [4, 5, "6 t", 7, 8]}, "row 3 holds '6 t', which is not a number"),
        ({"mill": MILLS, "tons": [4, 5, None, 7, 8]}, "row 3 is empty"),
        (
            {"mill": MILLS[:4], "tons": [4, 5, 6, 7]},
            r"needs capacity\[mill 5\], which has no value",
        ),
        ({"mill": MILLS, "tons": list("abcde")}, "no table has one; there are 'mill', 'mill'"),
    ],
)
def test_a_fault_in_a_table_is_bad_input_after_one_draft(
    columns: dict[str, list[object]], says: str
) -> None:
    model = ScriptedModel(*[reply()] * 5)
    with pytest.raises(FaultyData, match=says):
        solve(problem(**columns), model=model)
    assert len(model.requests) == 1


def test_of_two_cells_one_that_is_a_number_makes_the_other_a_fault() -> None:
    tables = {"mills": from_columns("mills", {"mill": ["a", "b"]}),
              "caps": from_columns("caps", {"mill": ["a", "b"], "tons": ["1", "two"]})}  # fmt: skip
    model = ScriptedModel(*[reply()] * 5)
    with pytest.raises(FaultyData, match="row 2 holds 'two', which is not a number"):
        solve(Problem(TEXT, tables), model=model)
    assert len(model.requests) == 1


def test_a_text_that_every_draft_takes_for_a_number_is_bad_input() -> None:
    tables = problem(mill=list(MILLS), tons=[4, "five", "six", "seven", "eight"])
    with pytest.raises(WrongCell, match="row 2 holds 'five', which is not a number"):
        solve(tables, model=ScriptedModel(*[reply()] * 5))


def test_a_column_that_a_draft_made_up_is_the_fault_of_the_draft() -> None:
    tables = problem(mill=list(MILLS), tons=[4, 5, 6, 7, 8])
    model = ScriptedModel(reply("capacity"), *[reply()] * 4)
    assert solve(tables, model=model).objective == pytest.approx(30)


def test_names_taken_for_numbers_are_the_fault_of_the_draft() -> None:
    tables = problem(mill=list(MILLS), size=["S", "10", "M", "L", "12"], tons=[4, 5, 6, 7, 8])
    model = ScriptedModel(reply("size"), *[reply()] * 4)
    assert solve(tables, model=model).objective == pytest.approx(30)


def test_the_command_says_it_in_a_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mills.csv").write_text("mill\n" + "\n".join(MILLS))
    rows = "\n".join(f"{mill},{tons}" for mill, tons in zip(MILLS, "456x8", strict=True))
    (tmp_path / "caps.csv").write_text("mill,tons\n" + rows)
    data = [f"--data={tmp_path / name}.csv" for name in ("mills", "caps")]
    ended = cli("solve", TEXT, *data, "--model", scripted(tmp_path, [reply()] * 5))
    assert ended.status == 2
    assert "row 5 holds 'x', which is not a number" in ended.err
