"""What pages are made of: curves, paragraphs, uploaded files, the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.chat.reply import Series
from optwright.serving.events import CallProgressed
from optwright.web.curves import curve
from optwright.web.desk import Busy, Desk
from optwright.web.events import state
from optwright.web.prose import blocks
from tests.chats import candy_session
from tests.web import until

# Curves


def series(*points: tuple[float, float | None], breaks: tuple[float, ...] = ()) -> Series:
    return Series(title="best", x="<chocolate>", y="objective", points=points, breaks=breaks)


def test_a_curve_has_a_dot_for_each_solution_and_a_gap_where_there_is_none() -> None:
    drawn = curve(series((0, 1), (1, 2), (2, None), (3, 4), (4, 5)))
    assert drawn.count("<circle") == 4
    assert drawn.count('class="curve"') == 2


def test_a_curve_without_any_solution_is_not_drawn() -> None:
    assert curve(series((0, None), (1, None))) == ""


def test_where_the_slope_changes_is_marked() -> None:
    drawn = curve(series((0, 1), (10, 2), breaks=(5.0,)))
    assert "what one more unit is worth changes at 5" in drawn


def test_words_in_a_curve_are_only_words() -> None:
    drawn = curve(series((0, 1), (1, 2)))
    assert "<chocolate>" not in drawn
    assert "&lt;chocolate&gt;" in drawn


@given(
    st.lists(
        st.tuples(
            st.floats(-1e9, 1e9, allow_nan=False), st.none() | st.floats(-1e9, 1e9, allow_nan=False)
        ),
        min_size=2,
        max_size=8,
    )
)
def test_every_dot_is_inside_the_picture(points: list[tuple[float, float | None]]) -> None:
    drawn = curve(series(*points))
    places = re.findall(r'<circle [^>]*cx="([-\d.]+)%" cy="([-\d.]+)"', drawn)
    assert len(places) == sum(y is not None for _, y in points)
    assert all(0 <= float(x) <= 100 and 0 <= float(y) <= 242 for x, y in places)


# Prose


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One sentence.", ["sentences"]),
        ("One.\n- an item\n- another\nAnd more.", ["sentences", "items", "sentences"]),
        ("name   tons\nWeir   120", ["columns"]),
        ("* 1 the problem\n  2 a change", ["columns"]),
        ("Here is it:\n\n  indented", ["sentences", "columns"]),
        ("", []),
    ],
)
def test_lines_are_taken_for_what_they_are(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in blocks(text)] == kinds


@given(st.text(alphabet="ab -*\n"))
def test_no_word_is_lost(text: str) -> None:
    words = [word for block in blocks(text) for line in block.lines for word in line.split()]
    said = [word for word in text.split() if word != "-"]
    assert [word for word in words if word != "-"] == said


# The desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with candy_session() as session:
        yield Desk(session, "plan")


def test_one_turn_waits_for_another(desk: Desk) -> None:
    desk.say("at most 30 gift boxes")
    with pytest.raises(Busy, match="a turn is being worked on"):
        desk.say("at most 20 gift boxes")
    desk.leave()
    desk.run()
    assert not desk.working
    assert [turn.said for turn in desk.view.turns[1:]] == ["at most 30 gift boxes"]


def test_what_is_looked_at_stays_as_it_was_until_the_turn_is_over(desk: Desk) -> None:
    before, news = desk.view, desk.news
    desk.say("at most 30 gift boxes")
    assert desk.working
    assert desk.view is before
    worker = Thread(target=desk.run)
    worker.start()
    until(lambda: not desk.working)
    assert desk.view is not before
    assert desk.news > news
    desk.leave()
    worker.join()


def test_browsers_are_told_the_words_that_come(desk: Desk) -> None:
    desk.say("at most 30 gift boxes")
    assert desk.live is not None
    desk.live.on_event(CallProgressed("reader", "m", 7, '{"kind": "limit", "words": "gift'))
    line = state(desk)["line"]
    assert isinstance(line, str)
    assert line.endswith("token 7) kind: limit, words: gift")


def test_a_turn_that_is_stopped_before_it_began_does_nothing(desk: Desk) -> None:
    desk.say("at most 30 gift boxes")
    desk.leave()
    desk.stop()
    desk.run()
    assert desk.note is not None
    assert desk.note.text == "Stopped. The session is as it was before this turn."
    assert len(desk.view.turns) == 1


def test_a_stop_reaches_no_later_turn(desk: Desk) -> None:
    desk.stop()
    desk.say("at most 30 gift boxes")
    desk.leave()
    desk.run()
    assert len(desk.view.turns) == 2
