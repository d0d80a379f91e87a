"""Readers measured on rows: what they are asked holds no model, and their answers are scored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.checks.plans.question import Decision, Reading
from optwright.agents.replies import read_formulation
from optwright.benchmarks.plan_readers import Asked, Judged, main, together, verdict
from optwright.solvers.model.formulation import Sense
from tests.drafts import CANDY, CANDY_DRAFT

COUNT = 4


def ran(*words: str) -> str:
    result = CliRunner().invoke(main, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of one problem, asked about, and answered by a reader without errors (`ann`) and by one
    who allows everything (`ben`)."""
    folder = tmp_path_factory.mktemp("rows")
    data = [{"id": f"candy-{n}", "question": CANDY, "answer": 540} for n in range(COUNT)]
    replies = [{"id": row["id"], "reply": CANDY_DRAFT} for row in data]
    replies.append({"id": "candy-0", "reply": {"questions": ["how many?"]}})
    (folder / "Candy.jsonl").write_text("".join(json.dumps(r) + "\n" for r in data), "utf-8")
    path = folder / "Candy.frozen.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in replies), "utf-8")
    key, out = folder / "key.jsonl", folder / "questions"
    ran(
        "ask", str(path), "--data", str(folder), "--out", str(out), "--key", str(key), "--seed", "5"
    )
    right = read_formulation(CANDY_DRAFT)
    with (out / "part1.ann.jsonl").open("w") as ann, (out / "part1.ben.jsonl").open("w") as ben:
        for asked in drafts(folder):
            decisions = tuple(Decision(v.name) for v in right.variables)
            question = replace(asked.inquiry.question, decisions=decisions)
            reading = PerfectReader(right).read(question)
            ann.write(reply(asked, reading) + "\n")
            ben.write(json.dumps({"id": asked.id, "plans": []}) + "\n")
    return folder


def drafts(folder: Path) -> list[Asked]:
    lines = (folder / "key.jsonl").read_text("utf-8").splitlines()
    return [Asked.model_validate_json(line) for line in lines]


def reply(asked: Asked, reading: Reading) -> str:
    """A reading as a model writes it, with words that stand in the problem."""
    plans = [
        {
            "plan": a.plan,
            "verdict": a.verdict,
            "sentence": a.sentence or CANDY[:20],
            "value": a.value,
        }
        for a in reading.answers
    ]
    direction = "large" if reading.sense is Sense.MAXIMIZE else "small"
    return json.dumps({"id": asked.id, "direction": direction, "plans": plans})


def test_a_reader_is_shown_neither_the_draft_nor_what_it_is(folder: Path) -> None:
    lines = [json.loads(x) for x in (folder / "questions/part1.jsonl").read_text().splitlines()]
    assert len(lines) == COUNT
    for line in lines:
        assert line.keys() == {"id", "system", "user"}
        assert "candy-" not in line["user"]
        assert "expression" not in line["user"]


def test_right_drafts_and_mutants_are_told_apart_by_a_reader_without_errors(folder: Path) -> None:
    known = drafts(folder)
    wrong = sum(bool(d.mistake) for d in known)
    assert 0 < wrong < COUNT
    said = ran("score", str(folder / "questions"), "--key", str(folder / "key.jsonl"),
               "--reader", "ann", "--reader", "ben", "--mismatches")  # fmt: skip
    right = COUNT - wrong
    assert f"| ann | {right} | {right} | 0 | 0 | 0 | {wrong} | 0 | {wrong} | 0 | 0 |" in said
    assert f"| ben | {right} | 0 | 0 | {right} | 0 | {wrong} | 0 | 0 | {wrong} | 0 |" in said
    assert f"| all of them | {right} | 0 | 0 | {right} | 0 | {wrong} | 0 | {wrong} |" in said


def test_a_draft_that_nobody_answered_about_is_not_asked_about(folder: Path) -> None:
    one = verdict(drafts(folder)[0], {})
    assert (one.check.state, one.verified) == ("not asked", False)


def test_one_of_several_readers_is_enough_to_refute(folder: Path) -> None:
    wrong = next(d for d in drafts(folder) if d.mistake)
    answers = {"id": wrong.id, "plans": []}
    line = (folder / "questions/part1.ann.jsonl").read_text().splitlines()
    ann = next(x for x in line if json.loads(x)["id"] == wrong.id)
    readings: list[Judged] = [verdict(wrong, {wrong.id: r}) for r in (json.dumps(answers), ann)]
    assert together(readings).check.refutes
