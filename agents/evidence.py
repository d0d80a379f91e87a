"""Deterministic checks of a formulation against the words of its problem.

Each check is a function from what is known to findings, and asks no language model. They read
English and Arabic digits; where they cannot read, they stay silent rather than guess. They do not
prove a formulation right: a coefficient given to the wrong decision passes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isclose, isfinite

from optwright.agents.findings import Fault, Finding
from optwright.agents.quantities import Kind, Quantity, quantities, same, says
from optwright.agents.rows import Row, first_rows, linear, objective_weights
from optwright.agents.scales import Scales, scales
from optwright.agents.shares import measured, thing_of
from optwright.agents.totals import Total, explain, totals_of_tables, totals_of_words
from optwright.agents.wording import (
    Relation,
    Way,
    mentions,
    phrases,
    relation,
    sentences,
    stem,
)
from optwright.errors import FormulationError
from optwright.solvers.arrays import LinearModel
from optwright.solvers.expressions import (
    Node,
    names,
    numbers,
    parse,
    parse_comparison,
    parse_forall,
)
from optwright.solvers.formulation import (
    Constraint,
    Domain,
    Formulation,
    Sense,
    Severity,
    Values,
    Variable,
    check,
)
from optwright.solvers.table import Table

_ALWAYS_ALLOWED = (0.0, 1.0, 2.0, 100.0)  # signs, shares of one, squares, percentages
_MEASURED = frozenset(
    "acre hectare kg kilogram gram ton tonne pound ounce liter litre gallon meter metre mile km "
    "foot feet inch hour minute second day week month dollar money amount usd eur cent budget "
    "weight volume area length time fraction proportion percentage share ml mg barrel investment "
    "invested land mwh kwh".split()
)
_COUNTED = re.compile(r"\b(?:number|count|how many|quantity)\b", re.IGNORECASE)
_MAXIMIZE = re.compile(r"\bmaxim\w+|\b(?:as (?:much|many) as possible|most profit\w*)\b", re.I)
_MINIMIZE = re.compile(
    r"\bminimi[sz]\w+|\b(?:lowest|cheapest|as (?:little|few) as possible)\b", re.I
)


@dataclass(frozen=True)
class Case:
    """A formulation beside the text it claims to state; what checks need is worked out once."""

    text: str
    formulation: Formulation
    tables: Mapping[str, Table] = field(default_factory=dict)

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {} if self._arrays is None else first_rows(self._arrays)

    @cached_property
    def _arrays(self) -> LinearModel | None:
        return linear(self.formulation, self.tables)

    @cached_property
    def stated(self) -> tuple[Quantity, ...]:
        """The numbers of the text, in the scale that the formulation writes them in."""
        return self.numbers_of(self.text)

    @cached_property
    def _scales(self) -> Scales:
        try:
            used = _numbers_by_expression(self.formulation)
        except FormulationError:
            return Scales({})
        return scales(self.text, used, _told(self.formulation))

    def numbers_of(self, words: str) -> tuple[Quantity, ...]:
        """The numbers of words of the problem, in the scale that the formulation writes them in."""
        return self._scales.read(words)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(v.name for v in self.formulation.variables)

    @cached_property
    def things(self) -> tuple[frozenset[str], ...]:
        """For each variable the words that mean it and no other."""
        words = [_words(v) for v in self.formulation.variables]
        return tuple(
            own - frozenset().union(*(other for j, other in enumerate(words) if j != i))
            for i, own in enumerate(words)
        )

    @cached_property
    def _totals(self) -> tuple[tuple[Total, ...], tuple[Total, ...]]:
        return tuple(totals_of_words(self.text)), totals_of_tables(self.tables)

    @cached_property
    def _members(self) -> tuple[tuple[str, int], ...]:
        return tuple(_sizes(self))

    def worked_out(self, number: float) -> str:
        """How a number that no words say follows from numbers that they or tables list; empty
        where it does not."""
        return explain(number, *self._totals, self.stated, self._members)

    def takes_from_data(self, constraint: Constraint) -> bool:
        """Whether a constraint's numbers are those of parameters, so that no words hold them."""
        given = {p.name for p in self.formulation.parameters}
        try:
            return any(given & names(c) for c in parse_comparison(constraint.expression))
        except FormulationError:
            return False

    def relation(self, constraint: Constraint) -> Relation | None:
        """The comparison of decisions that a constraint's words state, if they state one."""
        return relation(constraint.text, self.things)

    def measured(self, words: str, stated: Relation) -> Mapping[str, float] | None:
        """What each decision counts for in the share that words state; None where that is one, or
        not known, or where they state no share."""
        thing = thing_of(words) if stated.share else None
        if thing is None:
            return None
        others = [place for place in self._sums if place[0] != words]
        weights = measured(thing, self._meant, others)
        return weights if weights and weights.keys() <= set(self.names) else None

    def fits(self, words: str, row: Row, stated: Relation) -> bool:
        """Whether a row says what a relation that `words` state says."""
        weights = self.measured(words, stated)
        if agrees(row, stated, self.names, weights):
            return True
        return stated.share and self._is_share_otherwise(words, row, stated, weights)

    def _is_share_otherwise(
        self, words: str, row: Row, stated: Relation, weights: Mapping[str, float] | None
    ) -> bool:
        """Whether a row takes the share of a stated amount ("40% of the budget"), or counts with
        numbers of the text what is no decision and has no known `weights`."""
        if not 0 < stated.factor < 1:
            return True
        as_limit = (stated.factor, 100 * stated.factor)  # "40%" as a limit of 0.4 or 40 is wrong
        limits = [abs(v) for v in row.limits if v and not any(same(abs(v), n) for n in as_limit)]
        if any(says(self.stated, limit / stated.factor) for limit in limits):
            return True
        thing = thing_of(words)
        if weights or thing is None or {thing.name, thing.kind} & self._meant:
            return False
        implied = implied_weights(row, stated, self.names).values()
        return len(set(implied)) > 1 and all(says(self.stated, weight) for weight in implied)

    @cached_property
    def _meant(self) -> frozenset[str]:
        """The words that mean decisions, one or all of them."""
        return frozenset().union(*(_words(v) for v in self.formulation.variables))

    @cached_property
    def _sums(self) -> tuple[tuple[str, Mapping[str, float]], ...]:
        """The sums of a linear formulation, each with the words it states."""
        if self._arrays is None:
            return ()
        objective = self.formulation.objective.text, objective_weights(self._arrays)
        rows = self.rows
        told = [(c.text, rows[c.name].coefficients) for c in self.formulation.constraints
                if c.name in rows]  # fmt: skip
        return (objective, *told)


