"""How a search runs, from the options a user gives by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optwright.errors import FormulationError
from optwright.solvers.backends.alns.bandit import BANDITS
from optwright.solvers.backends.alns.operators import OPERATORS

_OWN = ("bandit", "iterations", "nodes", "operators", "seconds")


@dataclass(frozen=True, slots=True)
class Settings:
    """`iterations` ends the search after so many neighbourhoods, each cut off by `nodes` and not by
    time, so that the same seed finds the same points; without it time ends it. `seconds` is the
    most for one neighbourhood, None for 3 % of the time limit. `rest` are options of HiGHS, for the
    plain solve beside the search."""

    bandit: str = "thompson"
    iterations: int | None = None
    nodes: int = 500
    operators: tuple[str, ...] = tuple(OPERATORS)
    seconds: float | None = None
    rest: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Settings:
        """From `--solver-option NAME=VALUE`s; `FormulationError` for values that are none."""
        own = {name: given[name] for name in _OWN if name in given}
        bandit = own.get("bandit", "thompson")
        if bandit not in BANDITS:
            raise FormulationError(f"there is no bandit {bandit!r}; there are {', '.join(BANDITS)}")
        named = own.get("operators", ",".join(OPERATORS))
        operators = tuple(filter(None, (name.strip() for name in named.split(","))))
        if unknown := [name for name in operators if name not in OPERATORS]:
            raise FormulationError(
                f"there is no operator {unknown[0]!r}; there are {', '.join(OPERATORS)}"
            )
        return cls(
            bandit=bandit,
            iterations=None if "iterations" not in own else _count(own, "iterations"),
            nodes=_count(own, "nodes") if "nodes" in own else 500,
            operators=operators or tuple(OPERATORS),
            seconds=_seconds(own) if "seconds" in own else None,
            rest={name: value for name, value in given.items() if name not in _OWN},
        )


def _count(own: Mapping[str, str], name: str) -> int:
    try:
        value = int(own[name])
    except ValueError:
        value = 0
    if value < 1:
        raise FormulationError(
            f"alns: {name} is {own[name]!r}, and has to be a whole number from 1 up"
        )
    return value


def _seconds(own: Mapping[str, str]) -> float:
    try:
        value = float(own["seconds"])
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise FormulationError(f"alns: seconds is {own['seconds']!r}, and has to be above 0")
    return value
