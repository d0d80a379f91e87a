"""Options of HiGHS learnt along a sequence of solves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import optwright as ow
from optwright.agents.chat.whatif.scenario import WhatIf
from optwright.agents.option_tuning import LINEAR, WHOLE, OptionTuner
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from tests.commands import Cli


def _program(domain: str = "integer") -> Program:
    return Program(
        Formulation.model_validate(
            {
                "variables": [{"name": "x", "domain": domain, "upper": 9}],
                "objective": {"sense": "maximize", "expression": "2 * x"},
                "constraints": [{"name": "most", "expression": "3 * x <= 20"}],
            }
        )
    )


def test_the_options_that_take_least_are_chosen_most() -> None:
    tuner, program = OptionTuner(), _program()
    quick = 0
    for _ in range(120):
        options = tuner.options_for(program, "auto", SolveOptions())
        took = 1.0 if options.engine == {"presolve": "off"} else 8.0
        quick += took == 1.0
        tuner.learn(Outcome(Status.OPTIMAL, seconds=took))
    assert quick > 60
    assert "presolve=off after 120 solves" in tuner.told()[0]


def test_giving_up_at_the_limit_costs_more_than_an_answer() -> None:
    tuner, program = OptionTuner(), _program()
    for _ in range(80):
        options = tuner.options_for(program, "highs", SolveOptions(time_limit_s=1.0))
        ends = not options.engine
        status = Status.OPTIMAL if ends else Status.TIME_LIMIT
        tuner.learn(Outcome(status, seconds=1.0))
    assert "defaults" in tuner.told()[0]


def test_what_was_learnt_is_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "options.json"
    for _ in range(3):
        solution = ow.solve_model(_program(), tuner=ow.OptionTuner(file))
        assert solution.objective == 12
    assert "after 3 solves" in ow.OptionTuner(file).told()[0]
    assert [path.name for path in tmp_path.iterdir()] == ["options.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 9}', '{"version": 1}',
    '{"version": 1, "bandits": {"whole": {"arms": 9, "seed": 0, "bandits": {}}}}'])  # fmt: skip
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "options.json"
    file.write_text(content)
    with pytest.raises(InputError, match="options"):
        OptionTuner(file)


def test_what_the_user_sets_stays() -> None:
    tuner = OptionTuner()
    given = SolveOptions(engine={"presolve": "on"})
    seen = [tuner.options_for(_program(), "auto", given).engine["presolve"] for _ in range(20)]
    assert set(seen) == {"on"}


def test_other_solvers_and_classes_are_left_alone() -> None:
    tuner, options = OptionTuner(), SolveOptions()
    assert tuner.options_for(_program(), "scip", options) == options
    curved = Formulation.model_validate(
        {"variables": [{"name": "x", "upper": 3}],
         "objective": {"sense": "minimize", "expression": "exp(x)"}}
    )  # fmt: skip
    assert tuner.options_for(Program(curved), "auto", options) == options
    tuner.learn(Outcome(Status.OPTIMAL, seconds=1.0))
    assert not tuner.told()


@pytest.mark.parametrize(
    ("domain", "value", "arm"),
    [("continuous", 40 / 3, arm) for arm in LINEAR] + [("integer", 12, arm) for arm in WHOLE],
)
def test_each_set_of_options_gives_the_same_answer(
    domain: str, value: float, arm: dict[str, str]
) -> None:
    found = ow.solve_model(_program(domain), options=SolveOptions(engine=arm))
    assert found.objective == pytest.approx(value)


def test_what_ifs_learn() -> None:
    tuner = OptionTuner()
    whatif = WhatIf(tuner=tuner)
    for _ in range(2):
        assert whatif.scenario("now", _program()).objective == 12
    assert "after 2 solves" in tuner.told()[0]
    assert replace(whatif, tuner=None).scenario("now", _program()).objective == 12


def test_the_command_learns_and_says_where_it_does_not(cli: Cli, tmp_path: Path) -> None:
    model, file = tmp_path / "model.json", tmp_path / "options.json"
    formulation = _program().formulation
    assert formulation is not None
    model.write_text(formulation.to_json())
    assert cli("solve", model, "--tune", file).status == 0
    assert "after 1 solves" in OptionTuner(file).told()[0]
    ended = cli("solve", "Choose 3 of 5 things.", "--tune", file)
    assert ended.status == 2
    assert "--tune" in ended.err
