"""Several objectives as programs with one objective each.

Objectives of one priority are one stage: their weighted sum. Stages are solved in turn, and each
keeps what those before it have reached, up to their tolerances (lexicographic). Goals, scenarios
and measures are written out first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from optwright.solvers.language import expressions as ex
from optwright.solvers.language.goals import (
    added,
    objective_names,
    seeks_nothing,
    without_goals,
    without_measures,
)
from optwright.solvers.language.inline_sets import with_named_sets
from optwright.solvers.language.members import without_members
from optwright.solvers.language.scenarios import without_scenarios
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    Measure,
    Objective,
    Sense,
    Variable,
)

SLACK = 1e-9
"""What a stage may lose of what an earlier one reached beyond its tolerance, as a share of it: the
rounding of a sum, far below what a solver takes for equal."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Objectives of one priority, as the single one that is sought for them."""

    priority: int
    names: tuple[str, ...]
    stated: tuple[Objective, ...]
    objective: Objective

    @property
    def tolerance(self) -> float:
        """The share that later stages may worsen it by: the smallest of its objectives."""
        return min(o.tolerance for o in self.stated)

    @property
    def absolute_tolerance(self) -> float:
        return min(o.absolute_tolerance for o in self.stated)

    def worst_kept(self, reached: float) -> float:
        """The value that later stages have to keep to."""
        share = max(self.tolerance, SLACK) * max(abs(reached), SLACK)
        room = max(share, self.absolute_tolerance, SLACK)
        return reached + room if self.objective.sense is Sense.MINIMIZE else reached - room


def is_plain(formulation: Formulation) -> bool:
    """Whether there is one objective, and no goals, scenarios or measures."""
    several = formulation.further_objectives or formulation.goals or formulation.scenarios
    stated = formulation.objective
    over = stated.forall or stated.probability or stated.measure is not Measure.EXPECTED
    return not (several or over or any(v.member_of for v in formulation.variables))


def written_out(formulation: Formulation) -> Formulation:
    """The formulation with goals, scenarios and measures as decisions, rows and plain objectives;
    itself where it has none. Raises `FormulationError` where that cannot be done."""
    if not (
        formulation.goals
        or formulation.scenarios
        or any(v.member_of for v in formulation.variables)
        or any(o.forall for o in formulation.objectives)
    ):
        return formulation
    formulation = with_named_sets(formulation)
    return without_measures(without_scenarios(without_goals(without_members(formulation))))


def stages(formulation: Formulation) -> tuple[Stage, ...]:
    """The stages of a formulation that is written out, in the order they are solved."""
    named = list(zip(objective_names(formulation), formulation.objectives, strict=True))
    sought = [(name, o) for name, o in named if not seeks_nothing(o)] or named[:1]
    priorities = sorted({o.priority for _, o in sought})
    return tuple(
        _stage(priority, [(n, o) for n, o in sought if o.priority == priority])
        for priority in priorities
    )


def sense_of(formulation: Formulation) -> Sense:
    """Whether `Outcome.objective` is maximized: of several objectives it is the weighted sum of the
    first priority, which is minimized where their senses differ."""
    if is_plain(formulation):
        return formulation.objective.sense
    return stages(written_out(formulation))[0].objective.sense


def _stage(priority: int, parts: Sequence[tuple[str, Objective]]) -> Stage:
    names = tuple(name for name, _ in parts)
    stated = tuple(o for _, o in parts)
    return Stage(priority, names, stated, blended(stated))


def blended(objectives: Sequence[Objective]) -> Objective:
    """One objective that is the weighted sum; minimized where senses differ, with those that are
    maximized negative. One alone is itself, whatever its weight."""
    if len(objectives) == 1:
        return objectives[0]
    senses = {o.sense for o in objectives}
    sense = senses.pop() if len(senses) == 1 else Sense.MINIMIZE
    terms = [_weighted(o, sense) for o in objectives if o.weight]
    units = {o.unit for o in objectives}
    return Objective(
        sense=sense,
        expression=ex.to_text(added(terms)),
        unit=units.pop() if len(units) == 1 else "",
        text="; ".join(filter(None, (o.text for o in objectives))),
    )


def _weighted(stated: Objective, sense: Sense) -> ex.Expr:
    node = ex.parse(stated.expression)
    if stated.weight != 1:
        node = ex.Binary("*", ex.Number(stated.weight), node)
    return node if stated.sense is sense else ex.Negate(node)


def single(formulation: Formulation) -> Formulation:
    """The formulation with the first stage's objective alone: what is lowered and exported."""
    if is_plain(formulation):
        return formulation
    written = written_out(formulation)
    return with_objective(written, stages(written)[0].objective)


def with_objective(
    written: Formulation, objective: Objective, kept: Sequence[tuple[Objective, float]] = ()
) -> Formulation:
    """A formulation that is written out with this objective alone, and a row for each objective of
    `kept` that keeps it no worse than the number beside it."""
    rows = [
        Constraint(name=_free_row(written, place), expression=_no_worse(stated, limit))
        for place, (stated, limit) in enumerate(kept, 1)
    ]
    return written.model_copy(
        update={
            "objective": objective.model_copy(update={"priority": 1, "weight": 1.0}),
            "further_objectives": (),
            "constraints": (*written.constraints, *rows),
        }
    )


def joint(formulation: Formulation) -> tuple[Formulation, tuple[str, ...]]:
    """One formulation that holds every stage, and the names of the decisions that are the stages:
    a free one each that is no better than what its stage comes to. The first is its objective."""
    written = written_out(formulation)
    found = stages(written)
    taken = {*(v.name for v in written.variables), *(p.name for p in written.parameters)}
    names = tuple(_free_of(taken, f"stage_{k}") for k in range(1, len(found) + 1))
    rows = {c.name for c in written.constraints}
    reaching = []
    for name, stage in zip(names, found, strict=True):
        operator: ex.Operator = ">=" if stage.objective.sense is Sense.MINIMIZE else "<="
        row = ex.Comparison(operator, ex.Ref(name), ex.parse(stage.objective.expression))
        reaching.append(
            Constraint(name=_free_of(rows, f"reaches_{name}"), expression=ex.to_text(row))
        )
    first = found[0].objective.model_copy(
        update={"expression": names[0], "priority": 1, "weight": 1.0}
    )
    whole = written.model_copy(
        update={
            "objective": first,
            "further_objectives": (),
            "variables": (
                *written.variables,
                *(
                    Variable(name=name, lower=None, meaning=" and ".join(stage.names))
                    for name, stage in zip(names, found, strict=True)
                ),
            ),
            "constraints": (*written.constraints, *reaching),
        }
    )
    return whole, names


def _free_of(taken: Collection[str], name: str) -> str:
    while name in taken:
        name += "_"
    return name


def _no_worse(stated: Objective, limit: float) -> str:
    side: ex.Expr = ex.Number(abs(limit))
    if limit < 0:
        side = ex.Negate(side)
    left = ex.parse(stated.expression)
    if stated.sense is Sense.MINIMIZE:
        return ex.to_text(ex.Comparison("<=", left, side))
    return ex.to_text(ex.Comparison(">=", left, side))


def _free_row(formulation: Formulation, place: int) -> str:
    return _free_of({c.name for c in formulation.constraints}, f"keeps_objective_{place}")
