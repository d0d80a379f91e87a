"""What an LP or MPS file says beside its numbers: comments, which become titles and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_STANDS_FOR = re.compile(r"(\S+) stands for (['\"])(.*)\2")
_LABEL = re.compile(r"\s*([^\s:\\]+)\s*:")
_OURS = re.compile(r"written by optwright|x\(i,j\) stands for|the objective is negated", re.I)
_SECTIONS = re.compile(r"(max|min|subject to|st\b|s\.t\.|bounds|gen|bin|end|sos|semi)", re.I)


@dataclass(frozen=True, slots=True)
class Comments:
    """`names` maps a name in the file to the one it stands for, `rows` a label to what is said of
    it."""

    title: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)


def comments_of_lp(text: str) -> Comments:
    """A comment in the first line is the title; one right above a labelled row is its words."""
    rows, names = {}, {}
    title = above = ""
    begun = False
    for number, line in enumerate(text.splitlines()):
        bare = line.strip()
        if bare.startswith("\\"):
            comment = bare.strip("\\* ")
            if found := _STANDS_FOR.search(comment):
                names[found[1]] = found[3]
            elif comment and not _OURS.search(comment):
                title = comment if number == 0 else title
                above = comment if begun else ""
            continue
        if above and (label := _LABEL.match(line)):
            rows[label[1]] = above
        begun = begun or bool(_SECTIONS.match(bare))
        above = "" if bare else above
    return Comments(title, names, rows)


def comments_of_mps(text: str) -> Comments:
    """The name of the model, and what comments of ours say names stand for."""
    names, title = {}, ""
    for line in text.splitlines():
        if line.startswith("*"):
            if found := _STANDS_FOR.search(line):
                names[found[1]] = found[3]
        elif line.startswith("NAME"):
            title = " ".join(line.split()[1:2])
        elif line.strip():
            break
    return Comments("" if title == "optwright" else title, names)
