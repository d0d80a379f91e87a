"""What a run left behind: decisions, differences, taking back, and the page that shows it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import InputError, RunBusy, StorageError
from optwright.optim.api import minimize, optimize
from optwright.optim.parameters import Integer, Text
from optwright.optim.results import Minimum, Optimum
from optwright.optim.study.provenance import diff_values, lineage, revert, show
from optwright.optim.study.runs import RunStore
from optwright.reporting.charts.convergence import convergence
from optwright.reporting.studies import report, write_report
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest
from optwright.testing import ScriptedModel

FIRST = "Answer.\nBe <brief> & kind."
BETTER = "Answer in upper case.\nBe <brief> & kind."

instruction = Text("instruction", FIRST)


def answer(word: str) -> str:
    return word.upper() if "upper" in instruction.value else word


def metric(word: str, output: str) -> tuple[float, str]:
    return float(output.isupper()), "fine" if output.isupper() else f"{word!r} should be loud"


def write(request: ChatRequest) -> str:
    text = BETTER if request.sample == 2 else f"Attempt {request.sample}"
    return f'{{"reason": "louder", "values": {{"instruction": {text!r}}}}}'.replace("'", '"')


SETTING: dict[str, Any] = {
    "program": answer,
    "train": [f"word{i}" for i in range(60)],
    "metric": metric,
    "parameters": [instruction],
    "optimizer": "opro",
    "model": ScriptedModel(write),
    "budget": Budget(evaluations=200, calls=6),
}
SPENT = Budget(evaluations=1, calls=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Optimum:
    return optimize(run_dir=tmp_path_factory.mktemp("runs") / "loud", **SETTING)


def test_the_accepted_change_names_its_parent_evidence_feedback_and_cost(run: Optimum) -> None:
    (change,) = run.accepted
    assert (change.before, change.after) == ({"instruction": FIRST}, {"instruction": BETTER})
    assert change.parent == 0
    assert change.origin == "opro"
    assert "should be loud" in change.feedback
    assert change.evidence["test"]["evidence"] >= change.evidence["test"]["needed"]
    assert change.cost.evaluations > 0


def test_the_gain_is_estimated_on_examples_that_chose_nothing(run: Optimum) -> None:
    assert run.values == {"instruction": BETTER}
    assert run.interval is not None
    assert run.gain is not None
    assert 1.0 in run.interval
    assert run.gain.low > 0.0


def test_a_run_is_read_back_as_it_was(run: Optimum) -> None:
    view = show(run.directory)
    assert view.chosen == run.values
    assert view.trials == run.trials
    assert [c for c in view.changes if c.parent is not None] == list(run.changes)
    assert view.result is not None
    assert view.result["stopped"] == run.stopped


def test_a_diff_of_two_versions_shows_the_lines_that_changed(run: Optimum) -> None:
    view = show(run.directory)
    text = diff_values(view.version(0), view.version(run.accepted[0].number))
    assert "-Answer.\n" in text
    assert "+Answer in upper case.\n" in text
    assert " Be <brief> & kind." in text


def test_what_is_no_text_differs_as_before_and_after() -> None:
    assert diff_values({"x": 1.0, "y": 2}, {"x": 1.5, "y": 2}) == "x: 1.0 -> 1.5"
    assert diff_values({"o": ["a", "b"]}, {"o": ["b", "a"]}) == 'o: ["a", "b"] -> ["b", "a"]'
    assert diff_values({"x": 1}, {"x": 1}) == ""


def test_the_page_shows_everything_and_needs_nothing_else(run: Optimum, tmp_path: Path) -> None:
    write_report(run.directory, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    balanced = Balanced()
    balanced.feed(page)
    assert balanced.open == []
    assert "&lt;brief&gt; &amp; kind" in page
    assert "<brief>" not in page
    assert "should be loud" in page
    assert "<svg" in page
    assert not any(word in page for word in ("http:", "https:", "<script", "url(", "src="))


def test_an_earlier_version_is_made_current_by_an_event_and_nothing_is_deleted(
    run: Optimum, tmp_path: Path
) -> None:
    directory = copied(run, tmp_path)
    before = show(directory)
    event = revert(directory, 0)
    after = show(directory)
    assert after.chosen == before.first == event.after
    assert after.changes == (*before.changes, event)
    assert (event.restores, event.number) == (0, len(before.changes))
    assert lineage(after.changes) == []
    assert after.estimate("score") is None, "that was of other values"
    again = revert(directory, run.accepted[0].number)
    assert show(directory).chosen == run.values
    assert lineage([*after.changes, again]) == list(run.accepted)
    assert show(directory).estimate("score") == before.estimate("score")


def test_a_run_goes_on_from_the_version_that_was_made_current(run: Optimum, tmp_path: Path) -> None:
    directory = copied(run, tmp_path)
    revert(directory, 0)
    ended = optimize(run_dir=directory, **{**SETTING, "budget": SPENT})
    assert ended.values == {"instruction": FIRST}
    assert ended.accepted == ()
    other = ScriptedModel(lambda request: '{"values": {"instruction": "Now in upper case."}}')
    more: dict[str, Any] = {"budget": Budget(evaluations=400, calls=9), "model": other}
    went_on = optimize(run_dir=directory, **{**SETTING, **more})
    assert went_on.trials[: len(run.trials)] == run.trials
    (change,) = went_on.accepted
    assert (change.parent, change.before) == (0, {"instruction": FIRST})


@pytest.mark.parametrize(
    ("number", "says"), [(99, "no accepted change 99"), (None, "in use already")]
)
def test_a_version_that_cannot_be_made_current_is_refused(
    run: Optimum, number: int | None, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        revert(run.directory, run.accepted[0].number if number is None else number)


def test_a_run_that_somebody_works_on_is_not_reverted(run: Optimum, tmp_path: Path) -> None:
    directory = copied(run, tmp_path)
    with RunStore(directory):
        assert show(directory).state == "running"
        with pytest.raises(RunBusy, match="is held by process"):
            revert(directory, 0)
    assert show(directory).state == "finished"
    assert show(directory).chosen == run.values


def test_a_run_of_minimize_goes_on_from_the_version_made_current(tmp_path: Path) -> None:
    def go_on(evaluations: int) -> Minimum:
        space = [Integer("x", 9, low=0, high=9)]
        budget = Budget(evaluations=evaluations)
        return minimize(lambda x: x, space, optimizer="random", budget=budget, run_dir=tmp_path)

    assert go_on(6).score < 9
    revert(tmp_path, 0)
    assert show(tmp_path).score == 9
    assert (go_on(6).score, go_on(6).values) == (9, {"x": 9})
    assert go_on(10).score < 9


def test_a_directory_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run"):
        show(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["garbage", "row"])
def test_a_damaged_run_is_one_sentence(run: Optimum, tmp_path: Path, damage: str) -> None:
    directory = copied(run, tmp_path)
    if damage == "garbage":
        (directory / "run.sqlite").write_bytes(b"this is no database" * 100)
    else:
        with closing(sqlite3.connect(directory / "run.sqlite")) as connection, connection:
            connection.execute("UPDATE trials SET body = '{' WHERE number = 1")
    with pytest.raises(StorageError, match="loud"):
        show(directory)


def copied(run: Optimum, to: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(run.directory, to / "loud"))


def test_a_plot_of_nothing_says_so(run: Optimum) -> None:
    assert "No trial" in convergence([], [])
    assert report(show(run.directory)).startswith("<!doctype html>")


class Balanced(HTMLParser):
    """Keeps the elements that are still open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Opened and closed in one."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
