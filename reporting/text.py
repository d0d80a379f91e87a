"""A report as Markdown: headings, tables and LaTeX formulas, as code hosts and notebooks show
them. Nothing of the problem, its tables or the model's reply is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from optwright.agents.objectives_shown import shown, trade_off
from optwright.agents.render import confidence_lines, cost, headline, number, other_readings
from optwright.agents.solution import Solution
from optwright.reporting.answers import Family
from optwright.reporting.facts import Facts
from optwright.reporting.limits import Limit, groups
from optwright.reporting.page import held, worth
from optwright.reporting.terms import objective_terms
from optwright.solvers.export.html import domain
from optwright.solvers.export.latex import mathematics
from optwright.solvers.model.formulation import Formulation

MOST_ROWS = 200
_MARKUP = re.compile(r"([\\`*_\[\]|<>~$&])|^(?:[#+-]|\d+(?=[.)]))")
"""What Markdown reads as markup anywhere, and what only where a line begins."""


def document(facts: Facts) -> str:
    """The whole document."""
    solution = facts.solution
    parts: list[tuple[str, Iterable[str]]] = [
        ("", [f"**{escaped(headline(solution, 10_000))}**"]),
        ("The problem", [f"> {line}" for line in map(escaped, facts.text.splitlines())]),
        ("Changed by you", _items(solution.changes)),
        ("Asked", _items(solution.questions)),
        ("The answer", _answer(facts)),
        ("What each objective comes to", _objectives(solution)),
        ("The trade-off", _trade_off(solution)),
        ("Other readings", _readings(solution)),
        ("Why there is no solution", _listed(solution.diagnosis)),
        ("Limits that bind", _limits(facts)),
        ("The model", _model(solution)),
        ("The data", _data(facts)),
        ("Assumed", _items(solution.assumptions)),
        ("What supports it, and what speaks against it", _evidence(solution)),
        ("Confidence", _items(confidence_lines(solution))),
        ("Warnings", _items(solution.warnings)),
        ("What it cost", [cost(solution) + (f", run {solution.run}" if solution.run else "")]),
    ]
    blocks = [f"# {escaped(facts.title)}"]
    for name, lines in parts:
        if body := "\n".join(lines):
            blocks += [f"## {name}", body] if name else [body]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _MARKUP.sub(_held, " ".join(text.split()))


def _held(found: re.Match[str]) -> str:
    mark = found[0]
    # A digit takes no backslash; a word joiner, which nobody sees, keeps it from being a number.
    return f"{mark}\u2060" if mark.isdigit() else f"\\{mark}"


def _objectives(solution: Solution) -> Iterator[str]:
    rows = [
        (r.name, r.what, number(r.value), r.unit, "" if r.alone is None else number(r.alone))
        for r in shown(solution)
    ]
    yield from _table(("", "sought", "value", "unit", "by itself"), rows)


def _trade_off(solution: Solution) -> Iterator[str]:
    head, *rows = trade_off(solution, number) or [()]
    yield from _table(head, rows)


def _answer(facts: Facts) -> Iterator[str]:
    helpers = facts.structure.helpers
    single = [f for f in facts.families if not f.sets and f.name not in helpers]
    rows = [(f.title, number(f.values.get((), 0.0)), f.unit) for f in single]
    yield from _table(("decision", "value", "unit"), rows)
    parts = [(term.label, number(term.value)) for term in objective_terms(facts)]
    if parts:
        yield ""
        yield from _table(("what the total is made of", "value"), parts)
    for family in facts.families:
        if family.sets and family.name not in helpers:
            yield from _family(family)


def _family(family: Family) -> Iterator[str]:
    unit = f" ({family.unit})" if family.unit else ""
    yield f"\n### {escaped(family.title + unit)}\n"
    rows = [(*key, number(value)) for key, value in list(family.chosen.items())[:MOST_ROWS]]
    yield from _table((*family.sets, "value"), rows)
    more = len(family.chosen) - len(rows)
    zero = len(family.values) - len(family.chosen)
    if more:
        yield f"\n{more:,} more are not zero."
    if zero:
        yield f"\n{zero:,} {'is' if zero == 1 else 'are'} zero."


def _readings(solution: Solution) -> Iterator[str]:
    """What the words suggest instead, each with its diff."""
    for said, diff in other_readings(solution):
        number_of, _, sentence = said.partition(". ")
        yield f"{number_of}. {escaped(sentence)}"
        yield from (f"   - {escaped(line)}" for line in diff)


def _limits(facts: Facts) -> Iterator[str]:
    found = groups(facts.limits)
    binding = [row for group in found if not group.is_equation for row in group.binding]
    rows = [_limit(row, facts.solution) for row in binding[:MOST_ROWS]]
    yield from _table(("limit", "used", "one more unit", "while it is"), rows)
    if several := [group.said for group in found if len(group.rows) > 1]:
        yield ""
        yield from _items(several)
    if facts.notes:
        yield ""
        yield from _listed(facts.notes)


def _limit(limit: Limit, solution: Solution) -> Sequence[str]:
    used = "" if limit.used is None else number(limit.used)
    return limit.name, used, worth(limit, solution), held(limit)


def _model(solution: Solution) -> Iterator[str]:
    model = solution.formulation
    if model is None:
        if solution.code:
            yield f"```python\n{solution.code.replace('```', '` ` `').rstrip()}\n```"
        return
    yield from _decisions(model)
    yield f"\n$$\n{mathematics(model).replace('align*', 'aligned')}\n$$\n"
    rows = [(limit.name, limit.text) for limit in model.constraints if limit.text]
    yield from _table(("limit", "words of the problem"), rows)


def _decisions(model: Formulation) -> Iterator[str]:
    for index_set in model.sets:
        column = index_set.column
        told = ", ".join(map(str, index_set.members[:12]))
        told += "" if len(index_set.members) <= 12 else f" and {len(index_set.members) - 12} more"
        if column is not None:
            told = f"column {column.value} of {column.table}"
        meaning = f" ({index_set.meaning})" if index_set.meaning else ""
        yield f"- set {escaped(index_set.name + meaning)}: {escaped(told)}"
    for variable in model.variables:
        what = f": {variable.meaning}" if variable.meaning else ""
        unit = f" in {variable.unit}" if variable.unit else ""
        yield f"- choose {escaped(f'{variable.name}{what}{unit} ({domain(variable)})')}"


def _data(facts: Facts) -> Iterator[str]:
    rows = [
        (t.name, f"{len(t):,}", ", ".join(f"{c.name} ({c.type})" for c in t.columns[:12]))
        for t in facts.tables.values()
    ]
    yield from _table(("table", "rows", "columns"), rows)
    told = [sentence for match in facts.matches for sentence in match.sentences()]
    if told:
        yield "\nWhich column became what:\n"
        yield from _items(told)


def _evidence(solution: Solution) -> Iterator[str]:
    for said in solution.evidence:
        about = f"{said.element}: " if said.element and said.element not in said.text else ""
        yield f"- {'for' if said.supports else '**against**'}: {escaped(about + said.text)}"


def _items(texts: Iterable[str]) -> Iterator[str]:
    yield from (f"- {escaped(text)}" for text in texts)


def _listed(texts: Iterable[str]) -> Iterator[str]:
    """Sentences, and those that begin with a dash as items."""
    for text in texts:
        if text.startswith("- "):
            yield f"- {escaped(text.removeprefix('- '))}"
        else:
            yield f"{escaped(text)}\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table without the columns that are empty; nothing if it has no rows."""
    kept = [k for k in range(len(head)) if any(row[k] for row in rows)]
    if not kept:
        return
    yield f"| {' | '.join(escaped(head[k]) for k in kept)} |"
    yield f"|{' --- |' * len(kept)}"
    for row in rows:
        yield f"| {' | '.join(escaped(row[k]) for k in kept)} |"
