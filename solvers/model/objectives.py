"""What a program is after, as plain types: objectives, goals, and scenarios of what may happen."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]

if TYPE_CHECKING:
    Values: TypeAlias = float | dict[str, "Values"]
else:  # pydantic wants a name for a type that holds itself, mypy does not read this form of it
    Values = TypeAliasType("Values", float | dict[str, "Values"])


class Part(BaseModel):
    """Any part of a formulation: frozen, with no field but the stated ones, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Sense(StrEnum):
    """Whether an objective is to be low or high."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


class Measure(StrEnum):
    """What one number is made of an amount that differs from scenario to scenario."""

    EXPECTED = "expected"
    """The mean, each scenario with its probability."""
    WORST = "worst"
    """The largest where it is minimized, the smallest where it is maximized."""
    CVAR = "cvar"
    """Conditional value at risk: the mean of the worst share `1 - level` of what may happen."""


class Objective(Part):
    """`sense` of `expression`; `text` holds the words of the problem that say so.

    Where there are several, those of the smallest `priority` number come first; of equal priority
    each counts `weight` times. What comes later may worsen what was reached by `tolerance`, a share
    of it (0.05: 5 %), and `absolute_tolerance`, in its own unit.

    `forall` (`"s in S"`) states it once for each scenario, with `probability` (`"p[s]"`; equal ones
    where it is empty), and `measure` says what is made of these; `level` is of `cvar` alone.
    """

    sense: Sense
    expression: str
    unit: str = ""
    text: str = ""
    name: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$", max_length=64)
    weight: float = Field(default=1.0, ge=0)
    priority: int = Field(default=1, ge=1)
    tolerance: float = Field(default=0.0, ge=0)
    absolute_tolerance: float = Field(default=0.0, ge=0)
    forall: str = ""
    probability: str = ""
    measure: Measure = Measure.EXPECTED
    level: float = Field(default=0.95, ge=0, lt=1)


class Goal(Part):
    """`expression` should come to `target`, for each combination of `forall`. A unit below costs
    `under`, one above `over`; 0 where that side is welcome. Goals of one priority add up, with the
    objectives of that priority: `NAME_under` and `NAME_over` are decisions that hold how far each
    is missed."""

    name: Name
    expression: str
    target: str
    forall: str = ""
    under: float = Field(default=1.0, ge=0)
    over: float = Field(default=1.0, ge=0)
    priority: int = Field(default=1, ge=1)
    unit: str = ""
    text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _numbers_as_text(cls, data: Any) -> Any:
        target = data.get("target") if isinstance(data, dict) else None
        if isinstance(target, int | float) and not isinstance(target, bool):
            return {**data, "target": repr(target)}
        return data


class Scenario(Part):
    """One thing that may happen: parameters have these `values` (those that differ are enough), or
    `factors` times what they have otherwise. Without probabilities all are equally likely."""

    name: str = Field(min_length=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    values: dict[str, Values] = Field(default_factory=dict)
    factors: dict[str, float] = Field(default_factory=dict)


class Scenarios(Part):
    """Scenarios over one model. The decisions named in `later` are taken once it is known which of
    them it is, one for each; all others are taken before and hold in all. Every constraint holds in
    every scenario; objectives that differ between them are measured by `measure`."""

    cases: tuple[Scenario, ...] = Field(min_length=1)
    later: tuple[Name, ...] = ()
    measure: Measure = Measure.EXPECTED
    level: float = Field(default=0.95, ge=0, lt=1)
