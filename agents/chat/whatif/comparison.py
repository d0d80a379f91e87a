"""Scenarios side by side, and their figures as they are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from optwright.agents.chat.labels import objective_words
from optwright.agents.chat.reply import Grid
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.render import number
from optwright.solvers.model.outcome import Status

MOST_ROWS = 24
NEAR = 1e-6


def comparison(scenarios: Sequence[Scenario]) -> tuple[Grid, ...]:
    """Status, objective and every decision that differs, scenarios side by side."""
    head = ("", *(s.name for s in scenarios))
    rows: list[tuple[str | float | None, ...]] = [
        (objective_words(scenarios[0].program), *(ended(s) for s in scenarios))
    ]
    rows += _objectives(scenarios)
    decisions = list(_differing([s.outcome.values for s in scenarios]))
    rows += decisions[:MOST_ROWS]
    if len(decisions) > MOST_ROWS:
        rows.append((f"and {len(decisions) - MOST_ROWS} more", *("" for _ in scenarios)))
    return (Grid(title="side by side", head=head, rows=tuple(rows)),)


def _objectives(scenarios: Sequence[Scenario]) -> Iterator[tuple[str | float | None, ...]]:
    """What each objective and goal comes to, where there are several."""
    reached = [
        {r.name: r.value for r in s.outcome.reached if r.kind != "scenario"} for s in scenarios
    ]
    names = dict.fromkeys(name for each in reached for name in each)
    for name in names if len(names) > 1 else ():
        values = [each.get(name) for each in reached]
        yield (name, *(None if v is None else plain(v) for v in values))


def _differing(
    values: Sequence[Mapping[str, float]],
) -> Iterator[tuple[str | float | None, ...]]:
    names = dict.fromkeys(name for scenario in values for name in scenario)
    for name in names:
        row = [scenario.get(name) for scenario in values]
        first = row[0]
        if any(
            x is not first and (x is None or first is None or not is_same(x, first)) for x in row
        ):
            yield (name, *(None if x is None else plain(x) for x in row))


def plain(value: float) -> float:
    """A number without the dust of computing it."""
    return float(f"{value:.10g}") + 0.0


def is_same(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= NEAR * max(1.0, abs(a), abs(b))


def ended(scenario: Scenario, exact: bool = True) -> str | float:
    if scenario.objective is not None:
        return plain(scenario.objective) if exact else number(scenario.objective)
    return {
        Status.INFEASIBLE: "no solution",
        Status.UNBOUNDED: "no end to it",
        Status.INFEASIBLE_OR_UNBOUNDED: "no best solution",
        Status.TIME_LIMIT: "time ran out",
    }.get(scenario.outcome.status, "not solved")
