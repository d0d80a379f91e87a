"""Watching a run: what is told, when, and that the terminal is left as it was."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import optwright as ow
from optwright.optim.study.progress import StudyStatus, line
from optwright.optim.study.progress_view import LineView, LiveView, table
from optwright.testing import ScriptedModel

instruction = ow.Text("instruction", "Answer.")


def shout(word: str) -> str:
    return word.upper() if "upper" in instruction.value else word


def loud(word: str, output: str) -> float:
    return float(output.isupper())


def improve(directory: Path, watch: Any, program: Any = shout) -> Any:
    texts = ["Sing.", "Use upper case."]
    model = ScriptedModel(
        lambda r: f'{{"values": {{"instruction": "{texts[(r.sample - 1) % 2]}"}}}}'
    )
    return ow.optimize(
        program,
        train=[f"word{i}" for i in range(60)],
        metric=loud,
        parameters=[instruction],
        optimizer="opro",
        watch=watch,
        run_dir=directory,
        model=model,
        budget=ow.Budget(evaluations=200, calls=4),
    )


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_watch_is_told_where_the_run_stands(tmp_path: Path) -> None:
    told: list[StudyStatus] = []
    found = improve(tmp_path, told.append)
    assert (told[0].step, told[0].score, told[0].interval) == (0, None, None)
    assert [s.step for s in told[:-1]] == list(range(len(told) - 1))
    last = told[-1]
    assert last.doing == "estimating the winner"
    assert last.accepted == len(found.accepted) == 1
    assert last.interval is not None
    assert last.interval.mean == 1.0
    assert last.replies == found.replies
    assert not last.minimizes


def test_one_line_says_all_of_it(tmp_path: Path) -> None:
    told: list[StudyStatus] = []
    improve(tmp_path, told.append)
    said = line(told[-1])
    assert "score 1.000 (0." in said
    assert "1 accepted of 1 tested" in said
    assert "/200 evaluations" in said
    assert "/4 calls" in said
    assert "usable (" in said


def test_a_minimized_score_is_shown_as_the_function_gave_it() -> None:
    told: list[StudyStatus] = []
    space = [ow.Real("x", 3.0, low=2.0, high=4.0)]
    best = ow.minimize(lambda x: x, space, budget=ow.Budget(evaluations=9), watch=told.append)
    assert told[-1].score == best.score > 0
    assert told[-1].minimizes


def test_where_nobody_has_a_terminal_lines_come_with_news_and_now_and_then(tmp_path: Path) -> None:
    stream = io.StringIO()
    view = ow.progress_view(stream)
    assert isinstance(view, LineView)
    improve(tmp_path, view)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("searching: step 0: 0 trials, score none yet")
    assert any("1 accepted of 1 tested" in text for text in lines)
    assert lines[-1].startswith("estimating the winner: ")
    assert len(lines) == len(set(lines)) <= 5


def test_on_a_terminal_the_view_changes_in_place_and_goes(tmp_path: Path) -> None:
    stream = Terminal()
    view = ow.progress_view(stream)
    assert isinstance(view, LiveView)
    improve(tmp_path, view)
    assert hides_the_cursor_and_gives_it_back(stream)
    assert "evaluations" in stream.getvalue()


def test_the_view_is_closed_when_the_run_is_interrupted(tmp_path: Path) -> None:
    stream = Terminal()

    def interrupted(word: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        improve(tmp_path, ow.progress_view(stream), program=interrupted)
    assert hides_the_cursor_and_gives_it_back(stream)


def hides_the_cursor_and_gives_it_back(stream: Terminal) -> bool:
    text = stream.getvalue()
    return 0 <= text.rfind("\x1b[?25l") < text.rfind("\x1b[?25h")


def test_the_table_shows_decisions_and_bars(tmp_path: Path) -> None:
    from rich.console import Console

    told: list[StudyStatus] = []
    improve(tmp_path, told.append)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(table(told[-1]))
    shown = console.export_text()
    assert "+ change 1: opro, 0 -> 1, better" in shown
    assert "━" in shown
    assert all(len(row) <= 80 for row in shown.splitlines())
