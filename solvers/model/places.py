"""Where in a text something stands, and the line with a caret under it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHOWN = 72  # characters of a line


@dataclass(frozen=True, slots=True)
class Place:
    """The characters of `text` from `start` up to `end`."""

    text: str
    start: int
    end: int

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """Counted from 1."""
        return self.start - self.text.rfind("\n", 0, self.start)

    @property
    def excerpt(self) -> str:
        """The line it begins on and carets under it, with what is far from it left out."""
        begin = self.text.rfind("\n", 0, self.start) + 1
        line = self.text[begin:].partition("\n")[0].replace("\t", " ").rstrip("\r")
        first = self.start - begin
        last = min(max(self.end - begin, first + 1), max(len(line), first + 1))
        cut = max(0, min(first - MOST_SHOWN // 2, len(line) - MOST_SHOWN))
        left = "..." if cut else ""
        right = "..." if cut + MOST_SHOWN < len(line) else ""
        shown = f"{left}{line[cut : cut + MOST_SHOWN]}{right}"
        carets = "^" * min(last - first, cut + MOST_SHOWN - first)
        return f"{shown}\n{' ' * (len(left) + first - cut)}{carets or '^'}"

    def __str__(self) -> str:
        place = f"column {self.column}"
        return f"line {self.line}, {place}" if "\n" in self.text else place
