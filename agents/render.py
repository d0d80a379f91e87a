"""A `Solution` as text that a person reads: 80 columns, no colour needed.

Sections are a title and lines; whoever prints them decides how a title looks.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from optwright.agents.checks.plans.examine import State as PlanState
from optwright.agents.findings import Fault
from optwright.agents.objectives_shown import aims, shown, trade_off
from optwright.agents.objectives_shown import headline as headline_of
from optwright.agents.prices import prices
from optwright.agents.repair.quality import is_likely
from optwright.agents.solution import Solution
from optwright.solvers.language.labels import measured, stated_names
from optwright.solvers.language.rhs_attribution import stating_constraints
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status

WIDTH = 80
MOST_VALUES = 20
NEGLIGIBLE = 1e-9
MOST_READINGS = 3
_CONCLUSIONS = ("infeasible", "unbounded")
_COMPARES = re.compile(r"[<>=]=")

Section = tuple[str, list[str]]
T = TypeVar("T")

_ENDED = {
    Status.OPTIMAL: "optimal",
    Status.FEASIBLE: "feasible at the limit, not proven to be the best",
    Status.INFEASIBLE: "there is no solution",
    Status.UNBOUNDED: "there is no best solution: the objective improves without end",
    Status.INFEASIBLE_OR_UNBOUNDED: "there is no best solution",
    Status.TIME_LIMIT: "time ran out before there was a solution",
    Status.ASKED: "a question has to be answered first",
    Status.ERROR: "not solved",
}


def render(
    solution: Solution, *, width: int = WIDTH, title: Callable[[str], str] = str.upper
) -> str:
    """The whole text; `title` makes a heading of a section's name."""
    blocks = [headline(solution, width)]
    for name, lines in sections(solution, width):
        blocks.append("\n".join([title(name), *lines]))
    if solution.run:
        blocks.append(f"run {solution.run}")
    return "\n\n".join(blocks)


def headline(solution: Solution, width: int = WIDTH) -> str:
    """What it came to, in a sentence."""
    ended = _ENDED[solution.status]
    if solution.status.has_solution and solution.objective is not None:
        ended = f"{ended}, {_objective(solution)}{_bound(solution)}"
    return _wrapped(f"{ended[0].upper()}{ended[1:]}{_trust(solution)}", width, indent="")


def _trust(solution: Solution) -> str:
    """Whether the answer is verified, and why not; nothing of what is no answer."""
    if solution.status is Status.ASKED:
        return ""
    if solution.given:
        return " (a model as given: no words to check it against)"
    if solution.repeat is not None and solution.repeat.is_trusted:
        return f" ({solution.reason})"
    if solution.verified:
        return " (verified)"
    if solution.changes:
        return " (changed by you)"
    judged = any(said.kind == Fault.NOT_JUDGED for said in solution.evidence)
    reason = "not judged" if judged else solution.reason
    return f" (NOT VERIFIED: {reason})" if reason else " (NOT VERIFIED)"


def sections(solution: Solution, width: int = WIDTH) -> Iterator[Section]:
    """The sections that have something to say."""
    model = solution.formulation
    parts: list[tuple[str, Iterable[str]]] = []
    if model is not None:
        parts.append(("Model", _model(model, width)))
    elif solution.code:
        parts.append(("Program", textwrap.indent(solution.code, "  ").splitlines()))
    parts += [
        ("Changed by you", _bullets(solution.changes, width)),
        ("Asked", _bullets(solution.questions, width)),
        ("Answer", _answer(solution, width)),
        ("Objectives", _objectives(solution, width)),
        ("Against the plan before", _against(solution, width)),
        ("What is different in the tables", _tables(solution, width)),
        ("Trade-off", _trade_off(solution, width)),
        ("Other readings", _proposals(solution, width)),
        ("Why there is no solution", _listed(solution.diagnosis, width)),
        ("Limits that bind", _binding(solution, width)),
        ("Assumed", _bullets(solution.assumptions, width)),
        ("Mended in the model's reply", _said(solution, width, "mended")),
        ("What supports it", _said(solution, width, "support")),
        ("What speaks against it", _said(solution, width, "against")),
        ("Confidence", _confidence(solution, width)),
        ("Warnings", _bullets(_unsaid(solution), width)),
        ("Cost", _bullets([cost(solution)], width)),
    ]
    for name, lines in parts:
        if shown := list(lines):
            yield name, shown


