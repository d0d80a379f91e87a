"""Answers that say when things happen: a lane for each machine or job, a bar from start to end.

Statements say what is an interval: `nooverlap` and `cumulative` by name, and comparisons of two
moments with a length of the data between them. Bars of one lane that overlap stand below one
another, so that none is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optwright.agents.render import number
from optwright.errors import OptwrightError
from optwright.reporting.answers import Family
from optwright.reporting.charts.gantt import Bar
from optwright.reporting.structure import Precedence, Stated, Structure, loops_for, terms
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain

if TYPE_CHECKING:
    from optwright.reporting.facts import Facts

_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True)
class Schedule:
    """The bars of some decisions, in the order of the model."""

    bars: tuple[Bar, ...]
    names: tuple[str, ...]
    unit: str


def schedules(facts: Facts) -> Iterator[Schedule]:
    """A schedule for each family of moments: the first reading of it that gives bars."""
    families = {family.name: family for family in facts.families}
    shown = set[str]()
    for reading in (_stated_intervals, _apart, _ending, _after):
        for names, bars in reading(facts, families):
            kept = tuple(bar for bar in bars if bar.end - bar.start > _SHORTEST)
            if kept and not shown & set(names) and _are_moments(facts, families, names):
                shown |= set(names)
                yield Schedule(kept, names, families[names[0]].unit)


def _are_moments(facts: Facts, families: Mapping[str, Family], names: Sequence[str]) -> bool:
    """Whether these can be moments at all: amounts over periods, and stocks, have the same form."""
    own = [families[name] for name in names if name in families]
    return bool(own) and not any(
        family.name in facts.structure.levels
        or any(
            facts.structure.order(name, members) > 1
            for name, members in zip(family.sets, family.members, strict=True)
        )
        for family in own
    )


Read = Iterator[tuple[tuple[str, ...], Sequence[Bar]]]


def _stated_intervals(facts: Facts, families: Mapping[str, Family]) -> Read:
    """`nooverlap((start, length) for ...)`: a lane for each combination it is stated for."""
    by_start = dict[str, list[Bar]]()
    for stated in facts.structure.statements:
        special = stated.statement
        if not isinstance(special, ex.Special) or special.kind not in ("nooverlap", "cumulative"):
            continue
        for item in special.items:
            ref = _moment(item[0], families)
            if ref is None:
                continue
            loops = (*stated.loops, *special.generators)
            outer = [name for g in stated.loops for name in g.names]
            present = item[-1] if len(item) == (3 if special.kind == "nooverlap" else 4) else None
            rows = _rows(facts, loops, [item[0], item[1], *([present] if present else [])])
            for texts, (start, length, *there) in rows:
                if there and there[0] < 0.5:
                    continue
                own = _called(ref, texts, without=outer) or ref.name
                lane = ", ".join(texts[name] for name in outer if name in texts)
                by_start.setdefault(ref.name, []).append(
                    Bar(lane or own, own, start, start + length)
                )
    for name, bars in by_start.items():
        yield (name,), _once(bars)


def _apart(facts: Facts, families: Mapping[str, Family]) -> Read:
    """Pairs of moments of which one has to come so much after the other, whichever: what they
    share is the machine, or else a yes/no says where each is done."""
    for p in facts.structure.precedences:
        if not p.is_switched or p.first.name != p.second.name:
            continue
        shared = frozenset(
            one.name
            for one, other in zip(p.first.indices, p.second.indices, strict=False)
            if isinstance(one, ex.Ref) and one == other
        )
        where = {} if shared else _where(p, families)
        bars = _bars_of(facts, families, p, shared, where)
        if bars and not shared and not where:
            bars = [Bar(ONE_AT_A_TIME, b.name, b.start, b.end) for b in bars]
        yield (p.first.name,), bars


ONE_AT_A_TIME = "one at a time"


def _ending(facts: Facts, families: Mapping[str, Family]) -> Read:
    """`end[j] == start[j] + length[j]` and `start[j] + length[j] <= done`: a lane for each job."""
    for stated in facts.structure.statements:
        for comparison in stated.comparisons:
            pair = _pair(comparison, facts.structure, families)
            if pair is not None and comparison.operator == "==":
                first, last = pair
                if not _are_compared(facts.structure, {first.name, last.name}):
                    continue
                yield (first.name, last.name), list(_between(families, first.name, last.name))
    for p in facts.structure.precedences:
        if not p.second.indices and p.first.indices and not p.switches:
            yield (p.first.name,), _bars_of(facts, families, p, frozenset(), {})


def _are_compared(structure: Structure, names: set[str]) -> bool:
    """Whether one thing's moments are held against another thing's: `end[i] <= start[j]`."""
    return any(
        {p.first.name, p.second.name} <= names and p.first.indices != p.second.indices
        for p in structure.precedences
    )


def _after(facts: Facts, families: Mapping[str, Family]) -> Read:
    """What has to come after what, without any machine: a lane for each job."""
    for p in facts.structure.precedences:
        if p.first.name == p.second.name and not p.is_switched:
            yield (p.first.name,), _bars_of(facts, families, p, frozenset(), {})


def _bars_of(
    facts: Facts,
    families: Mapping[str, Family],
    precedence: Precedence,
    shared: frozenset[str],
    where: Mapping[str, str],
) -> list[Bar]:
    """The bars of a family of moments. A length that depends on the first of two moments follows
    it, so these are starts; one that depends on the second alone makes them ends."""
    family = families.get(precedence.first.name)
    if family is None or not _is_amount(family):
        return []
    for ref, way in ((precedence.first, 1), (precedence.second, -1)):
        if ref.name != family.name or not all(isinstance(i, ex.Ref) for i in ref.indices):
            continue
        own = ex.names(ref) - {ref.name}
        lengths = [t for t in precedence.lengths if _loops_in(t, precedence.stated) <= own]
        if way < 0:
            lengths = [t for t in lengths if _loops_in(t, precedence.stated)]
        if not lengths:
            continue
        length = lengths[0] if len(lengths) == 1 else ex.Add(tuple(lengths))
        bars = []
        for texts, (moment, lasts) in _rows(
            facts, loops_for(own, precedence.stated), [ref, length]
        ):
            key = tuple(texts[i.name] for i in ref.indices if isinstance(i, ex.Ref))
            if key not in family.values:
                continue
            lane, name = _lane(ref, texts, shared, where)
            ends = sorted((moment, moment + way * lasts))
            bars.append(Bar(lane, name, ends[0], ends[1]))
        if bars:
            return bars
    return []


def _lane(
    ref: ex.Ref, texts: Mapping[str, str], shared: frozenset[str], where: Mapping[str, str]
) -> tuple[str, str]:
    names = [index.name for index in ref.indices if isinstance(index, ex.Ref)]
    called = ", ".join(texts[n] for n in names if n not in shared) or ref.name
    if shared:
        return ", ".join(texts[n] for n in names if n in shared), called
    if called in where:
        return where[called], called
    if len(names) > 1:
        return texts[names[0]], ", ".join(texts[n] for n in names[1:])
    return called, called


def _where(precedence: Precedence, families: Mapping[str, Family]) -> dict[str, str]:
    """Where each thing is done, by a yes/no over things and places that switches the statement."""
    own = {i.name for i in precedence.first.indices if isinstance(i, ex.Ref)}
    for switch in precedence.switches:
        family = families.get(switch.name)
        names = [i.name for i in switch.indices if isinstance(i, ex.Ref)]
        if family is None or len(names) != 2 or len(own & set(names)) != 1:
            continue
        at = 0 if names[0] in own else 1
        if names[1 - at] in {i.name for i in precedence.second.indices if isinstance(i, ex.Ref)}:
            continue
        return {key[at]: key[1 - at] for key in family.chosen}
    return {}


def _pair(
    comparison: ex.Comparison, structure: Structure, families: Mapping[str, Family]
) -> tuple[ex.Ref, ex.Ref] | None:
    """The start and the end of `end[j] == start[j] + length`: the data is on the start's side."""
    found = [*terms(comparison.left, 1), *terms(comparison.right, -1)]
    refs = [(sign, t) for sign, t in found if isinstance(t, ex.Ref) and t.name in families]
    given = [(sign, t) for sign, t in found if not structure.variables.keys() & ex.names(t)]
    if len(refs) != 2 or len(given) != 1 or len(found) != 3:
        return None
    (way, _), (one, first), (other, second) = given[0], refs[0], refs[1]
    if one == other or first.name == second.name or first.indices != second.indices:
        return None
    if not first.indices or any(not _is_amount(families[r.name]) for r in (first, second)):
        return None
    return (first, second) if one == way else (second, first)