def findings(case: Case) -> tuple[Finding, ...]:
    """Everything the checks have against a formulation, heaviest first."""
    broken = unreadable(case.formulation)
    if broken:
        return broken
    found = [
        *_numbers_unused(case),
        *_numbers_invented(case),
        *_constraint_faults(case),
        *_unstated(case),
        *_integrality(case),
        *_objective(case),
        *_sense(case),
        *_idle(case),
        *_units(case),
    ]
    return tuple(sorted(found, key=lambda f: -f.weight))


def unreadable(formulation: Formulation) -> tuple[Finding, ...]:
    """The elements that cannot be read, in whatever language the problem is told."""
    return tuple(
        Finding(Fault.UNREADABLE, problem.message, problem.element)
        for problem in check(formulation)
        if problem.severity is Severity.ERROR
    )


def _idle(case: Case) -> Iterator[Finding]:
    used = _names_used(case.formulation)
    for variable in case.formulation.variables:
        if variable.name not in used:
            yield Finding(
                Fault.IDLE_DECISION,
                f"neither the objective nor a constraint mentions {variable.name!r}",
                variable.name,
            )


def _units(case: Case) -> Iterator[Finding]:
    if not any((*(v.unit for v in case.formulation.variables), case.formulation.objective.unit)):
        return
    from optwright.solvers.units import unit_findings

    for problem in unit_findings(case.formulation):
        yield Finding(Fault.UNITS, problem.message, problem.element)