def cost(solution: Solution) -> str:
    """Calls, tokens, seconds and, where known, money."""
    used = solution.usage
    calls = _count(used.calls, "call")
    if used.replayed:
        calls += f" ({used.replayed} answered by the ledger)"
    said = [
        calls,
        f"{used.prompt_tokens + used.completion_tokens:,} tokens",
        f"{used.seconds:.1f} s",
    ]
    if used.cost_usd:
        said.append(f"${used.cost_usd:.4f}")
    return ", ".join(said)


def number(value: float) -> str:
    """A number as people write it: no trailing zeros, six digits that count.

    >>> number(540.0), number(1 / 3), number(1234567.0), number(-0.0)
    ('540', '0.333333', '1,234,567', '0')
    """
    if abs(value) < NEGLIGIBLE:
        return "0"
    nearest = round(value)
    if abs(value - nearest) <= NEGLIGIBLE * max(1.0, abs(value)) and abs(value) < 1e15:
        return f"{nearest:,}"
    digits = f"{value:,.6g}"
    return digits if "e" in digits or abs(value) < 1e6 else f"{value:,.2f}"


def _bound(solution: Solution) -> str:
    """What is known of the best solution where none was proven to be it."""
    if solution.status is not Status.FEASIBLE or solution.bound is None or solution.gap is None:
        return ""
    return f", and none is better than {number(solution.bound)} (gap {solution.gap:.2%})"


def _objective(solution: Solution) -> str:
    assert solution.objective is not None
    value = number(solution.objective)
    if solution.formulation is None:
        return f"objective {value}"
    if said := headline_of(solution, number):
        return said
    objective = solution.formulation.objective
    measure = measured(objective, solution.formulation.scenarios if solution.reached else None)
    found = "largest" if objective.sense is Sense.MAXIMIZE else "smallest"
    if solution.status is not Status.OPTIMAL:
        found = "found"
    what = measure.removeprefix("the ") or "value"
    return f"{found} {what} {value}{_unit(objective.unit)}"


def _model(model: Formulation, width: int) -> Iterator[str]:
    for index_set in model.sets:
        yield _wrapped(_set(index_set), width)
    for parameter in model.parameters:
        yield _wrapped(_parameter(parameter), width)
    yield from (_wrapped(_decision(variable), width) for variable in model.variables)
    yield ""
    for mathematics, words in aims(model, _math):
        yield from _stated(mathematics, words, width)
    if model.constraints:
        yield "  subject to"
    for constraint in model.constraints:
        yield from _stated(f"  {_row(constraint)}", constraint.text, width)


def _objectives(solution: Solution, width: int) -> Iterator[str]:
    """What each objective, goal and scenario came to, and how much it gave up for later ones."""
    for row in shown(solution):
        alone = "" if row.alone is None else f" ({number(row.alone)} by itself)"
        line = f"{row.name} ({row.what}): {number(row.value)}{_unit(row.unit)}{alone}"
        yield _wrapped(line, width, hang=2)


