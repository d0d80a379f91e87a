"""What a run left behind: decisions, differences, taking back, and the page that shows it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from optwright.errors import InputError
from optwright.optim.api import Optimum, optimize
from optwright.optim.parameters import Text
from optwright.optim.provenance import diff, diff_values, revert, show
from optwright.optim.report import convergence, report, write_report
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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Optimum:
    return optimize(
        answer,
        train=[f"word{i}" for i in range(60)],
        metric=metric,
        parameters=[instruction],
        optimizer="opro",
        model=ScriptedModel(write),
        budget=Budget(evaluations=200, calls=6),
        run_dir=tmp_path_factory.mktemp("runs") / "loud",
    )


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


def test_a_diff_shows_the_lines_that_changed(run: Optimum) -> None:
    text = diff(run.directory)
    assert "-Answer.\n" in text
    assert "+Answer in upper case.\n" in text
    assert " Be <brief> & kind." in text
    assert diff(run.directory, run.accepted[0].number).splitlines()[2:] == text.splitlines()[2:]


def test_numbers_differ_as_a_whole_line() -> None:
    assert diff_values({"x": 1.0, "y": 2}, {"x": 1.5, "y": 2}).splitlines()[-2:] == ["-1.0", "+1.5"]


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


def test_taking_a_change_back_brings_the_values_before_it(run: Optimum) -> None:
    number = run.accepted[0].number
    assert revert(run.directory, number) == {"instruction": FIRST}
    assert show(run.directory).chosen == {"instruction": FIRST}
    with pytest.raises(InputError, match="no change 99"):
        revert(run.directory, 99)
    with pytest.raises(InputError, match="first values"):
        revert(run.directory, 0)


def test_a_directory_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run"):
        show(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_plot_of_nothing_says_so(run: Optimum) -> None:
    assert "No trial" in convergence([])
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
