"""What an LP or MPS file says beside its numbers: comments, which become titles and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_STANDS_FOR = re.compile(r"(\S+) stands for (['\"])(.*)\2")
_LABEL = re.compile(r"\s*([^\s:\\]+)\s*:")
_OURS = re.compile(r"written by optwright|x\(i,j\) stands for|the objective is negated", re.I)
_BY_PROGRAMS = re.compile(r"ENCODING=|LP format - |Objective sense|File written|Generated ", re.I)
_NAMED = re.compile(r"(?:Problem name|Source Pyomo model name|Model(?= \S+$))\s*[:=]?\s*(.*)", re.I)
_SECTIONS = re.compile(r"(max|min|subject to|st\b|s\.t\.|bounds|gen|bin|end|sos|semi)", re.I)


@dataclass(frozen=True, slots=True)
class Comments:
    """`names` maps a name in the file to the one it stands for, `rows` a label to what is said of
    it."""

    title: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)


def comments_of_lp(text: str) -> Comments:
    """The first comment before the model is its title; one right above a labelled row, or behind it
    on its line, is its words."""
    rows, names = {}, {}
    title = above = ""
    begun = False
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("\\"):
            comment = bare.strip("\\* ")
            if found := _STANDS_FOR.search(comment):
                names[found[1]] = found[3]
            elif comment and not _OURS.search(comment):
                title = title if begun or title else _titled(comment)
                above = comment if begun else ""
            continue
        code, _, behind = line.partition("\\")
        if (label := _LABEL.match(code)) and (words := behind.strip() or above):
            rows[label[1]] = words
        begun = begun or bool(_SECTIONS.match(bare))
        above = "" if bare else above
    return Comments(title, names, rows)


def _titled(comment: str) -> str:
    """The title in a comment; what programs write about the file itself is none."""
    if _BY_PROGRAMS.match(comment):
        return ""
    name = _NAMED.fullmatch(comment)
    return comment if name is None else name[1].removeprefix("unknown")


def comments_of_mps(text: str) -> Comments:
    """The name of the model, what comments of ours say names stand for, and comments right above
    the line of a row in `ROWS`."""
    names, rows = {}, {}
    title = above = section = ""
    for line in text.splitlines():
        if line.startswith("*"):
            comment = line.strip("* \t")
            if found := _STANDS_FOR.search(comment):
                names[found[1]] = found[3]
            else:
                above = "" if _OURS.search(comment) else comment
        elif line[:1].strip():
            section, _, rest = line.partition(" ")
            title = rest.strip() if section == "NAME" else title
            above = ""
            if section == "COLUMNS":
                break
        elif line.strip():
            if above and section == "ROWS":
                rows[line.strip()[1:].strip()] = above
            above = ""
    return Comments("" if title == "optwright" else title, names, rows)