def _against(solution: Solution, width: int) -> Iterator[str]:
    """What the plan before came to, and the decisions that moved most."""
    told = solution.repeat
    if told is None or solution.status is Status.ASKED:
        return
    if not told.status_before.has_solution:
        yield _wrapped(f"before: {_ENDED[told.status_before]}", width)
        return
    if told.objective_before is not None and told.objective_now is not None:
        yield _wrapped(
            f"objective: {number(told.objective_before)} -> {number(told.objective_now)}", width
        )
    if not solution.status.has_solution:
        return
    if not told.moved:
        yield "  the plan is the same"
    for one in told.moved[:MOST_VALUES]:
        was = "new" if one.before is None else number(one.before)
        now = "gone" if one.now is None else number(one.now)
        yield _wrapped(f"{one.name}: {was} -> {now}", width)
    if (more := len(told.moved) - MOST_VALUES) > 0:
        yield f"  and {more:,} more that differ (--json shows all)"
    if told.least_change is not None:
        near = "the plan stays as near as possible to the one before"
        if told.least_change:
            near += f", as far as that gives up at most {told.least_change:.4g} of the best"
        yield _wrapped(near, width)


def _tables(solution: Solution, width: int) -> Iterator[str]:
    told = solution.repeat
    if told is not None:
        yield from _bullets((*told.changes, *told.kept), width)


def _trade_off(solution: Solution, width: int) -> Iterator[str]:
    """Each point of the Pareto sweep, one column an objective."""
    if solution.pareto is not None and solution.pareto.message:
        yield _wrapped(solution.pareto.message, width)
    rows = trade_off(solution, number)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text.rjust(width) for text, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}"


def _set(index_set: IndexSet) -> str:
    meaning = f" ({index_set.meaning})" if index_set.meaning else ""
    if index_set.column is not None:
        column = index_set.column
        heads = "the column heads" if column.heads and not column.value else ""
        columns = ", ".join(column.keys) or column.value
        where = heads or f"column{'s' if ',' in columns else ''} {columns}"
        return f"{index_set.name}{meaning}: {where} of table {column.table}"
    if index_set.expression:
        return f"{index_set.name}{meaning}: {index_set.expression}"
    listed = [str(member) for member in index_set.members] or [
        f"({', '.join(map(str, members))})" for members in index_set.tuples
    ]
    more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
    return f"{index_set.name}{meaning}: {', '.join(listed[:8])}{more}"


def _parameter(parameter: Parameter) -> str:
    meaning = f", {parameter.meaning}" if parameter.meaning else ""
    head = f"given {_indexed(parameter.name, parameter.indices)}{meaning}{_unit(parameter.unit)}"
    if parameter.column is not None:
        return f"{head}: column {parameter.column.value} of table {parameter.column.table}"
    if isinstance(parameter.values, float | int):
        return f"{head} = {number(parameter.values)}"
    return head


def _decision(variable: Variable) -> str:
    meaning = f": {variable.meaning}" if variable.meaning else ""
    name = _indexed(variable.name, variable.indices)
    return f"choose {name}{meaning}{_unit(variable.unit)} ({_domain(variable)})"


def _domain(variable: Variable) -> str:
    """Which values a decision may take.

    >>> _domain(Variable(name="x", domain=Domain.INTEGER, upper=5))
    'a whole number from 0 to 5'
    """
    if variable.member_of:
        return f"a member of {variable.member_of}"
    if variable.domain is Domain.BINARY:
        return "yes (1) or no (0)"
    kind = "a whole number" if variable.domain is Domain.INTEGER else "any number"
    lower = _limit(variable.lower_expression, variable.lower)
    upper = _limit(variable.upper_expression, variable.upper)
    if variable.semicontinuous:
        kind = f"0, or {kind}"
    if lower and upper:
        return f"{kind} from {lower} to {upper}"
    if lower:
        return f"{kind} from {lower} up"
    return f"{kind} up to {upper}" if upper else kind


def _limit(expression: str, value: float | None) -> str:
    return expression or ("" if value is None else number(value))


def _row(constraint: Constraint) -> str:
    each = f"  for each {constraint.forall}" if constraint.forall else ""
    return f"{_math(constraint.expression)}{each}"