def _numbers_unused(case: Case) -> Iterator[Finding]:
    used = [
        *_numbers_used(case.formulation),
        *_numbers_explained(case.formulation),
        *_numbers_in_names(case.formulation),
        *_numbers_of_members(case),
    ]
    for q in case.stated:
        if q.must_be_used and not any(same(r, n) for r in q.readings for n in used):
            sentence = _sentence_of(case.text, q)
            yield Finding(
                Fault.NUMBER_UNUSED,
                f"the formulation does not use {q.text!r} of {sentence!r}",
                words=sentence,
            )


def _numbers_invented(case: Case) -> Iterator[Finding]:
    for element, expression in _expressions(case.formulation):
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(case, n) and not case.worked_out(n):
                yield Finding(
                    Fault.NUMBER_INVENTED, f"the text does not say {n:g} in {element!r}", element
                )


def worked_out(case: Case) -> Iterator[tuple[str, str]]:
    """The elements whose numbers no words say but words or tables come to, and how they do."""
    for element, expression in _expressions(case.formulation):
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(case, n) and (how := case.worked_out(n)):
                yield element, f"{n:.12g} is {how}"


def _is_said(case: Case, number: float) -> bool:
    return number in _ALWAYS_ALLOWED or says(case.stated, number) or _combines(case.stated, number)


def _combines(stated: tuple[Quantity, ...], number: float) -> bool:
    """Whether two numbers of the text give this one as a sum, difference, product or quotient,
    as when a net profit or a cost per batch is worked out."""
    values = [q.value for q in stated]
    return any(
        same(number, c)
        for i, a in enumerate(values)
        for b in values[:i]
        for c in (a + b, abs(a - b), a * b, *((a / b, b / a) if a and b else ()))
    )


def _constraint_faults(case: Case) -> Iterator[Finding]:
    for constraint in case.formulation.constraints:
        row = case.rows.get(constraint.name)
        if row is None or not constraint.text:
            continue
        yield from _words_fault(case, constraint)
        if not case.takes_from_data(constraint):
            yield from _limit_fault(case, constraint, row)
        yield from _relation_fault(case, constraint, row)
        yield from _direction_fault(constraint, row)
        yield from _repetition_fault(case, constraint, row)


def _words_fault(case: Case, constraint: Constraint) -> Iterator[Finding]:
    if not quotes(case.text, constraint.text):
        yield Finding(
            Fault.WORDS_INVENTED,
            f"the problem does not say {constraint.text!r}",
            constraint.name,
            constraint.text,
        )


def _limit_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    own = case.numbers_of(constraint.text)
    for limit in row.limits:
        said = says(own, abs(limit)) or _combines(own, abs(limit))
        if limit and not said and not case.worked_out(abs(limit)):
            yield Finding(
                Fault.LIMIT_ELSEWHERE,
                f"the limit {limit:g} of {constraint.expression!r} is not in its words "
                f"{constraint.text!r}",
                constraint.name,
                constraint.text,
            )


def _relation_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    stated = case.relation(constraint)
    if stated is None or case.fits(constraint.text, row, stated):
        return
    weights = case.measured(constraint.text, stated)
    if weights is not None and case.names[stated.left] not in weights:
        return
    yield Finding(
        Fault.RELATION,
        f"{constraint.text!r} says {in_symbols(stated, case.names, weights=weights)!r}, "
        f"and the constraint is {constraint.expression!r}",
        constraint.name,
        constraint.text,
    )


def _direction_fault(constraint: Constraint, row: Row) -> Iterator[Finding]:
    way = plain_way(constraint.text)
    if way is None or points(row) in (way, None) or not row.limits or 0 in row.limits:
        return
    yield Finding(
        Fault.DIRECTION,
        f"{constraint.text!r} says {way.value!r}, and the constraint is {constraint.expression!r}",
        constraint.name,
        constraint.text,
    )


