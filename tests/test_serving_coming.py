"""Replies while they come: what is told of them, and the pieces they come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.serving.coming import Coming
from optwright.serving.events import CallProgressed, Event, listening, watched, watching
from optwright.serving.pieces import data_of

KEY = "sk-abcdefghijklmnop1234"


def told(pieces: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tails that are told when there is time to tell after each piece."""
    monkeypatch.setattr("optwright.serving.coming._BETWEEN_S", 0.0)
    heard: list[Event] = []
    coming = Coming("critic", "m")
    with listening(heard.append):
        for tokens, piece in enumerate(pieces, 1):
            coming.more(piece, tokens)
    assert coming.text == "".join(pieces)
    return [event.tail for event in heard if isinstance(event, CallProgressed)]


def test_only_whole_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(["whe", "at and", " co", "rn "], monkeypatch) == [
        "",
        "wheat",
        "wheat and",
        "wheat and corn",
    ]


@pytest.mark.parametrize("size", [1, 5, 40])
def test_no_part_of_a_secret_is_told(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"the key is {KEY} " + "and so on " * 30
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    shown = told(pieces, monkeypatch)
    assert any("[redacted]" in tail for tail in shown)
    assert not any("sk-" in tail or KEY[-4:] in tail for tail in shown)


def test_pieces_that_come_at_once_are_told_once() -> None:
    heard: list[Event] = []
    coming = Coming("critic", "m")
    with listening(heard.append):
        for tokens in range(1, 51):
            coming.more("corn ", tokens)
    assert heard == [CallProgressed("critic", "m", 1, "corn")]
    assert coming.tokens == 50


def test_nobody_watches_who_does_not_listen() -> None:
    with watching():
        assert not watched()
        with listening(lambda event: None):
            assert watched()
    with listening(lambda event: None):
        assert not watched()


def read(chunks: list[bytes]) -> list[bytes]:
    async def came() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def data() -> list[bytes]:
        return [each async for each in data_of(came())]

    return asyncio.run(data())


@given(st.lists(st.text(), max_size=4), st.integers(1, 9), st.sampled_from(["\n", "\r\n"]))
def test_data_is_the_same_however_it_is_cut(said: list[str], size: int, ends: str) -> None:
    wanted = [json.dumps(text, ensure_ascii=False).encode("utf-8", "replace") for text in said]
    sent = b"".join(b"data: " + data + 2 * ends.encode() for data in wanted)
    assert read([sent[at : at + size] for at in range(0, len(sent), size)]) == wanted


def test_what_is_no_data_is_passed_over_and_the_last_line_needs_no_end() -> None:
    assert read([b": still here\nevent: x\ndata:1\n\n", b"id: 3\ndata: 2"]) == [b"1", b"2"]