def _between(families: Mapping[str, Family], start: str, end: str) -> Iterator[Bar]:
    for key, began in families[start].values.items():
        lane, *rest = key
        yield Bar(lane, ", ".join(rest) or lane, began, families[end].values.get(key, began))


def _rows(
    facts: Facts, loops: Iterable[ex.Generator], parts: Sequence[ex.Expr]
) -> Iterator[tuple[dict[str, str], list[float]]]:
    """For each combination of the loops its members, by the names of the loops, and what the parts
    come to at the answer; nothing where that cannot be worked out."""
    if facts.evaluation is None:
        return
    try:
        frame, columns = facts.evaluation.table(
            parts, facts.solution.variables, ex.Forall(tuple(loops))
        )
    except OptwrightError:
        return  # some combination has no number; the tables of the report show the rest
    texts = {name: loop.texts().tolist() for name, loop in frame.bound.items()}
    for row in range(frame.size):
        yield (
            {name: column[row] for name, column in texts.items()},
            [float(column[row]) for column in columns],
        )


def _moment(node: ex.Expr, families: Mapping[str, Family]) -> ex.Ref | None:
    refs = [n for n in ex.walk(node) if isinstance(n, ex.Ref) and n.name in families]
    amounts = [ref for ref in refs if _is_amount(families[ref.name])]
    return amounts[0] if amounts else None


def _called(ref: ex.Ref, texts: Mapping[str, str], *, without: Sequence[str]) -> str:
    """What an interval is called: the members of its index that are not its lane's."""
    said = [
        texts.get(index.name, index.name) if isinstance(index, ex.Ref) else _quoted(index)
        for index in ref.indices
        if not (isinstance(index, ex.Ref) and index.name in without)
    ]
    return ", ".join(said)


def _quoted(index: ex.Expr) -> str:
    return index.value if isinstance(index, ex.Quoted) else ex.to_text(index)


def _loops_in(node: ex.Expr, stated: Stated) -> frozenset[str]:
    return ex.names(node) & stated.sets.keys()


def _is_amount(family: Family) -> bool:
    return family.variable is None or family.variable.domain is not Domain.BINARY


def _once(bars: Sequence[Bar]) -> list[Bar]:
    return list(dict.fromkeys(bars))


def told(bar: Bar, unit: str) -> str:
    """`paint: 1 to 5 hours`."""
    return f"{bar.name}: {number(bar.start)} to {number(bar.end)} {unit}".strip()
