"""The ten styles in which a problem is told, and the four places for its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from optwright.errors import InputError


class Layout(StrEnum):
    PLAIN = "plain"
    LETTER = "letter"
    CHAT = "chat"
    BULLETS = "bullets"


class Where(StrEnum):
    """Where figures are: in the text, in a table with a figure a row, in one with a column for each
    kind, or in a sheet as people have it, with a heading, units, blanks and a row of totals."""

    TEXT = "text"
    LONG = "long"
    WIDE = "wide"
    MESSY = "messy"


@dataclass(frozen=True)
class Style:
    name: str
    layout: Layout = Layout.PLAIN
    noise: bool = False
    smaller_units: bool = False
    synonyms: bool = False
    number_words: bool = False
    shuffled: bool = False
    table: bool = False


@dataclass(frozen=True)
class Manner:
    """How a problem is told; `language` is its place in `family.LANGUAGES`."""

    style: Style
    language: int = 0
    where: Where = Where.TEXT


STYLES: Mapping[str, Style] = {
    style.name: style
    for style in (
        Style("plain"),
        Style("letter", layout=Layout.LETTER),
        Style("chat", layout=Layout.CHAT),
        Style("bullets", layout=Layout.BULLETS),
        Style("noise", noise=True),
        Style("units", smaller_units=True),
        Style("synonyms", synonyms=True),
        Style("words", number_words=True),
        Style("shuffled", shuffled=True),
        Style("table", table=True),
    )
}


def style_named(name: str) -> Style:
    """The style of that name; `InputError` says which there are."""
    if name not in STYLES:
        raise InputError(f"there is no style {name!r}", hint=f"there are {', '.join(STYLES)}")
    return STYLES[name]
