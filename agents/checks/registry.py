"""Every check by its name, and what was measured of each: how often it is wrong about a right
model, and what share of wrong ones it finds.

A check advises. It may keep an answer from being called verified only where it has raised no false
alarm on any right model of the corpus; the measurement is a file, `quality.json`, that
`python -m optwright.benchmarks.check_quality --write` makes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from optwright.agents.checks.check import Check, FunctionCheck
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.numbers import NumbersCheck
from optwright.agents.checks.rules import rules
from optwright.agents.checks.words import decisions, limits, numbers, objective
from optwright.agents.findings import Fault, Finding

LEAST_RIGHT = 300
"""On fewer right models than this, no false alarm says little."""

CHECKS: tuple[Check, ...] = (
    NumbersCheck(),
    FunctionCheck("numbers_unused", numbers.unused),
    FunctionCheck("numbers_invented", numbers.invented),
    FunctionCheck("limits", limits.faults),
    FunctionCheck("unstated", limits.unstated),
    FunctionCheck("integrality", decisions.integrality),
    FunctionCheck("objective", objective.objective),
    FunctionCheck("sense", objective.sense),
    *(rule.CHECK for rule in rules()),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a check: false alarms on right models, catches of wrong ones; and false
    alarms on right models elsewhere, whose texts are not ours to keep in the corpus."""

    alarms: int
    right: int
    caught: int
    wrong: int
    elsewhere: int = 0

    @property
    def recall(self) -> float:
        return self.caught / self.wrong if self.wrong else 0.0

    @property
    def precision(self) -> float | None:
        """Of what it flags, the share that is wrong, were one model in two wrong; None for a check
        that flags nothing."""
        alarms = self.alarms / self.right if self.right else 0.0
        return self.recall / (self.recall + alarms) if self.recall + alarms else None

    @property
    def may_refuse(self) -> bool:
        return self.alarms == self.elsewhere == 0 and self.right >= LEAST_RIGHT


UNMEASURED = Quality(0, 0, 0, 0)


@cache
def qualities() -> Mapping[str, Quality]:
    """What was measured, by check."""
    text = files(__package__).joinpath("quality.json").read_text(encoding="utf-8")
    return {name: Quality(**counts) for name, counts in json.loads(text)["checks"].items()}


def quality(name: str) -> Quality:
    """What was measured of a check; nothing of one that is new, which may not refuse then."""
    return qualities().get(name, UNMEASURED)


def found(
    context: CheckContext, checks: Iterable[Check] = CHECKS
) -> Iterator[tuple[Check, Finding]]:
    """Everything that the checks have against a formulation, each with the check that says it."""
    for check in checks:
        yield from ((check, finding) for finding in check.findings(context))


@cache
def refusing_faults() -> frozenset[Fault]:
    """The faults that keep an answer from being verified whoever stands behind it: what cannot be
    read, and what checks find that were never wrong about a right model."""
    found = (fault for name, fault in _FAULTS.items() if quality(name).may_refuse)
    return frozenset({Fault.UNREADABLE, *found})


_FAULTS = {
    "sense": Fault.SENSE,
    "integrality": Fault.INTEGRALITY,
    "unstated": Fault.UNSTATED,
    "numbers_unused": Fault.NUMBER_UNUSED,
    "numbers_invented": Fault.NUMBER_INVENTED,
    **{rule.CHECK.name: rule.FAULT for rule in rules() if hasattr(rule, "FAULT")},
}
"""The fault that a check finds, of those that find one kind and share it with no other."""


def refusals(context: CheckContext) -> tuple[Finding, ...]:
    """What checks say that were never wrong about a right model."""
    return tuple(f for check, f in found(context) if quality(check.name).may_refuse)