def _repetition_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    limit = repeated_limit(case, row)
    if limit is not None:
        yield Finding(
            Fault.RELATION,
            f"{constraint.expression!r} uses the limit {limit:g} as a coefficient too, and the "
            "text says it once",
            constraint.name,
            constraint.text,
        )


def repeated_limit(case: Case, row: Row) -> float | None:
    """The limit of `35*a + 35*b <= 35` where the text says 35 once: the coefficients are 1."""
    sizes = {abs(c) for c in row.coefficients.values()}
    limits = {abs(v) for v in row.limits}
    if sizes != limits or len(limits) != 1 or limits & {0.0, 1.0}:
        return None
    limit = limits.pop()
    return limit if sum(same(q.value, limit) for q in case.stated) == 1 else None


def _unstated(case: Case) -> Iterator[Finding]:
    """Sentences with a phrase of limitation that no constraint or bound states."""
    words = [c.text for c in case.formulation.constraints]
    for sentence in sentences(case.text):
        if not phrases(sentence):
            continue
        stating = [w for w in words if w and (quotes(sentence, w) or quotes(w, sentence))]
        if not stating and not _asks(sentence):
            yield Finding(Fault.UNSTATED, f"no constraint states {sentence!r}", words=sentence)


def _integrality(case: Case) -> Iterator[Finding]:
    for variable in case.formulation.variables:
        nature = natural_domain(variable)
        if nature is not None and variable.domain not in (nature, Domain.BINARY):
            yield Finding(
                Fault.INTEGRALITY,
                f"{variable.name!r} is {variable.domain.value}, and {variable.meaning!r} is "
                f"{'counted' if nature is Domain.INTEGER else 'measured'}",
                variable.name,
            )


def _objective(case: Case) -> Iterator[Finding]:
    named = named_objective(case)
    if named is not None:
        yield Finding(
            Fault.RELATION,
            f"{case.formulation.objective.text!r} names {named!r} alone, and the objective is "
            f"{case.formulation.objective.expression!r}",
            "objective",
            case.formulation.objective.text,
        )


def named_objective(case: Case) -> str | None:
    """The one decision that "minimize the number of bikes" names, where the objective adds up
    all decisions instead."""
    head = re.search(
        r"\b(?:number|amount) of ((?:[\w-]+\s*){1,4})", case.formulation.objective.text
    )
    if head is None or len(case.names) < 2:
        return None
    # By its name, not by words of its meaning: "the number of stores" is all kinds of stores.
    named = {
        i for _, i in mentions(head[1], [re.findall(r"[a-z]+", n.lower()) for n in case.names])
    }
    if len(named) != 1 or re.search(r"\b(?:and|or)\b", head[1]):
        return None
    squeezed = re.sub(r"[()\s]", "", case.formulation.objective.expression)
    if sorted(squeezed.split("+")) != sorted(case.names):
        return None
    return case.names[named.pop()]


def _sense(case: Case) -> Iterator[Finding]:
    stated = stated_sense(case.text)
    if stated is not None and stated is not case.formulation.objective.sense:
        yield Finding(
            Fault.SENSE,
            f"the text asks to {stated.value}, and the objective is to "
            f"{case.formulation.objective.sense.value}",
            "objective",
        )


def stated_sense(text: str) -> Sense | None:
    """What the text asks for, if it uses the words of one sense only."""
    up, down = _MAXIMIZE.search(text), _MINIMIZE.search(text)
    if bool(up) == bool(down):
        return None
    return Sense.MAXIMIZE if up else Sense.MINIMIZE


