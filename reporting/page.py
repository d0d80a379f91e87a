"""A report as one HTML page: no script, nothing from outside itself, and every word of the
problem, its tables and the model's reply escaped. A content policy in the page holds browsers to
the first two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby
from math import isfinite

from optwright.agents.objectives_shown import shown, trade_off
from optwright.agents.render import confidence_lines, cost, headline, number, other_readings
from optwright.agents.solution import Solution
from optwright.reporting import pictures as drawn
from optwright.reporting.answers import Family, Members
from optwright.reporting.charts.bars import Level, bars, levels
from optwright.reporting.facts import Facts
from optwright.reporting.limits import Limit, groups
from optwright.reporting.marks import Part, Piece, pieces
from optwright.reporting.style import INSIDE, PAGE
from optwright.reporting.terms import objective_terms
from optwright.solvers.export.html import HtmlRow
from optwright.solvers.export.html import rows as rows_of
from optwright.solvers.language.stages import sense_of
from optwright.solvers.model.formulation import Domain, Sense
from optwright.version import __version__

MOST_CELLS = 200  # of one table; --json has all
MOST_ACROSS = 12
MOST_OF_A_LIMIT = 8
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(facts: Facts) -> str:
    """The whole page as text in UTF-8."""
    title = escape(facts.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{PAGE}</style></head>\n"
        f"<body><main><h1>{title}</h1>\n{body(facts)}\n</main></body></html>\n"
    )


def notebook(facts: Facts) -> str:
    """The answer with its own style, to stand among other things in a page."""
    return f'<style>{INSIDE}</style><div class="optwright">{answer(facts)}</div>'


def answer(facts: Facts) -> str:
    """The answer, its limits and what speaks for it, for a page that has the style already."""
    solution = facts.solution
    parts = [
        ("", _verdict(solution)),
        ("", _answer(facts)),
        ("What each objective comes to", _objectives(solution)),
        ("The trade-off", _trade_off(solution)),
        ("Changed by you", _list(solution.changes)),
        ("Asked", _list(solution.questions)),
        ("Other readings", _readings(solution)),
        ("Why there is no solution", _sentences(solution.diagnosis)),
        ("The limits", _limits(facts)),
        ("What supports it, and what speaks against it", _evidence(solution)),
        ("Confidence", _list(confidence_lines(solution))),
        ("Warnings", _list(solution.warnings)),
    ]
    return "\n".join(f"{_heading(name)}{part}" for name, part in parts if part)


def body(facts: Facts) -> str:
    """The sections that have something to say, without the page around them."""
    solution = facts.solution
    marked = pieces(facts.text, solution.formulation)
    parts = [
        ("", _verdict(solution)),
        ("The problem", _problem(marked) if facts.text else ""),
        ("The answer", _answer(facts)),
        ("What each objective comes to", _objectives(solution)),
        ("The trade-off", _trade_off(solution)),
        ("Changed by you", _list(solution.changes)),
        ("Asked", _list(solution.questions)),
        ("Other readings", _readings(solution)),
        ("Why there is no solution", _sentences(solution.diagnosis)),
        ("The limits", _limits(facts)),
        ("The model", _model(solution, marked)),
        ("The data", _data(facts)),
        ("Assumed", _list(solution.assumptions)),
        ("What supports it, and what speaks against it", _evidence(solution)),
        ("Confidence", _list(confidence_lines(solution))),
        ("Warnings", _list(solution.warnings)),
        ("What it cost", f"<p>{escape(cost(solution))}</p>{_run(solution)}"),
    ]
    return "\n".join(f"{_heading(name)}{part}" for name, part in parts if part)


def _objectives(solution: Solution) -> str:
    rows = [
        (
            r.name,
            r.what,
            f"{number(r.value)} {r.unit}".rstrip(),
            "" if r.alone is None else f"{number(r.alone)} by itself",
        )
        for r in shown(solution)
    ]
    return _cells(rows)


def _trade_off(solution: Solution) -> str:
    head, *rows = trade_off(solution, number) or [()]
    return _cells(rows[:MOST_CELLS], head) if rows else ""


def _cells(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """A plain table; nothing for no rows."""
    if not rows:
        return ""
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows
    )
    return f"<table>{f'<tr>{top}</tr>' if top else ''}{lines}</table>"


def _readings(solution: Solution) -> str:
    """What the words suggest instead, each with its diff."""
    items = [
        f"<li>{escape(said.partition('. ')[2])}"
        + "".join(f"<br><code>{escape(line)}</code>" for line in diff)
        + "</li>"
        for said, diff in other_readings(solution)
    ]
    return f"<ol>{''.join(items)}</ol>" if items else ""


def _heading(name: str) -> str:
    return f"<h2>{escape(name)}</h2>\n" if name else ""


def _verdict(solution: Solution) -> str:
    doubt = "" if solution.verified or solution.changes else " doubt"
    value = ""
    if solution.status.has_solution and solution.objective is not None:
        unit = solution.formulation.objective.unit if solution.formulation is not None else ""
        value = f"<b>{escape(f'{number(solution.objective)} {unit}'.strip())}</b>"
    said = escape(headline(solution, 10_000))
    return f'<div class="verdict{doubt}">{value}<span>{said}</span></div>'


def _problem(marked: Sequence[Piece]) -> str:
    notes = []
    if any(piece.number is not None for piece in marked):
        notes.append("Numbers lead to the part of the model that uses them")
    if any(piece.number is not None and not piece.parts for piece in marked):
        notes.append("a dashed number is used nowhere")
    told = f'<p class="faint small">{"; ".join(notes)}.</p>' if notes else ""
    text = "".join(_piece(piece, place) for place, piece in enumerate(marked))
    return f'<div class="problem">{text}</div>{told}'


def _piece(piece: Piece, place: int) -> str:
    shown = escape(piece.text)
    if piece.number is not None:
        loose = "" if piece.parts else ' class="loose"'
        shown = f'<mark id="n{place}"{loose}>{shown}</mark>'
    if piece.is_said:
        shown = f'<span class="said">{shown}</span>'
    links = " ".join(map(_link, piece.parts))
    return f"{shown}<sup>{links}</sup>" if links else shown


def _link(part: Part) -> str:
    return f'<a href="#{escape(part.anchor)}">{escape(part.label)}</a>'


def _answer(facts: Facts) -> str:
    if not facts.solution.status.has_solution:
        return ""
    found = drawn.pictures(facts)
    shown = [
        f"<figure><figcaption>{escape(p.caption)}</figcaption>{p.html}</figure>" for p in found
    ]
    helpers = facts.structure.helpers
    single = [f for f in facts.families if not f.sets and f.name not in helpers]
    whole = {name for p in found if p.is_whole for name in p.is_of}
    rest = [f for f in facts.families if f.sets and f.name not in whole | helpers]
    folded = [f for f in facts.families if f.sets and f.name in whole | helpers]
    tables = "".join(map(_family, folded))
    more = f"<details><summary>All values</summary>{tables}</details>" if tables else ""
    return "".join([_scalars(single), *shown, _terms(facts), *map(_family, rest), more])


def _terms(facts: Facts) -> str:
    """What each part of the objective comes to."""
    found = objective_terms(facts)
    if len(found) < 2 or facts.solution.formulation is None:
        return ""
    unit = facts.solution.formulation.objective.unit
    drawn_terms = bars([(term.label, term.value) for term in found], unit)
    return f"<figure><figcaption>What the total is made of</figcaption>{drawn_terms}</figure>"


def _scalars(families: Sequence[Family]) -> str:
    rows = [
        (
            f"<td>{escape(f.title)}</td>",
            _value(f.values.get((), 0.0), f),
            f"<td>{escape(f.unit)}</td>",
        )
        for f in families
    ]
    return _table((), ["".join(row) for row in rows])


def _family(family: Family) -> str:
    """The values of a decision over sets: a table of both indices, or a list of what is chosen."""
    if not family.sets:
        return ""
    head = f"<h3>{escape(family.title)}{escape(f' ({family.unit})' if family.unit else '')}</h3>"
    chosen = family.chosen
    if len(family.members) == 2 and _is_small(family.members):
        return head + _crossed(family)
    rows = [
        "".join(f"<td>{escape(member)}</td>" for member in key) + _value(value, family)
        for key, value in list(chosen.items())[:MOST_CELLS]
    ]
    names = [*family.sets, "value"]
    more = len(chosen) - len(rows)
    notes = [f"{more:,} more are not zero"] if more else []
    zero = len(family.values) - len(chosen)
    notes += [f"{zero:,} {'is' if zero == 1 else 'are'} zero"] if zero else []
    return head + _table(names, rows) + _note("; ".join(notes))


def _is_small(members: Sequence[Members]) -> bool:
    return len(members[1]) <= MOST_ACROSS and len(members[0]) * len(members[1]) <= MOST_CELLS


def _crossed(family: Family) -> str:
    """The table of both indices, without what has nothing in it; that is named below it."""
    down, across = (
        [name for name in members if any(key[at] == name for key in family.chosen)]
        for at, members in enumerate(family.members)
    )
    head = "".join(f'<th class="n">{escape(name)}</th>' for name in across)
    rows = [
        f"<th>{escape(row)}</th>"
        + "".join(_value(family.values.get((row, name), 0.0), family) for name in across)
        for row in down
    ]
    inside = "".join(f"<tr>{row}</tr>" for row in rows)
    shown = {*down, *across}
    idle = list(dict.fromkeys(m for own in family.members for m in own if m not in shown))
    note = _note(f"Nothing for {', '.join(idle)}.") if idle else ""
    if not rows:
        return note
    return f'<div class="scroll"><table><tr><th></th>{head}</tr>{inside}</table></div>{note}'


def _value(value: float, family: Family) -> str:
    binary = family.variable is not None and family.variable.domain is Domain.BINARY
    told = ("yes" if value > 0.5 else "no") if binary else number(value)
    zero = " zero" if told in ("0", "no") else ""
    return f'<td class="n{zero}">{told}</td>'


def _limits(facts: Facts) -> str:
    if not facts.limits:
        return _sentences(facts.notes)
    found = groups(facts.limits)
    single = [g for g in found if len(g.rows) == 1 and not g.rows[0].place]
    several = [g for g in found if g not in single and not g.is_equation]
    parts = []
    if rows := [g.rows[0] for g in single]:
        parts.append(levels([_level(row, row.words or row.row) for row in rows if row.limit]))
        parts.append(_binding(rows, facts.solution, lambda row: row.name))
    for group in several:
        drawn_rows = _fullest(group.rows)
        full = levels([_level(row, row.place) for row in drawn_rows])
        told = set() if len(group.binding) < len(group.rows) else {row.row for row in group.rows}
        told |= {row.row for row in drawn_rows}
        rest = [row for row in group.rows if row.row not in told or row.price is not None]
        prices = _binding(rest, facts.solution, lambda row: row.place)
        parts.append(f"<h3>{escape(group.said)}</h3>{full}{prices}")
    if equations := [g for g in found if g.is_equation and g not in single]:
        said = _list(group.said for group in equations)
        parts.append(f"<details><summary>Equations, which hold anyway</summary>{said}</details>")
    none = "" if any(g.binding for g in found) else "<p>No limit binds.</p>"
    return "".join(parts) + none + _sentences(facts.notes)


def _fullest(rows: Sequence[Limit]) -> list[Limit]:
    """The rows to draw, in order: of many those that are used most."""
    filled = [row for row in rows if row.limit is not None and row.used]
    if all(row.binds for row in rows) or all((row.limit or 0.0) <= 1 for row in filled):
        return []  # all alike, or counted by ones: bars would say nothing more
    kept = {row.row for row in sorted(filled, key=lambda row: row.slack)[:MOST_OF_A_LIMIT]}
    return [row for row in filled if row.row in kept]


def _level(limit: Limit, label: str) -> Level:
    most, reached = limit.limit or 1.0, limit.used or 0.0
    if limit.lower == limit.upper:
        figures = f"{number(reached)}, exactly {number(most)}"
    elif most == limit.upper:
        figures = f"{number(reached)} of {number(most)}"
    else:
        figures = f"{number(reached)}, at least {number(most)}"
    return Level(label, reached, most, figures, limit.binds)


def _binding(rows: Sequence[Limit], solution: Solution, name: Callable[[Limit], str]) -> str:
    """The rows that bind and what one more unit of them does; of those that nothing is known of
    only the names."""
    binding = [row for row in rows if row.binds]
    priced = [row for row in binding if row.price is not None][:MOST_CELLS]
    cells = [f"<td>{escape(name(row))}</td>{_price(row, solution)}" for row in priced]
    table = _table(("limit that binds", "one more unit", "while it is"), cells)
    rest = [name(row) for row in binding if row.price is None]
    told = "; ".join(rest[: MOST_OF_A_LIMIT * 2])
    more = len(rest) - MOST_OF_A_LIMIT * 2
    told += f" and {more:,} more" if more > 0 else ""
    return table + (f'<p class="small">Binds: {escape(told)}.</p>' if told else "")


def _price(limit: Limit, solution: Solution) -> str:
    return f"<td>{escape(worth(limit, solution))}</td><td>{escape(held(limit))}</td>"


def worth(limit: Limit, solution: Solution) -> str:
    """What one more unit of a limit does: `gains 0.35 dollars`, `costs at least 5`, `changes
    nothing`; empty where that is not known."""
    if limit.price is None:
        return ""
    model = solution.formulation
    maximize = model is not None and sense_of(model) is Sense.MAXIMIZE
    unit = model.objective.unit if model is not None else ""
    amount = f"{number(abs(limit.price.change))} {unit}".strip()
    return limit.price.told("gains" if maximize else "saves", "costs", amount)


def held(limit: Limit) -> str:
    """Where the price of a limit holds: `between 60 and 95`; empty where that is not known or is
    nowhere but at the limit."""
    if limit.price is None or limit.price.low >= limit.price.high:
        return ""
    low, high = limit.price.low, limit.price.high
    if isfinite(low) and isfinite(high):
        return f"between {number(low)} and {number(high)}"
    if isfinite(low):
        return f"at least {number(low)}"
    return f"at most {number(high)}" if isfinite(high) else ""


def _model(solution: Solution, marked: Sequence[Piece]) -> str:
    if solution.formulation is None:
        return f"<pre>{escape(solution.code)}</pre>" if solution.code else ""
    back = _backlinks(marked)
    return "".join(_row(row, back.get(row.anchor, "")) for row in rows_of(solution.formulation))


def _row(row: HtmlRow, links: str) -> str:
    """A part of the model, its words, and where the text has its numbers."""
    name = f' id="{escape(row.anchor)}"' if row.anchor else ""
    quoted = f"<q>{escape(' '.join(row.words.split()))}</q> " if row.words else ""
    told = f"<div>{quoted}{links}</div>" if quoted or links else ""
    return (
        f'<div class="row"{name}><span class="label">{escape(row.label)}</span>'
        f'<div><div class="formula">{row.formula}</div>{told}</div></div>'
    )


def _backlinks(marked: Sequence[Piece]) -> dict[str, str]:
    """For each part of the model, links to the numbers of the text that it uses."""
    found: dict[str, list[str]] = {}
    for place, piece in enumerate(marked):
        for part in piece.parts if piece.number is not None else ():
            link = f'<a href="#n{place}">{escape(piece.text)}</a>'
            found.setdefault(part.anchor, []).append(link)
    return {
        anchor: f'<span class="small faint">from {", ".join(links)}</span>'
        for anchor, links in found.items()
    }


def _data(facts: Facts) -> str:
    if not facts.tables:
        return ""
    rows = [
        f"<td>{escape(t.name)}</td><td class='n'>{len(t):,}</td>"
        f"<td>{escape(', '.join(f'{c.name} ({c.type})' for c in t.columns[:MOST_ACROSS]))}</td>"
        for t in facts.tables.values()
    ]
    told = [sentence for match in facts.matches for sentence in match.sentences()]
    matched = f"<h3>Which column became what</h3>{_list(told)}" if told else ""
    return _table(("table", "rows", "columns"), rows) + matched


def _evidence(solution: Solution) -> str:
    items = "".join(
        f'<li class="{"for" if said.supports else "against"}">'
        f"{escape(f'{said.element}: ' if said.element and said.element not in said.text else '')}"
        f"{escape(said.text)}</li>"
        for said in solution.evidence
    )
    return f"<ul>{items}</ul>" if items else ""


def _run(solution: Solution) -> str:
    run = f"run {solution.run}, " if solution.run else ""
    return _note(f"{run}written by optwright {__version__}")


def _sentences(told: Iterable[str]) -> str:
    """Sentences as paragraphs, and those that begin with a dash as items of a list."""
    parts = []
    for is_item, lines in groupby(told, lambda line: line.startswith("- ")):
        if is_item:
            parts.append(_list(line.removeprefix("- ") for line in lines))
        else:
            parts += [f"<p>{escape(line)}</p>" for line in lines]
    return "".join(parts)


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _note(text: str) -> str:
    return f'<p class="faint small">{escape(text)}</p>' if text else ""


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    """A table of cells that are HTML already; `head` is text."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    inside = "".join(f"<tr>{row}</tr>" for row in rows)
    first = f"<tr>{top}</tr>" if top else ""
    return f'<div class="scroll"><table>{first}{inside}</table></div>' if rows else ""
