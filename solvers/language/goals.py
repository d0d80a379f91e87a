"""Goals and measured objectives written out: decisions, rows and objectives that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from optwright.solvers.language import expressions as ex
from optwright.solvers.language.differing import differing
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    Goal,
    Measure,
    Objective,
    Scenarios,
    Sense,
    Variable,
)


def objective_names(formulation: Formulation) -> tuple[str, ...]:
    """What each objective is called: its name, or `objective`, `objective_2`, ... by its place."""
    names = list[str]()
    for place, stated in enumerate(formulation.objectives, 1):
        names.append(stated.name or ("objective" if place == 1 else f"objective_{place}"))
    return tuple(names)


def seeks_nothing(stated: Objective) -> bool:
    """Whether it stands only because a formulation has an objective: goals alone are sought."""
    return not (stated.name or stated.text) and stated.expression.strip() in ("0", "0.0")


def without_goals(formulation: Formulation) -> Formulation:
    """The formulation with a row and two deviations for each goal, and an objective of them. Where
    a goal differs between scenarios, so does how far it is missed."""
    if not formulation.goals:
        return formulation
    variables = [v for goal in formulation.goals for v in deviations(goal)]
    kept = [o for o in formulation.objectives if not seeks_nothing(o)]
    objectives = (*kept, *map(_penalty, formulation.goals))
    return formulation.model_copy(
        update={
            "variables": (*formulation.variables, *variables),
            "constraints": (*formulation.constraints, *map(_row, formulation.goals)),
            "objective": objectives[0],
            "further_objectives": objectives[1:],
            "goals": (),
            "scenarios": _with_missed(formulation),
        }
    )


def _with_missed(formulation: Formulation) -> Scenarios | None:
    """The scenarios, with the deviations that are known only once it is known which it is."""
    scenarios, differ = formulation.scenarios, differing(formulation)
    if scenarios is None:
        return None
    missed = (
        variable.name
        for goal in formulation.goals
        for variable in deviations(goal)
        if not differ.isdisjoint(_used(goal))
    )
    later = tuple(dict.fromkeys((*scenarios.later, *missed)))
    return scenarios.model_copy(update={"later": later})


def _used(goal: Goal) -> frozenset[str]:
    amounts = ex.names(ex.parse(goal.expression)) | ex.names(ex.parse(goal.target))
    return amounts | ex.names(ex.parse_forall(goal.forall))


def deviations(goal: Goal) -> Iterator[Variable]:
    """The decisions that hold how far a goal is missed, below and above."""
    for side, words in (("under", "falls short of"), ("over", "goes beyond")):
        # Not validated: a check asks for them before what a loop writes as its set has a name.
        yield Variable.model_construct(
            name=f"{goal.name}_{side}",
            forall=goal.forall,
            indices=tuple(_sets(goal.forall)),
            unit=goal.unit,
            meaning=f"by how much {goal.name} {words} its target",
        )


def _sets(forall: str) -> Iterator[str]:
    for generator in ex.parse_forall(forall).generators:
        yield generator.set


def _row(goal: Goal) -> Constraint:
    at = _indices(goal.forall)
    under, over = ex.Ref(f"{goal.name}_under", at), ex.Ref(f"{goal.name}_over", at)
    amount = ex.Add((ex.parse(goal.expression), under, ex.Negate(over)))
    row = ex.Comparison("==", amount, ex.parse(goal.target))
    return Constraint(
        name=goal.name, expression=ex.to_text(row), forall=goal.forall, text=goal.text
    )


def _penalty(goal: Goal) -> Objective:
    at = _indices(goal.forall)
    sides = [
        _times(weight, ex.Ref(f"{goal.name}_{side}", at))
        for side, weight in (("under", goal.under), ("over", goal.over))
        if weight
    ]
    missed = added(sides)
    generators = ex.parse_forall(goal.forall).generators
    if generators:
        missed = ex.Aggregate("sum", missed, generators)
    return Objective(
        sense=Sense.MINIMIZE,
        expression=ex.to_text(missed),
        name=goal.name,
        priority=goal.priority,
        text=goal.text,
    )


def _indices(forall: str) -> tuple[ex.Expr, ...]:
    return tuple(ex.Ref(n) for g in ex.parse_forall(forall).generators for n in g.names)


def without_measures(formulation: Formulation) -> Formulation:
    """The formulation with objectives that are one number each: mean, worst case, CVaR written out.

    The CVaR of Rockafellar and Uryasev (2000): a free decision `NAME_value_at_risk`, and what goes
    beyond it.
    """
    names = objective_names(formulation)
    stated = tuple(zip(names, formulation.objectives, strict=True))
    if not any(objective.forall for _, objective in stated):
        return formulation
    written = tuple(_measured(name, o) if o.forall else o for name, o in stated)
    at_risk = tuple(
        Variable(
            name=at_risk_name(name),
            lower=None,
            unit=o.unit,
            meaning=f"{name} that is passed with probability {1 - o.level:g}",
        )
        for name, o in stated
        if o.forall and o.measure is Measure.CVAR
    )
    return formulation.model_copy(
        update={
            "variables": (*formulation.variables, *at_risk),
            "objective": written[0],
            "further_objectives": written[1:],
        }
    )


def at_risk_name(objective: str) -> str:
    return f"{objective}_value_at_risk"


def _measured(name: str, stated: Objective) -> Objective:
    body = ex.parse(stated.expression)
    loops = ex.parse_forall(stated.forall).generators
    minimizes = stated.sense is Sense.MINIMIZE
    if stated.measure is Measure.WORST:
        worst = ex.Aggregate("max" if minimizes else "min", body, loops)
        return _plain(stated, worst, name)
    probability = ex.parse(stated.probability) if stated.probability else _equally(loops)
    if stated.measure is Measure.EXPECTED:
        mean = ex.Aggregate("sum", _product(probability, body), loops)
        return _plain(stated, mean, name)
    limit = ex.Ref(at_risk_name(name))
    sides: tuple[ex.Expr, ex.Expr] = (body, limit) if minimizes else (limit, body)
    beyond = ex.Call("max", (ex.Add((sides[0], ex.Negate(sides[1]))), ex.Number(0.0)))
    mean = ex.Aggregate("sum", _product(probability, beyond), loops)
    share = 1 - Fraction(str(stated.level))  # 0.2 of 0.8, where floats say 0.19999999999999996
    tail = _times(float(1 / share), mean)
    return _plain(stated, ex.Add((limit, tail if minimizes else ex.Negate(tail))), name)


def _plain(stated: Objective, expression: ex.Expr, name: str) -> Objective:
    said = {"forall": "", "probability": "", "expression": ex.to_text(expression), "name": name}
    return stated.model_copy(update={**said, "measure": Measure.EXPECTED})


def _equally(loops: tuple[ex.Generator, ...]) -> ex.Expr:
    count = ex.Aggregate("sum", ex.Number(1.0), _renamed_apart(loops))
    return ex.Binary("/", ex.Number(1.0), count)


def _renamed_apart(loops: tuple[ex.Generator, ...]) -> tuple[ex.Generator, ...]:
    """The same loops under names that the loops around them do not have."""
    from optwright.solvers.language.transform import renamed

    bound = {name for g in loops for name in g.names}
    return renamed(ex.Forall(loops), lambda n: f"{n}_each" if n in bound else n).generators


def _product(left: ex.Expr, right: ex.Expr) -> ex.Expr:
    return ex.Binary("*", left, right)


def _times(factor: float, node: ex.Expr) -> ex.Expr:
    return node if factor == 1 else ex.Binary("*", ex.Number(factor), node)


def added(terms: list[ex.Expr]) -> ex.Expr:
    """The sum of terms, flat as trees are."""
    flat = [t for term in terms for t in (term.terms if isinstance(term, ex.Add) else (term,))]
    if not flat:
        return ex.Number(0.0)
    return flat[0] if len(flat) == 1 else ex.Add(tuple(flat))
