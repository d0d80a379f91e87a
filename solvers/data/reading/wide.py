"""Heads that are members of an index: months, days, years, places, numbered periods.

What they are is told by the heads themselves (a calendar, a count), by a text that stands over
them, or by the keys of the file's tables, which name the same things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import pairwise

from optwright.solvers.data.reading import dates
from optwright.solvers.data.reading.counting import YEARS, counts_on

_MONTHS = tuple(
    names.split()
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mär apr mai jun jul aug sep okt nov dez",
        "jan feb mrz apr mai jun jul aug sep okt nov dez",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "jan feb maa apr mei jun jul aug sep okt nov dec",
    )
)
_WEEKDAYS = tuple(
    names.split()
    for names in (
        "mon tue wed thu fri sat sun",
        "mo di mi do fr sa so",
        "lun mar mer jeu ven sam dim",
        "lun mar mié jue vie sáb dom",
        "lun mar mer gio ven sab dom",
        "seg ter qua qui sex sáb dom",
        "ma di wo do vr za zo",
    )
)
"""How names of months and days of the week begin, in seven languages."""

_QUARTER = re.compile(r"[QT][1-4](?:[ /-]?(?:\d{4}|\d\d))?|(?:\d{4}|\d\d)[ /-]?[QT][1-4]", re.I)
_YEAR_MONTH = re.compile(r"\d{4}[-/.](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-/.]\d{4}")
_NUMBERED = re.compile(r"(?P<word>[^\W\d_][^\d]*?)[ ._-]?(?P<number>\d{1,4})")
_DATED = re.compile(r"(?P<word>[^\W\d_]+)\.?[ '’/-]*(?:\d{4}|\d\d)?")
_LONGEST_MONTH = 10


def kind_of(heads: Sequence[str]) -> str:
    """What some heads are members of: `month`, `weekday`, `year`, `quarter`, `day`, the word before
    their numbers (`week`), `number`; empty where they do not say.

    >>> kind_of(["Jan", "Feb", "Mär"]), kind_of(["W 1", "W 2", "W 3"]), kind_of(["cost", "price"])
    ('month', 'w', '')
    """
    if len(heads) < 2 or len(set(heads)) < len(heads):
        return ""
    if all(map(_QUARTER.fullmatch, heads)):
        return "quarter"
    if all(map(_YEAR_MONTH.fullmatch, heads)) or _are_named(heads, _MONTHS):
        return "month"
    if _are_named(heads, _WEEKDAYS):
        return "weekday"
    if all(dates.parse(head) is not None for head in heads):
        return "day"
    if all(h.isdecimal() and int(h) in YEARS for h in heads):
        return "year"
    if len(heads) > 2 and counts_on(heads):
        return "number"
    return _numbered(heads)


def _are_named(heads: Sequence[str], languages: Sequence[Sequence[str]]) -> bool:
    """Whether each head begins as a name of one language does, in the order of the calendar."""
    words = [found["word"].casefold() if (found := _DATED.fullmatch(h)) else "" for h in heads]
    if not all(words) or any(len(word) > _LONGEST_MONTH for word in words):
        return False
    for names in languages:
        places = [
            next((at for at, name in enumerate(names) if word.startswith(name)), None)
            for word in words
        ]
        steps = [
            (b - a) % len(names) for a, b in pairwise(places) if a is not None and b is not None
        ]
        if None not in places and (set(steps) == {1} or (len(heads) > 2 and 0 not in steps)):
            return True
    return False


def _numbered(heads: Sequence[str]) -> str:
    found = [_NUMBERED.fullmatch(head) for head in heads]
    words = {f["word"].strip().casefold() for f in found if f is not None}
    if None in found or len(words) != 1:
        return ""
    numbers = [f["number"] for f in found if f is not None]
    steps = {int(b) - int(a) for a, b in pairwise(numbers)}
    # Of two, `cost1` and `cost2` may as well be two things.
    return words.pop() if steps == {1} and len(heads) > 2 else ""


def runs(heads: Sequence[str], values: Sequence[bool], members: Set[str]) -> tuple[list[int], str]:
    """The places of the heads that are an index, and what it may be called; nothing where none
    are. `values` says which columns hold values; `members` are keys of the file's tables."""
    places = [at for at, is_value in enumerate(values) if is_value]
    for first in range(len(places)):
        if first and places[first] == places[first - 1] + 1 and first > 1:
            break  # an index begins at the first value, or behind one or two attributes
        run = places[first:]
        for last in range(len(run), 1, -1):
            kind = kind_of([heads[at] for at in run[:last]])
            if kind:
                return run[:last], kind
    known = [at for at in places if heads[at] in members]
    if len(known) > 1 and 3 * len(known) >= 2 * len(places):
        return known, ""
    return [], ""


def months_between(heads: Sequence[str], values: Sequence[bool]) -> tuple[list[int], str]:
    """The places of months, days or weeks among which others stand (quarters, sums of a half)."""
    places = [at for at, is_value in enumerate(values) if is_value]
    for names, kind in ((_MONTHS, "month"), (_WEEKDAYS, "weekday")):
        own = [at for at in places if _are_named([heads[at], heads[at]], names)
               or any(heads[at].casefold().startswith(n) for n in names[0])]  # fmt: skip
        if len(own) > 2 and _are_named([heads[at] for at in own], names):
            return own, kind
    return [], ""
