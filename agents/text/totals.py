"""Numbers that no words say and that follow from those they do: totals of what a text or a table
lists, as in the "big M" of a set-up that may make all that is demanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite

from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.agents.text.wording import sentences
from optwright.solvers.data.table import ColumnType, Table

_FEWEST = 3
"""Two numbers come to many others by chance; those are looked for as pairs elsewhere."""


@dataclass(frozen=True, slots=True)
class Total:
    """A number that was worked out, and how, as in "the total of 'demand' in table 'months'"."""

    number: float
    how: str


def totals_of_tables(tables: Mapping[str, Table]) -> tuple[Total, ...]:
    """The total and the largest of every column of finite numbers."""
    return tuple(
        Total(worked_out, f"the {what} of {column.name!r} in table {table.name!r}")
        for table in tables.values()
        for column in table.columns
        if column.type is not ColumnType.TEXT
        for cells in [[float(c) for c in column.cells if isinstance(c, int | float)]]
        if len(cells) > 1 and all(map(isfinite, cells))
        for worked_out, what in ((sum(cells), "total"), (max(cells), "largest"))
    )


def totals_of_words(text: str) -> Iterator[Total]:
    """The sums of three or more numbers that follow each other in a sentence.

    >>> [t.how for t in totals_of_words("The demand is 40, 60 and 80 tons.")]
    ['40 + 60 + 80']
    """
    for sentence in sentences(text):
        listed = [q for q in quantities(sentence) if q.kind is Kind.NUMBER]
        for begin in range(len(listed)):
            for end in range(begin + _FEWEST, len(listed) + 1):
                parts = [q.value for q in listed[begin:end]]
                yield Total(sum(parts), " + ".join(f"{part:.12g}" for part in parts))


def explain(
    number: float,
    totals: Sequence[Total],
    columns: Sequence[Total],
    stated: Sequence[Quantity],
    members: Sequence[tuple[str, int]],
) -> str:
    """How `number` is worked out, empty where it is not: one of `totals` or `columns`, a column's
    times a whole number of the text, or a stated number for each member of a set."""
    for total in (*columns, *totals):
        if _is(total.number, number):
            return total.how
    for q in stated:
        if q.kind not in (Kind.NUMBER, Kind.WORD) or q.value <= 1:
            continue
        for name, count in members:
            if count > 1 and _is(q.value * count, number):
                return f"{q.text} for each of the {count} members of {name!r}"
        for total in columns if q.value.is_integer() else ():
            if _is(q.value * total.number, number):
                return f"{q.text} times {total.how}"
    return ""


def _is(worked_out: float, written: float) -> bool:
    """To the last digit: a sum is right or wrong, where a share may be rounded."""
    return isclose(worked_out, written, rel_tol=1e-9, abs_tol=1e-9)