def natural_domain(variable: Variable) -> Domain | None:
    """Integer for what is counted, continuous for what is measured, None where words do not say."""
    words = {stem(w) for w in re.findall(r"[A-Za-z]+", variable.meaning.lower())}
    if _COUNTED.search(variable.meaning):
        head = re.split(r"\b(?:number|count|how many|quantity)\b(?:\s+of)?", variable.meaning,
                        maxsplit=1, flags=re.I)[-1]  # fmt: skip
        first = [stem(w) for w in re.findall(r"[A-Za-z]+", head.lower())][:1]
        return Domain.CONTINUOUS if _MEASURED & set(first) else Domain.INTEGER
    return Domain.CONTINUOUS if words & _MEASURED else None


def plain_way(words: str) -> Way | None:
    """The way a limit points if its words have one phrase, or several that agree."""
    ways = {p.way for p in phrases(words)}
    return ways.pop() if len(ways) == 1 else None


def points(row: Row) -> Way | None:
    """The way a row points as a limit on a sum with positive coefficients; None for others."""
    signs = {c > 0 for c in row.coefficients.values()}
    if len(signs) != 1:
        return None
    if row.lower == row.upper:
        return Way.EQUAL
    at_least = isfinite(row.lower) == (True in signs)
    return Way.AT_LEAST if at_least else Way.AT_MOST


def agrees(
    row: Row,
    stated: Relation,
    names: tuple[str, ...],
    weights: Mapping[str, float] | None = None,
) -> bool:
    """Whether a row says what a relation says, up to a positive factor; `weights` are what each
    decision counts for in a share."""
    if row.limits != (0.0,) or row.lower == row.upper:
        return False
    left = names[stated.left]
    c = _from_the_left(row, stated)
    others = {n: v for n, v in c.items() if n != left}
    if c.get(left, 0.0) <= 0 or not others:
        return False
    if stated.share:
        odds = stated.factor / (1 - stated.factor) if stated.factor != 1 else 0.0
        if weights is not None:
            if weights.keys() != c.keys():
                return False
            odds /= weights[left]
        return all(
            isclose(-v, odds * c[left] * (weights[n] if weights else 1.0), rel_tol=5e-3)
            for n, v in others.items()
        )
    assert stated.right is not None
    right = names[stated.right]
    return set(others) == {right} and isclose(-c[right], stated.factor * c[left], rel_tol=5e-3)


def implied_weights(row: Row, stated: Relation, names: tuple[str, ...]) -> Mapping[str, float]:
    """What each element of a row counts for, if the row is the share that is stated; empty where
    it is none."""
    left = names[stated.left]
    c = _from_the_left(row, stated)
    if row.limits != (0.0,) or c.get(left, 0.0) <= 0:
        return {}
    others = {name: -value / stated.factor for name, value in c.items() if name != left}
    if not others or min(others.values()) <= 0:
        return {}
    return {left: round(c[left] / (1 - stated.factor), 6)} | {
        name: round(weight, 6) for name, weight in others.items()
    }


def _from_the_left(row: Row, stated: Relation) -> dict[str, float]:
    """The coefficients of a row with the sign they have beside the left of a relation."""
    sign = 1.0 if isfinite(row.lower) == (stated.way is Way.AT_LEAST) else -1.0
    return {name: sign * value for name, value in row.coefficients.items()}


def in_symbols(
    stated: Relation,
    names: tuple[str, ...],
    total: str = "total",
    weights: Mapping[str, float] | None = None,
) -> str:
    """A relation as an expression; `total` is what a share is a share of, or the sum of what each
    decision counts for, its `weights`."""
    right = total if stated.right is None else names[stated.right]
    left = names[stated.left]
    if stated.share and weights is not None:
        right = f"({' + '.join(_times(weights[n], n) for n in names if n in weights)})"
        left = _times(weights[left], left)
    return f"{left} {stated.way.value} {_times(stated.factor, right)}"


def _times(factor: float, of: str) -> str:
    return of if factor == 1 else f"{factor:.12g}*{of}"


