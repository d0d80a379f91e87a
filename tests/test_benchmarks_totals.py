"""What a measurement adds up to, and what is shown while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from optwright.benchmarks.record import Cost, Record
from optwright.benchmarks.runner import Tally
from optwright.benchmarks.store import Setup, StoredRun, TaskShown
from optwright.benchmarks.system import Attempt, Claim, Stage
from optwright.benchmarks.totals import Share, render, share, totals
from optwright.cli.bench_progress import Live, verdict

SETUP = Setup(dataset="d", system="s", model="m", rule="orlm")


def record(task: str, *, right: bool | None, sample: int = 0, **attempt: object) -> Record:
    fields: dict[str, object] = {"status": Claim.OPTIMAL, "objective": 5.0} | attempt
    scores = {} if right is None else {"strict": right, "rounded": right, "orlm": True}
    return Record(
        task=task,
        sample=sample,
        system="s",
        attempt=Attempt.model_validate(fields),
        cost=Cost(calls=2, prompt_tokens=100, completion_tokens=10, seconds=1.5),
        scores=scores,
        flags=("agreed",) if task == "a" else (),
    )


def run(*records: Record) -> StoredRun:
    names = dict.fromkeys(r.task for r in records)
    tasks = tuple(TaskShown(name, place, "?", 5.0) for place, name in enumerate(names))
    return StoredRun(SETUP, {}, tasks, records)


def test_an_interval_is_wilsons() -> None:
    # 17 of 20: 0.6396 to 0.9476 (Wilson score, 95 %)
    assert Share(17, 20).interval == pytest.approx((0.63958, 0.94763), abs=1e-4)
    assert Share(0, 5).interval[0] == 0.0
    assert Share(5, 5).interval[1] == 1.0
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(0, 0)) == "none scored"


def test_samples_of_one_problem_are_one_problem_in_an_interval() -> None:
    once = run(record("a", right=True), record("b", right=False))
    often = run(*(record(task, right=task == "a", sample=n) for task in "ab" for n in range(5)))
    assert share(often.records, "strict") == Share(5, 10, problems=2)
    assert share(often.records, "strict").interval == share(once.records, "strict").interval


def test_what_replies_cost_is_told_where_it_is_known() -> None:
    paid = record("a", right=True)
    paid = paid.model_copy(update={"cost": paid.cost.model_copy(update={"cost_usd": 0.25})})
    assert totals(run(paid))["cost_usd"] == 0.25
    assert "1.5 s, $0.2500" in render(run(paid))
    assert totals(run(paid, record("b", right=True)))["cost_usd"] is None


def test_attempts_without_a_label_count_as_attempts_and_in_no_accuracy() -> None:
    sums = totals(run(record("a", right=True), record("b", right=None), record("c", right=False)))
    assert sums["attempts"] == 3
    assert sums["accuracy"]["strict"]["scored"] == 2
    assert sums["accuracy"]["orlm"]["right"] == 2
    assert sums["agreed_labels"] == {"right": 1, "scored": 1, "problems": 1}
    assert (sums["calls"], sums["prompt_tokens"], sums["paid_seconds"]) == (6, 300, 4.5)


def test_failures_are_counted_by_where_they_happened() -> None:
    lost: dict[str, Any] = {"status": Claim.NONE, "objective": None}
    sums = totals(
        run(
            record("a", right=True),
            record("b", right=False),
            record("c", right=False, failed_at=Stage.CODE, **lost),
            record("d", right=False, failed_at=Stage.CODE, **lost),
        )
    )
    assert sums["failed_at"] == {"code": 2, "wrong": 1}


def test_samples_are_summed_only_where_all_are_there() -> None:
    records = [
        record("a", right=False, sample=0, objective=1.0),
        record("a", right=True, sample=1),
        record("b", right=True, sample=0),
    ]
    sums = totals(run(*records))
    assert sums["majority"] == {"right": 0, "scored": 1, "problems": 1}
    assert sums["pass_at"] == {"pass@1": 0.5, "pass@2": 1.0}


def test_the_text_leads_with_the_headline_and_ends_with_failures() -> None:
    text = render(run(record("a", right=True), record("b", right=False)))
    assert "right (rounded rule): 1 of 2" in text
    assert "right (orlm rule): 2 of 2" in text
    assert text.endswith("wrong or without an answer, by where it failed: wrong 1")
    assert render(run()) == "nothing was measured yet"


def test_one_attempt_is_told_in_a_few_words() -> None:
    assert verdict(record("a", right=True)) == "a: right (5)"
    assert verdict(record("a", right=None)) == "a: no label (5)"
    lost = record("a", right=False, status="none", objective=None, failed_at="budget")
    assert verdict(lost) == "a: wrong (none, budget)"


def test_the_live_line_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tally, live = Tally(4), Live()
    for task in "ab":
        tally.add(record(task, right=task == "a"))
        live.ended(tally, record(task, right=True), 1.0)
    line = capsys.readouterr().err.split("\x1b[2K")[-1]
    assert (
        line == "2/4  right so far: 1 of 2 (50.0 %, 9 to 91)  220 tokens, less than a minute left"
    )
