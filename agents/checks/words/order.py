"""Numbers that a model gives to other things than the order of the text does.

Who names several things and several numbers in one sentence names them in one order: "benches
bring 35 and planters 14", "35 for benches and 14 for planters", "benches and planters bring 35 and
14". So where a sentence alone holds the numbers by which a row, or the objective, counts decisions
that it names, and the numbers of a list are those of a parameter, their order tells whose each is,
whatever the words between them say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby, pairwise

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.rows import StatedRow, objective_weights
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Quantity, same
from optwright.agents.text.wording import mentions, sentences
from optwright.solvers.model.formulation import IndexSet, Parameter

_FEWEST_LISTED = 3
"""Two numbers stand side by side in some order by chance."""
_DIGITS = 9
"""Decimals to which a number of the text is one of the model."""


def crossed(context: CheckContext) -> Iterator[Finding]:
    """Rows, the objective and parameters whose numbers go to others than the text's order says."""
    yield from _crossed_sums(context)
    yield from _crossed_lists(context)


def _crossed_sums(context: CheckContext) -> Iterator[Finding]:
    arrays = context.arrays
    if context.formulation.sets or arrays is None or len(context.names) < 2:
        return
    sums = {"objective": objective_weights(arrays)}
    sums |= {name: dict(row.coefficients) for name, row in context.rows.items() if _adds_up(row)}
    told = [(words, _values(context.numbers_of(words))) for words in sentences(context.text)]
    counts = Counter(_values(context.stated))
    for element, weights in sums.items():
        owners = {round(abs(v), _DIGITS): name for name, v in weights.items()}
        if len(owners) < len(weights) or len(owners) < 2 or 1.0 in owners:
            continue  # a number that two decisions count by is either's, and 1 is nobody's
        for sentence, values in told:
            own = [value for value in values if value in owners]
            order = [owners[value] for value in own]
            once = all(counts[value] == 1 for value in own)
            if len(own) > 1 and once and _is_crossed(context, sentence, order, {*owners.values()}):
                yield _finding(element, sentence, order)


def _values(numbers: Iterable[Quantity]) -> list[float]:
    return [round(q.value, _DIGITS) for q in numbers]


def _is_crossed(
    context: CheckContext, sentence: str, order: Sequence[str], counted: Set[str]
) -> bool:
    """Whether the sentence names the owners of its numbers once each, and no other decision that is
    counted, in another order than `order`, that of their numbers."""
    named = (context.names[thing] for _, thing in mentions(sentence, context.things))
    about = [name for name, _ in groupby(named) if name in counted]
    return sorted(about) == sorted(order) and about != order


def _adds_up(row: StatedRow) -> bool:
    """Whether a row adds up what decisions take of something: a ratio has a number of the other's
    on either side."""
    return len({c > 0 for c in row.coefficients.values()}) == 1 and 0.0 not in row.limits


def _crossed_lists(context: CheckContext) -> Iterator[Finding]:
    sets = {over.name: over for over in context.formulation.sets}
    numbers = [q for q in context.stated if q.value]
    for parameter in context.formulation.parameters:
        over = sets.get(parameter.indices[0]) if len(parameter.indices) == 1 else None
        values = [] if over is None else _listed(parameter, over)
        if over is None or len(set(values)) < max(len(values), _FEWEST_LISTED):
            continue
        runs = [numbers[at : at + len(values)] for at in range(len(numbers) - len(values) + 1)]
        alike = [run for run in runs if _same(sorted(q.value for q in run), sorted(values))]
        if not alike or any(_same([q.value for q in run], values) for run in runs):
            continue
        if len(alike) == 1 and _is_list_of(context.text, over, alike[0]):
            yield _finding(parameter.name, context.text[alike[0][0].start : alike[0][-1].end], [])


def _listed(parameter: Parameter, over: IndexSet) -> list[float]:
    """The numbers of a parameter over one set, in the order of its members."""
    values = parameter.values
    if isinstance(values, Mapping):
        by_name = {str(name): value for name, value in values.items()}
        members = list(map(str, over.members)) or list(by_name)
        numbers = [by_name[member] for member in members if member in by_name]
    else:
        numbers = list(values) if isinstance(values, Sequence) else []
    return [float(v) for v in numbers if isinstance(v, (int, float))]


def _is_list_of(text: str, over: IndexSet, run: Sequence[Quantity]) -> bool:
    """Whether the numbers are one list, with the same words between them all, and its order is that
    of the members: these are numbers in order, or the text names them in their order."""
    members = list(over.members)
    named = {word for member in members for word in _words(str(member))}
    between = {
        frozenset(_words(text[one.end : other.start])) - named - {"and"}
        for one, other in pairwise(run)
    }
    if len(between) > 1:
        return False
    if not members:
        return ".." in over.expression
    if all(isinstance(member, int) for member in members):
        return members == sorted(members)
    places = [text.find(str(member)) for member in members]
    return min(places) >= 0 and all(a < b for a, b in pairwise(places))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _same(some: Sequence[float], others: Sequence[float]) -> bool:
    return len(some) == len(others) and all(map(same, some, others))


def _finding(element: str, words: str, order: Sequence[str]) -> Finding:
    whose = f"these numbers to {', '.join(order)} in this order" if order else "them in another"
    said = f"{element!r} gives {whose}, and {words!r} names them otherwise"
    return Finding(Fault.AMOUNT, said, element, words)
