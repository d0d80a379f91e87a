"""Mending a formulation where the words of the problem leave one reading.

A small model that is told its error repeats itself; what words decide, rules mend. Every mend is
reported as a sentence, and none looks at an answer. What words do not decide is left for the
critic to name and for another sample to settle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType

from optwright.agents.evidence.case import Case
from optwright.agents.evidence.decisions import natural_domain
from optwright.agents.evidence.limits import repeated_limit
from optwright.agents.evidence.objective import named_objective, stated_sense
from optwright.agents.evidence.relations import in_symbols, points
from optwright.agents.evidence.rows import Row
from optwright.agents.text.quantities import Kind, same, says
from optwright.agents.text.wording import Way, phrases, plain_way, quotes, relation, sentences
from optwright.errors import FormulationError
from optwright.solvers.data.table import Table
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

_LONGEST_PHRASE = 200  # characters; a text may have a hundred times as many

NO_TABLES: Mapping[str, Table] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mended:
    """A formulation and what was changed in it, a sentence each."""

    formulation: Formulation
    notes: tuple[str, ...] = ()


def mend(text: str, formulation: Formulation, tables: Mapping[str, Table] = NO_TABLES) -> Mended:
    """Apply every rule whose condition the words of `text` meet; order matters: what does not
    belong is dropped before the rest is compared with its words."""
    mended, case = Mended(formulation), Case(text, formulation, tables)
    for rule in (
        _clear_ratios,
        _name_totals,
        _widen_words,
        _drop_definitions,
        _drop_unfounded,
        _follow_words,
        _settle_domains,
        _turn_sense,
        _name_objective,
    ):
        mended = rule(case, mended)
        if mended.formulation != case.formulation:  # rows are worked out once for what stands
            case = Case(text, mended.formulation, tables)
    return mended


def _clear_ratios(case: Case, mended: Mended) -> Mended:
    """Write `a / (a + b) <= 0.3` as `a <= 0.3*(a + b)`, which is linear; no sum of decisions
    that are not negative is negative."""
    free = {
        v.name
        for v in case.formulation.variables
        if v.domain is not Domain.BINARY and (v.lower is None or v.lower < 0)
    }
    return _rewritten(
        mended, lambda c: _without_ratio(c.expression, free), lambda _: "no division by decisions"
    )


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


def _name_totals(case: Case, mended: Mended) -> Mended:
    """A share of a total that nothing defines (`bike >= 0.35*tours`) is one of all decisions."""
    if case.formulation.sets:
        return mended  # names of loops and of sets are defined too
    defined = {*case.names, *(p.name for p in case.formulation.parameters)}

    def of_all(constraint: Constraint) -> str | None:
        stated = case.relation(constraint)
        if stated is None or not stated.share or not _undefined(constraint, defined):
            return None
        return in_symbols(stated, case.names, f"({' + '.join(case.names)})")

    return _rewritten(mended, of_all)


def _undefined(constraint: Constraint, defined: set[str]) -> bool:
    try:
        used = {n for c in parse_constraint(constraint.expression) for n in names(c)}
    except FormulationError:
        return False
    return not constraint.forall and not used <= defined


def _widen_words(case: Case, mended: Mended) -> Mended:
    """Give a constraint the whole sentence when the words it quotes break off before its limit:
    "throwing games earn the most" of "as throwing games earn the most, there must be twice ...",
    and the phrase that its words begin behind: "50% of trips" of "a minimum of 50% of trips"."""
    constraints = tuple(
        c.model_copy(
            update={"text": _sentence_stating(case, c) or _with_its_phrase(case.text, c.text)}
        )
        for c in mended.formulation.constraints
    )
    return replace(
        mended, formulation=mended.formulation.model_copy(update={"constraints": constraints})
    )


def _sentence_stating(case: Case, constraint: Constraint) -> str | None:
    row = case.rows.get(constraint.name)
    if row is None or not constraint.text or _is_founded(case, constraint, row):
        return None
    for sentence in sentences(case.text):
        if not phrases(sentence) or not quotes(sentence, constraint.text):
            continue
        stated = relation(sentence, case.things)
        limits = [v for v in row.limits if v]
        own = case.numbers_of(sentence)
        if (stated and case.fits(sentence, row, stated)) or (
            limits and all(says(own, abs(v)) for v in limits)
        ):
            return sentence
    return None


def _with_its_phrase(text: str, words: str) -> str:
    """`words` from the phrase of limitation on that stands right before them in the text.

    >>> _with_its_phrase("A minimum of 50% of trips must be by boat.", "50% of trips")
    'A minimum of 50% of trips'
    """
    at = text.lower().find(words.lower()) if words and not phrases(words) else -1
    if at < 0:
        return words
    before = text[max(0, at - _LONGEST_PHRASE) : at]
    near = [p for p in phrases(before + words) if before[p.end :].isspace()]
    return before[near[0].start :] + words if near else words


def _drop_definitions(case: Case, mended: Mended) -> Mended:
    """Drop rows without a decision's limit: signs of decisions, and rows that repeat another.

    `small >= 0.5*small` is no sign where its words state a share: they say what was meant."""
    seen: list[Row] = []

    def why_not(constraint: Constraint) -> str | None:
        row = case.rows.get(constraint.name)
        if row is None or constraint.forall:
            return None
        if not row.coefficients:
            return f"dropped {constraint.expression!r}: it holds whatever is chosen"
        if row.is_sign_only and case.relation(constraint) is None:
            return f"dropped {constraint.expression!r}: no decision is negative anyway"
        if any(_same_row(row, other) for other in seen):
            return f"dropped {constraint.expression!r}: another constraint says the same"
        seen.append(row)
        return None

    return _without(mended, why_not)


def _drop_unfounded(case: Case, mended: Mended) -> Mended:
    """Drop rows that no words limit: their limit is not in their words, which limit nothing."""
    founded = {
        limit
        for c in case.formulation.constraints
        if (row := case.rows.get(c.name)) and _is_founded(case, c, row)
        for limit in row.limits
    }

    def why_not(constraint: Constraint) -> str | None:
        row = case.rows.get(constraint.name)
        if row is None or not constraint.text or case.takes_from_data(constraint):
            return None
        if _switches(case, row):
            return None
        limits = [v for v in row.limits if v]
        invented = limits and not any(says(case.stated, abs(v)) for v in limits)
        if invented and all(case.worked_out(abs(v)) for v in limits):
            return None
        is_founded = _is_founded(case, constraint, row)
        if (invented or not is_founded) and not quotes(case.text, constraint.text):
            return (
                f"dropped {constraint.expression!r}: the problem does not say {constraint.text!r}"
            )
        if is_founded:
            return None
        stolen = limits and all(any(same(v, f) for f in founded) for v in limits)
        if stolen or ((invented or not limits) and not phrases(constraint.text)):
            return f"dropped {constraint.expression!r}: {constraint.text!r} limits nothing"
        return None

    return _without(mended, why_not)


def _switches(case: Case, row: Row) -> bool:
    """Whether a row ties a yes or no to something else, as in `make <= 1000*run`: that is what
    the yes or no means, and no words hold the 1000."""
    yes_or_no = {v.name for v in case.formulation.variables if v.domain is Domain.BINARY}
    kinds = {name.partition("[")[0] in yes_or_no for name in row.coefficients}
    return kinds == {True, False}


def _is_founded(case: Case, constraint: Constraint, row: Row) -> bool:
    """Whether a row's limit is in its own words and is not one of its coefficients there."""
    own = case.numbers_of(constraint.text)
    limits = [v for v in row.limits if v]
    if not limits:  # a comparison of decisions, such as "three times as many"
        factors = (Kind.PERCENT, Kind.SHARE, Kind.MULTIPLE)
        return bool(
            phrases(constraint.text)
            or _COMPARES.search(constraint.text)
            or any(q.kind in factors for q in own)
        )
    if not all(says(own, abs(v)) for v in limits):
        return False
    # "needs 3 units of gold" as 3*a <= 3: the limit is the coefficient itself.
    coefficients = [abs(c) for c in row.coefficients.values()]
    only_coefficients = all(any(same(abs(v), c) for c in coefficients) for v in limits)
    return not only_coefficients or bool(phrases(constraint.text)) or len(own) > len(coefficients)


