"""What engines that are programs of their own write while they work: an objective, a bound.

CBC and GLPK tell no point before they end, so a kill loses it; what their log says is shown, and
the bound is kept. An engine whose log nobody has taught us to read tells nothing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from io import TextIOBase
from typing import Any

_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
NONE_YET = 1e49  # what CBC writes for a solution it does not have


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How one engine writes of a better objective and of its bound. Each pattern has the groups
    `objective` and `bound`, or one of the two. `minimizes`: the numbers are those of a minimization
    whatever the model asks for."""

    patterns: tuple[re.Pattern[str], ...]
    minimizes: bool = False


def _pattern(text: str) -> re.Pattern[str]:
    named = text.replace("<objective>", f"(?P<objective>{_NUMBER})")
    return re.compile(named.replace("<bound>", f"(?P<bound>{_NUMBER})"))


FORMATS = {
    "cbc": LogFormat(
        (
            # What "Reduced search" found it writes with the other sign.
            _pattern(r"^Cbc\d+I Integer solution of <objective> found by (?!Reduced search)"),
            _pattern(
                r"^Cbc\d+I After .* on tree, <objective> best solution, best possible <bound>"
            ),
            _pattern(r"best objective <objective> \(best possible <bound>\)"),
        ),
        minimizes=True,
    ),
    "glpk": LogFormat(
        (
            _pattern(r"^Solution found by heuristic: <objective>"),
            _pattern(r"^\+\s*\d+: mip =\s+<objective> [<>]=\s+<bound>"),
            _pattern(r"^\+\s*\d+: mip =\s+<objective> "),
            _pattern(r"^\+\s*\d+: mip =\s+not found yet [<>]=\s+<bound>"),
        )
    ),
}
"""By the name of the engine. Written by CBC 2.10 and GLPK 5.0."""


@dataclass
class LogReader(TextIOBase):
    """A stream that the log of an engine is written to; `on_numbers` gets the objectives and bounds
    of it as the model states them, None for what a line does not say."""

    layout: LogFormat
    maximize: bool
    on_numbers: Callable[[float | None, float | None], None]
    bound: float | None = field(default=None, init=False)
    _rest: str = field(default="", init=False)

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._read(line)
        return len(text)

    def _read(self, line: str) -> None:
        found = next(filter(None, (p.search(line) for p in self.layout.patterns)), None)
        if found is None:
            return
        objective, bound = (self._number(found, part) for part in ("objective", "bound"))
        if bound is not None:
            self.bound = bound
        self.on_numbers(objective, bound)

    def _number(self, found: re.Match[str], part: str) -> float | None:
        text = found.groupdict().get(part)
        if text is None or abs(float(text)) >= NONE_YET:
            return None
        return -float(text) if self.maximize and self.layout.minimizes else float(text)


def written_by_line(solver: Any) -> None:
    """Have the program that Pyomo's `solver` calls write its log line by line, which CBC does only
    for a terminal; nothing changes where there is no `stdbuf` (coreutils)."""
    stdbuf, plain = shutil.which("stdbuf"), solver.create_command_line
    if stdbuf is None:
        return

    def create_command_line(executable: str, files: list[str]) -> Any:
        command = plain(executable, files)
        command.cmd = [stdbuf, "-oL", *command.cmd]
        return command

    solver.create_command_line = create_command_line