def _math(expression: str) -> str:
    """An expression without the brackets around a whole side.

    >>> _math("(2*x + y) <= 4"), _math("(a)*(b)")
    ('2*x + y <= 4', '(a)*(b)')
    """
    from optwright.errors import FormulationError
    from optwright.solvers.language.expressions import parse, parse_comparison
    from optwright.solvers.language.notation import to_text

    try:
        node = parse(expression) if _COMPARES.search(expression) is None else None
        rows = parse_comparison(expression) if node is None else (node,)
    except FormulationError:
        return expression
    return to_text(rows[0]).replace(" * ", "*") if len(rows) == 1 else expression


def _stated(mathematics: str, words: str, width: int) -> Iterator[str]:
    """Mathematics, and under it the words it states."""
    margin = len(mathematics) - len(mathematics.lstrip()) + 2
    yield _wrapped(mathematics.strip(), width, indent=" " * margin)
    if words:
        yield _wrapped(f'"{" ".join(words.split())}"', width, indent=" " * (margin + 4))


def _answer(solution: Solution, width: int) -> Iterator[str]:
    if not solution.status.has_solution:
        return
    if solution.objective is not None:
        yield _wrapped(_objective(solution), width)
    told = _told(solution.formulation)
    decided = _of_model(solution, solution.variables)
    chosen = {n: v for n, v in decided.items() if abs(v) > NEGLIGIBLE}
    shown = list(chosen.items())[:MOST_VALUES]
    column = max((len(name) for name, _ in shown), default=0)
    digits = max((len(number(value)) for _, value in shown), default=0)
    for name, value in shown:
        what = told.pop(name.partition("[")[0], "")  # once, not for each element
        yield _wrapped(f"{name:<{column}} = {number(value):>{digits}}{what}", width).rstrip()
    yield from _hidden(len(chosen) - len(shown), len(decided) - len(chosen))


def _of_model(solution: Solution, told: Mapping[str, T]) -> dict[str, T]:
    """What is said of decisions or rows, without those that say something stated linearly."""
    if solution.formulation is None:
        return dict(told)
    known = stated_names(solution.formulation)
    kept = {name: value for name, value in told.items() if name.partition("[")[0] in known}
    return kept or dict(told)


def _hidden(more: int, zero: int) -> Iterator[str]:
    if more:
        yield f"  and {more:,} more that are not zero (--json shows all)"
    if zero:
        yield f"  {_count(zero, 'other decision')} {'is' if zero == 1 else 'are'} zero"


def _told(model: Formulation | None) -> dict[str, str]:
    """What to say behind a value of each variable: its unit and meaning."""
    if model is None:
        return {}
    told = {}
    for variable in model.variables:
        unit = f" {variable.unit}" if variable.unit else ""
        told[variable.name] = unit + (f"  {variable.meaning}" if variable.meaning else "")
    return told


def _unsaid(solution: Solution) -> Iterator[str]:
    """The warnings, less the one that the headline gives."""
    return (w for w in solution.warnings if w != f"not verified: {solution.reason}")