def _follow_words(case: Case, mended: Mended) -> Mended:
    """Write comparisons, shares, directions and requirements as their words state them."""

    def worded(constraint: Constraint) -> str | None:
        row = case.rows.get(constraint.name)
        return None if row is None else _as_worded(case, constraint, row)

    return _rewritten(mended, worded)


def _as_worded(case: Case, constraint: Constraint, row: Row) -> str | None:
    """The expression that the words give a constraint, or None where they leave it alone."""
    stated = case.relation(constraint)
    if stated is not None and not case.fits(constraint.text, row, stated):
        weights = case.measured(constraint.text, stated)
        if weights is not None:
            return case.in_symbols(constraint.text, stated)
        if any(row.limits) and not stated.share:
            return None  # a limit beside the comparison: more is said than the rule understands
        total = _total(case, row, case.names[stated.left])
        return in_symbols(stated, case.names, f"({total})") if total else None
    if repeated_limit(case, row) is not None:
        limit = next(iter(row.limits))
        return f"{' + '.join(row.coefficients)} {_way_of(row)} {limit:.12g}"
    way = plain_way(constraint.text)
    pointing = points(row)
    if pointing is None or not any(row.limits):
        return None
    if way in (Way.AT_LEAST, Way.AT_MOST) and pointing is not way:
        return _turned(constraint.expression, way)
    if way is None and not phrases(constraint.text):
        return _as_needed(constraint, pointing)
    return None


