"""The sentences of families: text with places for numbers and names.

    {budget:eur}              a number, with its unit
    {use[p,r]:h} {p}          a number at members, the name of a member
    <p in P|{p} needs {t[p]:h}>      said for each member, joined as a list: a, b and c
    <i, j in A;|{i} to {j}>   the same, joined with semicolons
    @atmost                   words with others of the same meaning (`synonyms`)
    [buys~gets~orders]        the same, written here

Nothing else is special. A template that names what the data has not raises `KeyError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"\{(\w+)(?:\[([^\]]*)\])?(?::(\w+))?\}")
_LOOP = re.compile(r"<([\w, ]+) in (\w+)(;?)\|")
_CHOICE = re.compile(r"\[([^\[\]]*~[^\[\]]*)\]")
_MACRO = re.compile(r"@([a-z]+)")


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Place:
    """`{name[indices]:unit}`."""

    name: str
    indices: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Choice:
    """Words of one meaning; the first are the usual ones."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class Loop:
    names: tuple[str, ...]
    over: str
    semicolons: bool
    body: tuple[Part, ...]


Part = Text | Place | Choice | Loop


def parse(template: str, synonyms: Mapping[str, tuple[str, ...]]) -> tuple[Part, ...]:
    """The parts of a template. `ValueError` where a loop does not end."""
    parts, rest = _parse(template, synonyms, inside=False)
    assert not rest
    return parts


def places(parts: tuple[Part, ...]) -> Iterator[Place]:
    """Every place in parts, those inside loops too."""
    for part in parts:
        if isinstance(part, Place):
            yield part
        elif isinstance(part, Loop):
            yield from places(part.body)


def _parse(
    text: str, synonyms: Mapping[str, tuple[str, ...]], *, inside: bool
) -> tuple[tuple[Part, ...], str]:
    parts: list[Part] = []
    while text:
        if inside and text[0] == ">":
            return tuple(parts), text[1:]
        if match := _PLACE.match(text):
            indices = tuple(i.strip() for i in (match[2] or "").split(",") if i.strip())
            parts.append(Place(match[1], indices, match[3] or ""))
        elif match := _LOOP.match(text):
            names = tuple(n.strip() for n in match[1].split(","))
            body, text = _parse(text[match.end() :], synonyms, inside=True)
            parts.append(Loop(names, match[2], bool(match[3]), body))
            continue
        elif match := _CHOICE.match(text):
            parts.append(Choice(tuple(match[1].split("~"))))
        elif (match := _MACRO.match(text)) and match[1] in synonyms:
            parts.append(Choice(synonyms[match[1]]))
        else:
            parts.append(Text(text[0]))
            text = text[1:]
            continue
        text = text[match.end() :]
    if inside:
        raise ValueError("a loop of a template does not end")
    return tuple(_joined(parts)), ""


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Neighbouring letters as one text."""
    said = ""
    for part in parts:
        if isinstance(part, Text):
            said += part.text
            continue
        if said:
            yield Text(said)
            said = ""
        yield part
    if said:
        yield Text(said)