def quotes(text: str, words: str) -> bool:
    """Whether most words of `words` are in `text`; numbers must all be."""
    content = [stem(w) for w in re.findall(r"[A-Za-z]{3,}", words)]
    there = {stem(w) for w in re.findall(r"[A-Za-z]{3,}", text)}
    stated = quantities(text)
    if any(q.kind is not Kind.WORD and not says(stated, q.value) for q in quantities(words)):
        return False
    return not content or sum(w in there for w in content) >= 0.6 * len(content)


def _words(variable: Variable) -> frozenset[str]:
    """The words that mean a variable. Both name and meaning count; glue words do not."""
    text = f"{variable.name.replace('_', ' ')} {variable.meaning}"
    glue = {"number", "amount", "use", "make", "made", "the", "each", "for", "and", "per", "with"}
    return frozenset(stem(w) for w in re.findall(r"[A-Za-z]\w*", text)) - glue


def _asks(sentence: str) -> bool:
    return "?" in sentence


def _sentence_of(text: str, quantity: Quantity) -> str:
    start = 0
    for sentence in sentences(text):
        start = text.find(sentence, start)
        if start <= quantity.start < start + len(sentence):
            return sentence
    return text


def _expressions(formulation: Formulation) -> Iterator[tuple[str, Node]]:
    yield "objective", parse(formulation.objective.expression)
    for constraint in formulation.constraints:
        for comparison in parse_comparison(constraint.expression):
            yield constraint.name, comparison
        if constraint.forall:
            yield constraint.name, parse_forall(constraint.forall)


def _numbers_used(formulation: Formulation) -> list[float]:
    used = [n for _, expression in _expressions(formulation) for n in numbers(expression)]
    for variable in formulation.variables:
        used += [b for b in (variable.lower, variable.upper) if b is not None]
    for parameter in formulation.parameters:
        used += _flat(parameter.values)
    return used


def _numbers_explained(formulation: Formulation) -> list[float]:
    return [q.value for a in formulation.assumptions for q in quantities(a)]


def _numbers_by_expression(formulation: Formulation) -> list[list[float]]:
    """The numbers of each expression, with those of the parameters it names; limits of a decision
    stand alone."""
    given = {p.name: _flat(p.values) for p in formulation.parameters}
    return [
        *(
            [*numbers(e), *(n for name in names(e) for n in given.get(name, ()))]
            for _, e in _expressions(formulation)
        ),
        *([b] for v in formulation.variables for b in (v.lower, v.upper) if b is not None),
    ]


def _told(formulation: Formulation) -> str:
    """What a formulation says of its decisions and numbers beside their values."""
    told = [f"{v.name.replace('_', ' ')} {v.meaning} {v.unit}" for v in formulation.variables]
    told += [f"{p.name.replace('_', ' ')} {p.meaning} {p.unit}" for p in formulation.parameters]
    return "; ".join([*told, formulation.objective.unit, *formulation.assumptions])


def _numbers_in_names(formulation: Formulation) -> list[float]:
    """ "Beaker 2" is a name, and its number is no quantity."""
    told = " ".join(f"{v.name} {v.meaning}" for v in formulation.variables)
    return [float(digits) for digits in re.findall(r"\d+", told)]


def _numbers_of_members(case: Case) -> list[float]:
    """ "12 months" is used by a set of 12 members, given here or in a table's column."""
    return [float(count) for _, count in _sizes(case)]


def _sizes(case: Case) -> Iterator[tuple[str, int]]:
    """Each set with the number of its members, where that can be had."""
    for over in case.formulation.sets:
        table = case.tables.get(over.column.table) if over.column is not None else None
        if over.column is None:
            yield over.name, len(over.members)
        elif table is not None and over.column.value in [c.name for c in table.columns]:
            yield over.name, len(set(table.column(over.column.value).cells))


def _flat(values: Values | None) -> list[float]:
    if values is None:
        return []
    if isinstance(values, dict):
        return [n for inner in values.values() for n in _flat(inner)]
    return [values]


def _names_used(formulation: Formulation) -> set[str]:
    try:
        return set().union(*(names(e) for _, e in _expressions(formulation)))
    except FormulationError:
        return {v.name for v in formulation.variables}
