"""What made problems are used for: measured, exported, retold, and put through the main path."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from optwright.agents.replies import read_formulation
from optwright.benchmarks.corpus.mutants import mutants
from optwright.benchmarks.opening import open_system
from optwright.benchmarks.record import Record
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.synthesis.breakdown import as_asked, behaviour
from optwright.benchmarks.synthesis.certificates import same
from optwright.benchmarks.synthesis.checking import check
from optwright.benchmarks.synthesis.dataset import Wanted, make
from optwright.benchmarks.synthesis.exports import entry, examples, nearest, right, training_row
from optwright.benchmarks.synthesis.flat import flat_reply
from optwright.benchmarks.synthesis.problems import Problem, Selection, Tally, problem, problems
from optwright.benchmarks.synthesis.retelling import retold
from optwright.benchmarks.synthesis.through_solve import through
from optwright.benchmarks.system import Attempt, Claim, Kit
from optwright.benchmarks.task import Assignment
from optwright.cli import run
from optwright.serving.budget import Account, Budget
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.testing import ScriptedModel

pytest.importorskip("num2words")


def made(*families: str, n: int = 1, wheres: tuple[str, ...] = ("text",)) -> list[Problem]:
    return list(problems(11, n, Selection(families, ("plain",), wheres=wheres, engines=1)))


def test_a_measurement_is_told_by_family_and_style(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with endpoint(0.01) as url:
        command = ["bench", "synth", "--seed", "5", "--n", "4", "--families", "knapsack,diet"]
        system = ["--system", "optwright.benchmarks.harness_overhead:one_call"]
        model = ["--model", f"simulated@{url}", "--out", str(tmp_path / "out")]
        assert run([*command, *system, *model]) == 0
    said = capsys.readouterr()
    assert "4 attempts at 4 problems" in said.out
    assert "by family:" in said.out
    assert "synthesis: 4 accepted" in said.err


def test_problems_are_written_as_a_data_set_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "made.jsonl"
    command = ["bench", "synth", "--n", "2", "--families", "knapsack", "--save", str(file)]
    assert run(command) == 0
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row["family"] for row in rows] == ["knapsack", "knapsack"]
    assert all(isinstance(row["answer"], float | int) for row in rows)


def test_the_name_of_a_benchmark_changes_with_what_is_asked_for() -> None:
    names = {
        Wanted(seed=1).name,
        Wanted(seed=2).name,
        Wanted(seed=1, n=9).name,
        Wanted(seed=1).name,
    }
    assert len(names) == 3


def test_a_data_set_says_how_much_was_rejected() -> None:
    data = make(Wanted(seed=3, n=2, families=("blending",)))
    assert data.notes[0].startswith("synthesis: 2 accepted")
    assert data.sha256


def attempt(**given: object) -> Record:
    return Record(task="t", sample=0, system="s", attempt=Attempt.model_validate(given))


def test_asking_is_right_of_what_is_missing_and_saying_so_of_what_contradicts() -> None:
    asked = attempt(trace=({"questions": ["How many?"]},))
    assert as_asked("incomplete", behaviour(asked, {}))
    assert as_asked("contradictory", behaviour(attempt(status=Claim.INFEASIBLE), {}))
    answered = attempt(status=Claim.OPTIMAL, objective=3.0)
    assert behaviour(answered, {}) == "answered"
    assert behaviour(answered, {"readings": [3.0, 5.0]}) == "one reading"
    assert not as_asked("ambiguous", "one reading")


async def test_optwright_is_seen_to_ask_for_what_is_missing(tmp_path: Path) -> None:
    (one,) = problems(2, 1, Selection(("knapsack",), kinds=("incomplete",), engines=1))
    reply = json.dumps({"questions": ["How much does the sledge carry?"]})
    kit = Kit(ScriptedModel(lambda _: reply), Account(Budget()), tmp_path)
    found = await open_system("optwright").solve(Assignment(one.id, "synth", one.text), kit)
    record = Record(task=one.id, sample=0, system="optwright", attempt=found)
    assert behaviour(record, {"kind": "incomplete"}) == "asked"


@pytest.mark.parametrize("where", ["text", "long", "wide"])
def test_right_models_come_out_right_on_the_main_path(where: str) -> None:
    found = through(made("lot_sizing", "max_flow", "crew", n=3, wheres=(where,)))
    assert found.counts == {"right": 3}, str(found)


def test_a_wrong_reply_is_not_counted_as_right() -> None:
    (one,) = made("knapsack")
    other = problem(12, 0, Selection(("knapsack",), engines=1), Tally())
    one.__dict__["reply"] = other.reply  # cached, so this is what the script says
    assert through([one]).counts["right"] == 0


def test_a_flat_reply_has_the_optimum_of_the_model_it_writes_out() -> None:
    for one in made("diet", "inverse_kkt", "goals", n=3):
        reply = flat_reply(one)
        assert reply is not None
        read = read_formulation(json.dumps(reply))
        outcome = open_solver("auto").solve(Program(read))
        assert same(outcome.objective, one.certificate.optimum, 1e-6)
        assert all(limit["text"] in one.text for limit in reply["limits"])


def test_a_model_with_yes_and_no_has_no_flat_reply() -> None:
    (one,) = made("knapsack")
    assert flat_reply(one) is None


def test_a_training_row_is_a_chat_that_ends_in_the_right_reply() -> None:
    for one in made("transport", n=2, wheres=("text", "wide")):
        row = training_row(one)
        assert [m["role"] for m in row["messages"]] == ["system", "user", "assistant"]
        assert row["messages"][1]["content"].startswith(one.text[:40])
        read_formulation(row["messages"][2]["content"])


def test_the_example_most_like_a_text_is_of_its_kind() -> None:
    pool = examples(made("diet", "goals", "inverse_kkt", "blending", n=8))
    text = "A foundry pours alloys from copper and tin. What should it make for the largest profit?"
    assert nearest(text, pool, 1)[0].id.startswith("inverse_kkt")


def test_models_with_logic_have_mutants_too() -> None:
    (one,) = made("logic_puzzle")
    assert {m.kind.value for m in mutants([entry(one)])} >= {"omission", "sense"}


def test_checks_are_counted_on_right_models_and_mutants() -> None:
    entries = [entry(p) for p in right(made("diet"))]
    counted = check(entries, 0, 60.0, most_mutants=3)
    assert counted.right == 1
    assert counted.made >= 3
    assert "| check |" in counted.table()


def retell(one: Problem, text: str, reply: object) -> tuple[Problem | None, Tally]:
    tally = Tally()
    writer, reader = ScriptedModel(text), ScriptedModel(json.dumps(reply))
    return asyncio.run(retold(one, writer, reader, tally)), tally


def test_a_models_text_is_kept_where_an_independent_formulation_agrees() -> None:
    (one,) = made("diet")
    text = f"Once more, in other words. {one.text}"
    kept, tally = retell(one, text, one.reply)
    assert kept is not None
    assert kept.text == text
    assert tally.accepted == 1
    assert not kept.formulation.objective.text


def test_a_models_text_that_lost_a_number_or_is_read_otherwise_is_rejected() -> None:
    (one,) = made("diet")
    shorter = one.text.replace(one.told.sentences[1].text, "")
    _, tally = retell(one, shorter, one.reply)
    assert tally.rejected["a number is gone"] == 1
    turned = {**one.reply, "objective": {**one.reply["objective"], "sense": "maximize"}}
    _, tally = retell(one, one.text, turned)
    assert tally.rejected["an independent formulation differs"] == 1