def other_readings(solution: Solution) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the words suggest instead: a sentence with both optima, and the lines of the diff.
    What would change nothing is left out, and what rules propose that were seldom right."""
    for at, proposal in enumerate(solution.proposals, start=1):
        if not proposal.moves or not (is_likely(proposal.rule) or proposal == solution.picked):
            continue
        diff = tuple(s for line in proposal.changes if (s := line.strip())[:2] in ("- ", "+ "))
        if proposal == solution.picked:
            yield f"{at}. taken over: {proposal.condition}", diff
            continue
        written = _came_to(solution.status, solution.objective)
        other = _came_to(proposal.status, proposal.objective)
        yield f"{at}. as written {written}; if {proposal.condition}: {other}", diff


def _proposals(solution: Solution, width: int) -> Iterator[str]:
    found = list(other_readings(solution))
    for said, diff in found[:MOST_READINGS]:
        yield _wrapped(said, width, hang=3)
        yield from (_wrapped(line, width, indent="     ", hang=2) for line in diff)
    less_likely = sum(p.moves for p in solution.proposals) - min(len(found), MOST_READINGS)
    if less_likely and found:
        yield f"  and {less_likely} more that are less likely (--json shows all)"
    if found and solution.run:
        yield f"  'optwright runs accept {solution.run} N' takes one of them over"


def _came_to(status: Status, objective: float | None) -> str:
    return number(objective) if objective is not None else status.value.replace("_", " ")


def _binding(solution: Solution, width: int) -> Iterator[str]:
    """Rows without room, with what one more unit of their limit would do."""
    if not solution.status.has_solution:
        return
    stated = _of_model(solution, solution.sensitivity)
    stating = stating_constraints(solution.formulation)
    rows = [n for n, r in stated.items() if abs(r.get("slack", 1.0)) <= 1e-6]
    priced = prices(solution.formulation, solution.sensitivity)
    if len(rows) > MOST_VALUES:
        rows.sort(key=lambda row: -abs(priced[row].change) if row in priced else 0.0)
    unit = _unit(solution.formulation.objective.unit) if solution.formulation is not None else ""
    for name in rows[:MOST_VALUES]:
        said = _name_of(name, stating)
        if name in priced:
            amount = f"{number(abs(priced[name].change))}{unit}"
            said += f": one more unit of it {priced[name].told('is worth', 'costs', amount)}"
        yield _wrapped(f"- {said}", width, hang=2)
    if len(rows) > MOST_VALUES:
        yield f"  and {len(rows) - MOST_VALUES:,} more (--json shows all)"


def _name_of(row: str, stating: Mapping[str, Constraint]) -> str:
    """A row in the words it states, where there are any."""
    name, _, index = row.partition("[")
    words = " ".join(stating[name].text.split()) if name in stating else ""
    if not words:
        return row
    return f'"{words}"' + (f" for {index.rstrip(']')}" if index else "")


def _said(solution: Solution, width: int, which: str) -> Iterator[str]:
    """Evidence of one kind: what was mended, what supports the answer, what speaks against it."""
    for said in solution.evidence:
        if said.kind in _CONCLUSIONS:  # as runs of earlier versions kept it
            continue  # the headline says so, and it is not held against the answer
        if said.text == solution.reason and not said.supports:
            continue  # the headline says so
        kind = "mended" if said.kind == "mended" else "support" if said.supports else "against"
        if kind == which:
            about = f"{said.element}: " if said.element and said.element not in said.text else ""
            yield from _bullets([about + said.text], width)


def confidence_lines(solution: Solution) -> list[str]:
    """How likely the answer is right, what that rests on, and who judged plans of it, in
    sentences; nothing where nothing was proven."""
    if solution.confidence is None:
        return []
    low, high = solution.interval or (solution.confidence, solution.confidence)
    sure = f"{solution.confidence:.0%} ({low:.0%} to {high:.0%})"
    return [sure, *solution.rests_on, str(solution.plans)]


def _confidence(solution: Solution, width: int) -> Iterator[str]:
    lines = confidence_lines(solution)
    if lines and solution.plans.state in (PlanState.NOT_ASKED, PlanState.IN_PART):
        lines[-1] += " (--reader NAME asks a model, --reader me asks you)"
    yield from _bullets(lines, width)


def _bullets(texts: Iterable[str], width: int) -> Iterator[str]:
    yield from (_wrapped(f"- {text}", width, hang=2) for text in texts)


def _listed(texts: Iterable[str], width: int) -> Iterator[str]:
    """Sentences, and between them items that begin with a dash."""
    for text in texts:
        yield _wrapped(text, width, hang=2 if text.startswith("- ") else 0)


def _wrapped(text: str, width: int, *, indent: str = "  ", hang: int = 4) -> str:
    lines = textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent + " " * hang,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _indexed(name: str, indices: tuple[str, ...]) -> str:
    return f"{name}[{','.join(indices)}]" if indices else name


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