def _as_needed(constraint: Constraint, pointing: Way) -> str | None:
    """The expression of words without a phrase of limitation: what is needed is a least, what is
    there is a most."""
    needed, there = (bool(p.search(constraint.text)) for p in (_REQUIRES, _HAS))
    if needed == there or (needed and pointing is not Way.EQUAL):
        return None
    way = Way.AT_LEAST if needed else Way.AT_MOST
    return None if pointing is way else _turned(constraint.expression, way)


_REQUIRES = re.compile(r"\b(?:needs?|needed|require[sd]?|must|has to|have to|demand\w*|order\w*)\b")
_COMPARES = re.compile(r"\b(?:than|as (?:many|much)|same|equal\w*|times)\b", re.IGNORECASE)
_HAS = re.compile(r"\b(?:available|budget|has|have|capacity|only|stock|on hand|can spend)\b(?! to)")


def _total(case: Case, row: Row, left: str) -> str:
    """What a share is a share of: every decision in the row, or with one only, all like it."""
    involved = set(row.coefficients) | {left}
    if len(involved) == 1:
        domain = next(v.domain for v in case.formulation.variables if v.name == left)
        involved = {v.name for v in case.formulation.variables if v.domain is domain}
    if any("[" in name for name in involved):
        return ""
    return " + ".join(v.name for v in case.formulation.variables if v.name in involved)


def _turned(expression: str, way: Way) -> str | None:
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


def _way_of(row: Row) -> str:
    return "==" if row.lower == row.upper else ">=" if isfinite(row.lower) else "<="


def _settle_domains(case: Case, mended: Mended) -> Mended:
    """Count in whole numbers what is counted, and split what is measured."""
    notes = list(mended.notes)

    def settled(variable: Variable) -> Variable:
        domain = natural_domain(variable)
        if domain is None or variable.domain in (domain, Domain.BINARY):
            return variable
        notes.append(f"{variable.name!r} became {domain.value}: {variable.meaning!r}")
        return variable.model_copy(update={"domain": domain})

    variables = tuple(settled(v) for v in mended.formulation.variables)
    return Mended(mended.formulation.model_copy(update={"variables": variables}), tuple(notes))


def _turn_sense(case: Case, mended: Mended) -> Mended:
    sense = stated_sense(case.text)
    objective = mended.formulation.objective
    if sense is None or sense is objective.sense:
        return mended
    objective = objective.model_copy(update={"sense": sense})
    return Mended(
        mended.formulation.model_copy(update={"objective": objective}),
        (*mended.notes, f"the objective became to {sense.value}, as the text asks"),
    )


def _name_objective(case: Case, mended: Mended) -> Mended:
    named = named_objective(case)
    if named is None:
        return mended
    objective = mended.formulation.objective.model_copy(update={"expression": named})
    return Mended(
        mended.formulation.model_copy(update={"objective": objective}),
        (*mended.notes, f"the objective became {named!r}: {objective.text!r}"),
    )


def _rewritten(
    mended: Mended,
    write: Callable[[Constraint], str | None],
    why: Callable[[Constraint], str] = lambda constraint: repr(constraint.text),
) -> Mended:
    """Give constraints the expressions that `write` has for them, and say why."""
    notes = list(mended.notes)
    constraints = []
    for constraint in mended.formulation.constraints:
        expression = write(constraint)
        if expression is None or expression == constraint.expression:
            constraints.append(constraint)
            continue
        notes.append(f"{constraint.expression!r} became {expression!r}: {why(constraint)}")
        constraints.append(constraint.model_copy(update={"expression": expression}))
    return Mended(
        mended.formulation.model_copy(update={"constraints": tuple(constraints)}), tuple(notes)
    )


def _without(mended: Mended, why_not: Callable[[Constraint], str | None]) -> Mended:
    """Drop the constraints that `why_not` gives a reason for."""
    kept, notes = [], list(mended.notes)
    for constraint in mended.formulation.constraints:
        reason = why_not(constraint)
        if reason is None:
            kept.append(constraint)
        else:
            notes.append(reason)
    return Mended(mended.formulation.model_copy(update={"constraints": tuple(kept)}), tuple(notes))


def _same_row(a: Row, b: Row) -> bool:
    return (a.coefficients, a.lower, a.upper) == (b.coefficients, b.lower, b.upper)
