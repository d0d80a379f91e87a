"""Proposals: what the words of a problem suggest should stand in a formulation instead.

Each rule reads words by English phrases and can be wrong, so what it finds is an edit that somebody
may accept, never a change: how often the rules are right is measured in `benchmarks/corpus`. What
words do not suggest is left for the critic to name and for another draft to settle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import replace
from math import isfinite

from pydantic import BaseModel, ConfigDict

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.decisions import natural_domain
from optwright.agents.checks.words.founding import is_founded
from optwright.agents.checks.words.limits import repeated_limit
from optwright.agents.checks.words.objective import named_objective, stated_sense
from optwright.agents.checks.words.reading import reading
from optwright.agents.checks.words.relations import in_symbols, points
from optwright.agents.checks.words.rows import StatedRow
from optwright.agents.text.quantities import same, says
from optwright.agents.text.wording import Way, phrases, plain_way_in, quotes
from optwright.errors import FormulationError
from optwright.solvers.data.table import Table
from optwright.solvers.edit.operations import (
    ChangeConstraint,
    DropConstraint,
    Edit,
    SetDomain,
    SetObjective,
)
from optwright.solvers.language.expressions import (
    Add,
    Aggregate,
    Binary,
    Expr,
    Negate,
    names,
    parse_comparison,
    parse_constraint,
    to_text,
)
from optwright.solvers.model.formulation import Constraint, Domain, Formulation, Variable


class Proposal(BaseModel):
    """One edit that somebody may accept; `condition` completes a sentence that begins with "if":
    "'A requires B' limits nothing". `rule` names who proposes it."""

    model_config = ConfigDict(frozen=True)

    rule: str
    condition: str
    edits: tuple[Edit, ...]


def propose(
    text: str, formulation: Formulation, tables: Mapping[str, Table]
) -> tuple[Proposal, ...]:
    """What each rule proposes for a formulation, every proposal by itself; none where the
    formulation says what the rules read in the words of `text`."""
    context = reading(text, formulation, tables)
    own = {c.name: c for c in formulation.constraints}
    found = [p for rule in _RULES for p in rule(context, own)]
    unlike: list[Proposal] = []
    for proposal in found:
        if all(proposal.edits != other.edits for other in unlike):
            unlike.append(proposal)
    return tuple(unlike)


Own = Mapping[str, Constraint]
"""The constraints as they were written, by name; a check reads more of their sentences."""


def _rewritten(
    rule: str, context: CheckContext, own: Own, write: Callable[[Constraint], str | None]
) -> Iterator[Proposal]:
    """A proposal for each constraint that `write` has another expression for."""
    for constraint in context.formulation.constraints:
        expression = write(constraint)
        if expression is not None and expression != constraint.expression:
            yield _instead(rule, own[constraint.name], constraint.text, expression)


def _instead(rule: str, own: Constraint, text: str, expression: str) -> Proposal:
    """A constraint with another expression, for what its words say."""
    changed = own.model_copy(update={"expression": expression})
    words = f"{text!r} means" if text else "what is meant is"
    return Proposal(
        rule=rule,
        condition=f"{words} {expression}",
        edits=(ChangeConstraint(name=own.name, constraint=changed),),
    )


def _ratios(context: CheckContext, own: Own) -> Iterator[Proposal]:
    """Write `a / (a + b) <= 0.3` as `a <= 0.3*(a + b)`, which is linear, and differs only where
    nothing is done at all; no sum of decisions that are not negative is negative."""
    free = {
        v.name
        for v in context.formulation.variables
        if v.domain is not Domain.BINARY and (v.lower is None or v.lower < 0)
    }
    return _rewritten("ratio", context, own, lambda c: _without_ratio(c.expression, free))


def _without_ratio(expression: str, free: Set[str]) -> str | None:
    """`free` are the decisions that may be negative."""
    try:
        comparisons = parse_comparison(expression)
    except FormulationError:
        return None
    if len(comparisons) != 1 or names(comparisons[0].right):
        return None
    match comparisons[0].left:
        case Binary("/", top, bottom) if names(bottom) and not (
            free & names(bottom) or _subtracts(bottom)
        ):
            right = Binary("*", comparisons[0].right, bottom)
            return to_text(replace(comparisons[0], left=top, right=right))
    return None


def _subtracts(node: Expr) -> bool:
    match node:
        case Negate():
            return True
        case Add(terms):
            return any(map(_subtracts, terms))
        case Binary(_, left, right):
            return _subtracts(left) or _subtracts(right)
        case Aggregate(_, body, _):
            return _subtracts(body)
    return False


def _totals(context: CheckContext, own: Own) -> Iterator[Proposal]:
    """A share of a total that nothing defines (`bike >= 0.35*tours`) is one of all decisions."""
    if context.formulation.sets:
        return  # names of loops and of sets are defined too
    defined = {*context.names, *(p.name for p in context.formulation.parameters)}

    def of_all(constraint: Constraint) -> str | None:
        stated = context.relation(constraint)
        if stated is None or not stated.share or not _undefined(constraint, defined):
            return None
        return in_symbols(stated, context.names, f"({' + '.join(context.names)})")

    yield from _rewritten("total", context, own, of_all)


def _undefined(constraint: Constraint, defined: set[str]) -> bool:
    try:
        used = {n for c in parse_constraint(constraint.expression) for n in names(c)}
    except FormulationError:
        return False
    return not constraint.forall and not used <= defined


def _unfounded(context: CheckContext, own: Own) -> Iterator[Proposal]:
    """Leave out rows that no words limit: their limit is not in their words, which limit
    nothing."""
    founded = {
        limit
        for c in context.formulation.constraints
        if (row := context.rows.get(c.name)) and is_founded(context, c, row)
        for limit in row.limits
    }
    for constraint in context.formulation.constraints:
        condition = _why_unfounded(context, constraint, founded)
        if condition:
            yield Proposal(
                rule="unfounded",
                condition=condition,
                edits=(DropConstraint(name=constraint.name),),
            )


def _why_unfounded(context: CheckContext, constraint: Constraint, founded: Set[float]) -> str:
    row = context.rows.get(constraint.name)
    if row is None or not constraint.text or context.takes_from_data(constraint):
        return ""
    if _switches(context, row):
        return ""
    limits = [v for v in row.limits if v]
    invented = limits and not any(says(context.stated, abs(v)) for v in limits)
    if invented and all(context.worked_out(abs(v)) for v in limits):
        return ""
    has_words = is_founded(context, constraint, row)
    if (invented or not has_words) and not quotes(context.text, constraint.text):
        return f"the problem does not say {constraint.text!r}"
    if has_words:
        return ""
    stolen = limits and all(any(same(v, f) for f in founded) for v in limits)
    if stolen or ((invented or not limits) and not phrases(constraint.text)):
        return f"{constraint.text!r} limits nothing"
    return ""


def _switches(context: CheckContext, row: StatedRow) -> bool:
    """Whether a row ties a yes or no to something else, as in `make <= 1000*run`: that is what
    the yes or no means, and no words hold the 1000."""
    yes_or_no = {v.name for v in context.formulation.variables if v.domain is Domain.BINARY}
    kinds = {name.partition("[")[0] in yes_or_no for name in row.coefficients}
    return kinds == {True, False}


def _worded(context: CheckContext, own: Own) -> Iterator[Proposal]:
    """Comparisons, shares, directions and requirements as their words state them."""
    for constraint in context.formulation.constraints:
        row = context.rows.get(constraint.name)
        found = None if row is None else _as_worded(context, constraint, row)
        if found is not None and not _is_same(found[1], constraint.expression):
            yield _instead(found[0], own[constraint.name], constraint.text, found[1])


def _is_same(one: str, other: str) -> bool:
    """Whether two expressions are one, spaces aside."""
    try:
        return parse_comparison(one) == parse_comparison(other)
    except FormulationError:
        return one == other


def _as_worded(
    context: CheckContext, constraint: Constraint, row: StatedRow
) -> tuple[str, str] | None:
    """The rule that speaks, and the expression that the words give a constraint; None where they
    leave it alone."""
    stated = context.relation(constraint)
    if stated is not None and not context.fits(constraint.text, row, stated):
        weights = context.measured(constraint.text, stated)
        if weights is not None:
            return _of("share", context.in_symbols(constraint.text, stated))
        if any(row.limits) and not stated.share:
            return None  # a limit beside the comparison: more is said than the rule understands
        total = _total(context, row, context.names[stated.left])
        rule = "share" if stated.share else "relation"
        return _of(rule, in_symbols(stated, context.names, f"({total})") if total else None)
    if repeated_limit(context, row) is not None:
        limit = next(iter(row.limits))
        return "repeated", f"{' + '.join(row.coefficients)} {_way_of(row)} {limit:.12g}"
    way = plain_way_in(context.text, constraint.text)
    pointing = points(row)
    if pointing is None or not any(row.limits):
        return None
    if pointing is Way.EQUAL:
        return None  # an equality says more than its words, and mostly means it
    if way in (Way.AT_LEAST, Way.AT_MOST) and pointing is not way:
        return _of("direction", _with_direction(constraint.expression, way))
    if way is None and not phrases(constraint.text):
        return _of("there", _as_there(constraint, pointing))
    return None


def _of(rule: str, expression: str | None) -> tuple[str, str] | None:
    return None if expression is None else (rule, expression)


def _as_there(constraint: Constraint, pointing: Way) -> str | None:
    """The expression of words without a phrase of limitation: what is there is a most."""
    if pointing is Way.AT_MOST or _REQUIRES.search(constraint.text):
        return None
    found = _HAS.search(constraint.text) is not None
    return _with_direction(constraint.expression, Way.AT_MOST) if found else None


_REQUIRES = re.compile(r"\b(?:needs?|needed|require[sd]?|must|has to|have to|demand\w*|order\w*)\b")
_HAS = re.compile(r"\b(?:available|budget|has|have|capacity|only|stock|on hand|can spend)\b(?! to)")


def _total(context: CheckContext, row: StatedRow, left: str) -> str:
    """What a share is a share of: every decision in the row, or with one only, all like it."""
    involved = set(row.coefficients) | {left}
    if len(involved) == 1:
        domain = next(v.domain for v in context.formulation.variables if v.name == left)
        involved = {v.name for v in context.formulation.variables if v.domain is domain}
    if any("[" in name for name in involved):
        return ""
    return " + ".join(v.name for v in context.formulation.variables if v.name in involved)


def _with_direction(expression: str, way: Way) -> str | None:
    """The same comparison pointing `way`, seen from the side that holds the decisions."""
    try:
        comparisons = parse_comparison(expression)
    except FormulationError:
        return None
    if len(comparisons) != 1:
        return None
    comparison = comparisons[0]
    holds_left = bool(names(comparison.left))  # not so in `1500 <= 90*van`
    points_up = (way is Way.AT_LEAST) == holds_left
    return to_text(replace(comparison, operator=">=" if points_up else "<="))


def _way_of(row: StatedRow) -> str:
    return "==" if row.lower == row.upper else ">=" if isfinite(row.lower) else "<="


def _domains(context: CheckContext, own: Own) -> Iterator[Proposal]:
    """Count in whole numbers what is counted, and split what is measured; decisions that change
    alike do so together."""
    changed: dict[Domain, list[Variable]] = {}
    for variable in context.formulation.variables:
        domain = natural_domain(variable)
        if domain is not None and variable.domain not in (domain, Domain.BINARY):
            changed.setdefault(domain, []).append(variable)
    for domain, variables in changed.items():
        what = " and ".join(v.meaning or v.name for v in variables[:3])
        more = f" and {len(variables) - 3} more" if len(variables) > 3 else ""
        may = "must be whole" if domain is Domain.INTEGER else "may be a fraction"
        yield Proposal(
            rule="domain",
            condition=f"{what}{more} {may}",
            edits=tuple(SetDomain(variable=v.name, domain=domain) for v in variables),
        )


def _sense(context: CheckContext, own: Own) -> Iterator[Proposal]:
    sense = stated_sense(context.text)
    if sense is not None and sense is not context.formulation.objective.sense:
        yield Proposal(
            rule="sense",
            condition=f"the text asks to {sense.value}",
            edits=(SetObjective(sense=sense),),
        )


def _objective(context: CheckContext, own: Own) -> Iterator[Proposal]:
    named = named_objective(context)
    if named is not None:
        yield Proposal(
            rule="objective",
            condition=f"{context.formulation.objective.text!r} means {named} alone",
            edits=(SetObjective(expression=named),),
        )


# What is right more often comes first (benchmarks/README.md); `quality` says what is shown.
_RULES = (_objective, _worded, _totals, _ratios, _domains, _sense, _unfounded)
