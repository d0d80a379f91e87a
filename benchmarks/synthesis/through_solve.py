"""Right models through the whole main path, answered by a script: each must come out right.

A scripted model gives the right reply to every request. What is answered otherwise, or refused, is
a fault of the path and not of a language model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from optwright.agents.problem import Problem as Told
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.benchmarks.synthesis.certificates import same
from optwright.benchmarks.synthesis.problems import Problem
from optwright.errors import OptwrightError
from optwright.serving.scripted import ScriptedModel


@dataclass
class Passed:
    """What became of the problems: `right`, or what went wrong, with an example of each."""

    counts: Counter[str] = field(default_factory=Counter)
    by_family: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problem: Problem, ending: str, detail: str = "") -> None:
        """Count one."""
        self.counts[ending] += 1
        self.by_family.setdefault(problem.family, Counter())[ending] += 1
        if ending != "right":
            self.examples.setdefault(ending, []).append(f"{problem.id}: {detail}")

    def __str__(self) -> str:
        lines = [f"{sum(self.counts.values())} right models through solve"]
        for ending, count in self.counts.most_common():
            lines.append(f"  {count} {ending}")
            lines += [f"      {e}" for e in self.examples.get(ending, [])[:5]]
        return "\n".join(lines)


NEEDLESS = "May some of it be left over?"


def through(
    problems: Iterable[Problem], passed: Passed | None = None, *, asking: bool = False
) -> Passed:
    """Put every problem through `solve` and compare with its certificate. With `asking` each reply
    also asks something that it does not need to know: a complete text is answered all the same."""
    passed = passed or Passed()
    for problem in problems:
        passed.add(problem, *_ended(problem, asking=asking))
    return passed


def _ended(problem: Problem, *, asking: bool) -> tuple[str, str]:
    reply = json.dumps({**problem.reply, **({"questions": [NEEDLESS]} if asking else {})})
    with TemporaryDirectory() as folder:
        files = []
        for name, text in problem.told.tables.items():
            files.append(Path(folder) / f"{name}.csv")
            files[-1].write_text(text, encoding="utf-8")
        try:
            told = Told.read(f"{problem.text}\n", files)
            solution = solve(told, model=ScriptedModel(lambda _: reply))
        except OptwrightError as error:
            return f"refused: {type(error).__name__}", str(error)
    return _compared(problem, solution)


def _compared(problem: Problem, solution: Solution) -> tuple[str, str]:
    certificate = problem.certificate
    if solution.status.value != certificate.status:
        why = "; ".join([*solution.questions, *solution.warnings, *solution.diagnosis])
        reasons = why or "; ".join(e.text for e in solution.evidence)
        return f"{solution.status.value} instead of {certificate.status}", reasons[:300]
    if not same(solution.objective, certificate.optimum, 1e-5):
        return "another optimum", f"{solution.objective} instead of {certificate.optimum}"
    return "right", ""
