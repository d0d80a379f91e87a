"""What one solver run ended in. Statuses are ours; every adapter maps its own onto them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    """How a run ended. Nothing unknown becomes `OPTIMAL`, nothing non-finite either."""

    OPTIMAL = "optimal"
    """A solution within the gap asked for, and the proof that none is better."""
    FEASIBLE = "feasible"
    """A solution, without that proof."""
    INFEASIBLE = "infeasible"
    """Proven: no solution keeps every limit."""
    UNBOUNDED = "unbounded"
    """Proven: the objective improves without end."""
    INFEASIBLE_OR_UNBOUNDED = "infeasible_or_unbounded"
    """Proven: one of the two, the solver did not say which."""
    TIME_LIMIT = "time_limit"
    """Time ran out before any solution was found."""
    ASKED = "asked"
    """No solver ends in it: a question stands that has to be answered before there is a model."""
    ERROR = "error"
    """The solver failed or said something we do not know; `message` says what."""

    @property
    def has_solution(self) -> bool:
        return self in (Status.OPTIMAL, Status.FEASIBLE)


@dataclass(frozen=True, slots=True)
class Reached:
    """What one objective, goal or scenario comes to at the point of an outcome.

    `best` is what its stage came to before later ones were sought, None for one that shares its
    stage. For a goal `value` is what its misses cost; for a scenario what the objective would be.
    """

    name: str
    value: float
    kind: Literal["objective", "goal", "scenario"] = "objective"
    maximize: bool = False
    priority: int = 1
    weight: float = 1.0
    best: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one solver run ended in; `objective` is None unless a feasible point was found.

    Elements are named as a reader writes them: `x`, `ship[Lyon,Paris]`.
    Duals are the change of the objective per unit of right-hand side, as the model states it
    (so for a maximization, one more unit of a scarce resource has a positive dual); they are
    empty for models with integers.
    """

    status: Status
    objective: float | None = None
    bound: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    duals: Mapping[str, float] = field(default_factory=dict)
    reduced_costs: Mapping[str, float] = field(default_factory=dict)
    slacks: Mapping[str, float] = field(default_factory=dict)
    """Distance of each row to its nearest limit, never negative beyond the tolerance."""
    seconds: float = 0.0
    solver: str = ""
    """Name and version, as in `highs 1.15.1`."""
    message: str = ""
    reached: tuple[Reached, ...] = ()
    """Each objective, goal and scenario of a model that has several: `objective` is then the
    weighted sum of those of the first priority."""
    interrupted: bool = False
    """Whether the user ended it (Ctrl-C); the point is the best there was."""

    @property
    def gap(self) -> float | None:
        """How far the objective may be from the optimum, as a share of it (of 1 for smaller
        ones): 0.02 is 2 %. None without an objective or a bound."""
        return _gap(self.objective, self.bound)

    def plain(self) -> Outcome:
        """The same with dictionaries: of a large model the numbers are an array until somebody
        asks for a name, and JSON does."""
        return replace(
            self,
            values=dict(self.values),
            duals=dict(self.duals),
            reduced_costs=dict(self.reduced_costs),
            slacks=dict(self.slacks),
        )


def _gap(objective: float | None, bound: float | None) -> float | None:
    if objective is None or bound is None:
        return None
    return abs(bound - objective) / max(abs(objective), 1.0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a solve has come after `seconds`: the best objective so far and what none can beat,
    None while there is none."""

    seconds: float
    objective: float | None = None
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """As `Outcome.gap`."""
        return _gap(self.objective, self.bound)


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """A plan, and what each objective comes to with it."""

    objectives: Mapping[str, float]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Pareto:
    """The trade-off between objectives: points of which none is better in one without being worse
    in another, from the best of the first objective on.

    `status` is optimal where every program of the sweep was solved to its end, feasible where some
    were not (`message` says how many), and that of the first program where this has no point.
    """

    names: tuple[str, ...]
    maximize: tuple[bool, ...]
    points: tuple[ParetoPoint, ...] = ()
    status: Status = Status.OPTIMAL
    message: str = ""
    seconds: float = 0.0

    def table(self) -> list[tuple[float, ...]]:
        """One row a point, one column an objective."""
        return [tuple(point.objectives[name] for name in self.names) for point in self.points]


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How to run a solver. `time_limit_s` is the solver's own limit, backed by an outer kill.

    `mip_gap` is relative, 1e-6 by default. `start` is a plan to begin with, values by element, as
    `Outcome.values` has them; what is not named is left to the solver. `engine` are options of the
    solver that runs, by its own names and as texts: `{"mip_heuristic_effort": "0.2"}`.
    """

    time_limit_s: float = 60.0
    mip_gap: float = 1e-6  # HiGHS stops at 1e-4 by default, looser than published optima
    threads: int = 1
    seed: int = 0
    start: Mapping[str, float] = field(default_factory=dict, hash=False)
    engine: Mapping[str, str] = field(default_factory=dict, hash=False)


DEFAULT_OPTIONS = SolveOptions()
