"""How likely an answer is right, from what is known of it: a number, and what it rests on.

Each signal has counts of right and of wrong drafts that showed it, kept in `confidence.json` with
the commands that made them. A signal multiplies the odds by the ratio of its shares among right
and among wrong drafts, as if signals were independent; on the kept drafts that comes within a few
percent of what was counted (`benchmarks/README.md`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from optwright.agents.checks.plans.question import FAULTLESS, Reliability
from optwright.agents.checks.readers.gate import MOST_SHARED, MOST_WRONG


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of an answer. `forms` counts forms that differ and came to it, `drawn` all
    forms that were drawn; `held` says that a reader of this `reliability` judged all plans as the
    draft does, `few` that it was asked three."""

    clean: bool
    forms: int = 1
    drawn: int = 1
    held: bool = False
    few: bool = False
    reliability: Reliability = FAULTLESS


@dataclass(frozen=True, slots=True)
class Confidence:
    """`value` is between 0 and 1; `rests_on` names the signals, each with the factor by which it
    changes the odds."""

    value: float
    rests_on: tuple[tuple[str, float], ...]

    @property
    def named(self) -> tuple[str, ...]:
        """What it rests on, in words."""
        return tuple(f"{name} (x{factor:.2g})" for name, factor in self.rests_on)

    def __str__(self) -> str:
        return f"{self.value:.0%}: {', '.join(self.named)}"


def confidence(signals: Signals) -> Confidence:
    """The share of answers like this one that were right."""
    factors = tuple(_factors(signals))
    odds = 1.0
    for _, factor in factors:
        odds *= factor
    return Confidence(odds / (1 + odds), factors)


def threshold() -> float:
    """From which confidence on an answer may be called verified."""
    return float(_kept()["threshold"])


def _factors(signals: Signals) -> Iterator[tuple[str, float]]:
    right, wrong = _kept()["prior"]
    yield "a draft of the embedded model", right / wrong
    if signals.clean:
        yield "checks of words found nothing", _ratio("clean")
    else:
        yield "checks of words found something", _ratio("flagged")
    if signals.forms > 1:
        yield f"{signals.forms} forms agree", _ratio("agree")
    elif signals.drawn > 1:
        yield "no other form agrees", _ratio("alone")
    if signals.held:
        yield from _of_reader(signals)


def _of_reader(signals: Signals) -> Iterator[tuple[str, float]]:
    """Between a reader without errors and one at the gate's edge, by its own errors."""
    best = "held: three plans" if signals.few else "held"
    edge = "held at the edge"
    chance = min(signals.reliability.wrong / MOST_WRONG, 1.0)
    shared = min(signals.reliability.shared / MOST_SHARED, 1.0)
    right = (1 - chance) * _share(best, 0) + chance * min(_share(edge, 0), _share(best, 0))
    wrong = (1 - shared) * _share(best, 1) + shared * max(_share(edge, 1), _share(best, 1))
    asked = "three plans" if signals.few else "all plans"
    yield f"a reader judges {asked} as the model does", right / wrong


def _ratio(signal: str) -> float:
    return _share(signal, 0) / _share(signal, 1)


def _share(signal: str, which: int) -> float:
    """The share of right (0) or wrong (1) drafts that show a signal; one more of each was neither
    seen nor ruled out."""
    count, of = _kept()["signals"][signal][("right", "wrong")[which]]
    return float((count + 1) / (of + 2))


@cache
def _kept() -> Mapping[str, Any]:
    text = files(__package__).joinpath("confidence.json").read_text(encoding="utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content
