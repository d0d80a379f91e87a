"""Speaking of rows and variables in the words of the problem they came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from optwright.solvers.language.rhs_attribution import stated_signs, stating_constraints
from optwright.solvers.language.stages import written_out
from optwright.solvers.model.formulation import (
    Formulation,
    Goal,
    Measure,
    Objective,
    Scenarios,
    Variable,
)

MOST_LISTED = 8
_NUMBERED = re.compile(r"(_\d+)+$")


@dataclass(frozen=True)
class Words:
    """The words a formulation has for its rows and variables; without one, their names."""

    formulation: Formulation | None = None

    def row(self, name: str) -> str:
        """`"a plant ships no more than it makes" for Lyon`; its name where there are no words."""
        text = " ".join(self._row_text(_family(name)).split())
        members = name.partition("[")[2].rstrip("]").replace(",", ", ")
        return f'"{text}"' + (f" for {members}" if members else "") if text else name

    def _row_text(self, family: str) -> str:
        """The words of a row; what logic was turned into has those of its constraint."""
        texts = self._row_texts
        return texts.get(family) or texts.get(_NUMBERED.sub("", family), "")

    def sign(self, name: str) -> int:
        """How the amount that a row's words state stands in its limit: 1, -1 where the limit is
        minus that, 0 where they state none. A row without words is told as it is."""
        family = _family(name)
        sign = self._signs.get(family, 1)
        return sign if self._row_texts.get(family) else sign or 1

    def variable(self, name: str) -> str:
        """`ship[Lyon,Paris] (boxes sent)`."""
        for variable in self.formulation.variables if self.formulation else ():
            if variable.name == _family(name) and variable.meaning:
                return f"{name} ({variable.meaning})"
        return name

    def objective(self) -> str:
        text = self.formulation.objective.text if self.formulation else ""
        return f'the objective ("{text}")' if text else "the objective"

    @cached_property
    def _signs(self) -> dict[str, int]:
        return stated_signs(self.formulation)

    @cached_property
    def _row_texts(self) -> dict[str, str]:
        stating = stating_constraints(self.formulation)
        return {row: constraint.text for row, constraint in stating.items()}


PLAIN = Words()


def words_or_name(name: str, words: str) -> str:
    """A part by its words where it has some: `"12000 grams of chocolate"`, else its name."""
    return f'"{" ".join(words.split())}"' if words.strip() else name


def _family(name: str) -> str:
    return name.partition("[")[0]


def number(value: float) -> str:
    """Six digits, as people write them: `1200`, `0.333333`, `1e+12`."""
    return f"{value + 0.0:.6g}"  # and never -0


def bound_texts(variable: Variable, written: Callable[[float], str] = number) -> tuple[str, str]:
    """The bounds of a variable as they are stated, numbers or expressions; empty for none."""
    sides = (
        (variable.lower, variable.lower_expression),
        (variable.upper, variable.upper_expression),
    )
    low, high = (text or ("" if value is None else written(value)) for value, text in sides)
    return low, high


def range_text(lower: float, upper: float) -> str:
    """What limits ask for: `at least 3`, `exactly 5`, `between 1 and 2`."""
    if lower == upper:
        return f"exactly {number(lower)}"
    if isfinite(lower) and isfinite(upper):
        return f"between {number(lower)} and {number(upper)}"
    return f"at least {number(lower)}" if isfinite(lower) else f"at most {number(upper)}"


def listed(items: Sequence[str]) -> list[str]:
    """The items, and past `MOST_LISTED` how many more there are."""
    if len(items) <= MOST_LISTED:
        return list(items)
    return [*items[:MOST_LISTED], f"... and {len(items) - MOST_LISTED} more"]


def importance(name: str, stated: Objective) -> str:
    """What an objective is among others: `cost, priority 1, weight 2, may lose 5 %`."""
    parts = [name, f"priority {stated.priority}"]
    if stated.weight != 1:
        parts.append(f"weight {number(stated.weight)}")
    if stated.tolerance:
        parts.append(f"may lose {number(100 * stated.tolerance)} %")
    if stated.absolute_tolerance:
        parts.append(f"may lose {number(stated.absolute_tolerance)} {stated.unit}".rstrip())
    return ", ".join(parts)


def goal_importance(goal: Goal) -> str:
    """What missing a goal costs: `hours, priority 1: 1 a unit below, 2 a unit above`."""
    sides = ((goal.under, "below"), (goal.over, "above"))
    costs = ", ".join(f"{number(weight)} a unit {side}" for weight, side in sides if weight)
    return f"{goal.name}, priority {goal.priority}: {costs}"


def measured(stated: Objective, scenarios: Scenarios | None = None) -> str:
    """What is made of an objective that differs between scenarios: `the mean over s in S`."""
    if not stated.forall and scenarios is None:
        return ""
    measure, level = stated.measure, stated.level
    if scenarios is not None and not stated.forall:
        measure, level = scenarios.measure, scenarios.level
    over = stated.forall or "all scenarios"
    if measure is Measure.CVAR:
        return f"the mean of the worst {number(100 * (1 - level))} % over {over}"
    return f"the {'worst' if measure is Measure.WORST else 'mean'} over {over}"


def scenario_words(scenarios: Scenarios) -> list[str]:
    """One line a scenario: `high (probability 0.3): demand 1.2 times`, then what is decided
    later."""
    lines = []
    for case in scenarios.cases:
        chance = 1 / len(scenarios.cases) if case.probability is None else case.probability
        changed = [f"{name} has values of its own" for name in case.values]
        changed += [f"{name} is {number(factor)} times" for name, factor in case.factors.items()]
        told = ", ".join(changed) or "everything as stated"
        lines.append(f"{case.name} (probability {number(chance)}): {told}")
    if scenarios.later:
        lines.append(f"decided once it is known which: {', '.join(scenarios.later)}")
    return lines


def stated_names(formulation: Formulation) -> frozenset[str]:
    """The names of its decisions, and of its rows as solvers know them, goals and scenarios
    included. What else a solver has was added to say the same linearly."""
    written = written_out(formulation)
    return frozenset((*(v.name for v in written.variables), *stating_constraints(written)))
