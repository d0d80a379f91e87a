"""Why a model has no solution: an irreducible set of its rows and limits that contradict.

For linear models HiGHS proposes the set (`getIis`); with integers everything is suspect. Either
way a deletion filter has the last word (Chinneck and Dravnieks 1991): what can be taken away
without making the rest feasible is taken away, in halves first and one by one at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter

import numpy as np

from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.worker import Killable, shortlist
from optwright.solvers.language.labels import PLAIN, Words, listed, range_text
from optwright.solvers.model.linear_model import INFINITE, LinearModel
from optwright.solvers.model.outcome import SolveOptions, Status


class Kind(StrEnum):
    ROW = "row"
    LOWER = "lower"
    UPPER = "upper"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing a model asks for: a row, a limit of a variable, or that it be whole.

    `place` is the row or column in the arrays; `lower` and `upper` are the limits asked for.
    """

    kind: Kind
    name: str
    place: int
    lower: float
    upper: float

    def sentence(self, words: Words) -> str:
        if self.kind is Kind.ROW:
            return f"{words.row(self.name)}{self._stated(words.sign(self.name))}"
        if self.kind is Kind.INTEGER:
            return f"{words.variable(self.name)} is a whole number"
        return f"{words.variable(self.name)} is {range_text(self.lower, self.upper)}"

    def _stated(self, sign: int) -> str:
        if not sign:
            return ""  # a limit of 0 that nobody stated, as of an average
        low, high = (self.lower, self.upper) if sign > 0 else (-self.upper, -self.lower)
        return f": {range_text(low, high)}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Conditions that no point keeps all of; `irreducible` if without any one there is a point."""

    conditions: tuple[Condition, ...]
    irreducible: bool
    words: Words = PLAIN

    def sentences(self) -> list[str]:
        if len(self.conditions) == 1:
            return [f"This alone cannot hold: {self.conditions[0].sentence(self.words)}."]
        rest = "; without any one of them they could" if self.irreducible else ""
        head = f"These {len(self.conditions)} cannot hold together{rest}:"
        return [head, *listed([f"- {c.sentence(self.words)}" for c in self.conditions])]


def find_conflict(
    model: LinearModel, *, limit_s: float = 10.0, words: Words = PLAIN
) -> Conflict | None:
    """A conflict of a model, as small as the time allows, or None if it is not infeasible."""
    deadline = perf_counter() + limit_s
    suspects = _conditions(model)
    if not _infeasible(model, suspects, limit_s):
        return None
    linear = [c for c in suspects if c.kind is not Kind.INTEGER]
    if _infeasible(model, linear, deadline - perf_counter()):
        suspects = _proposed(model, linear, deadline - perf_counter())
    kept, irreducible = _reduced(model, suspects, deadline)
    return Conflict(tuple(kept), irreducible, words)


def _conditions(model: LinearModel) -> list[Condition]:
    """Everything a model asks for, what people would give up first in front."""
    found = []
    for j in map(int, np.flatnonzero(model.integer)):
        found.append(Condition(Kind.INTEGER, model.column_names[j], j, -np.inf, np.inf))
    for j, name in enumerate(model.column_names):
        if model.lower[j] > -INFINITE:
            found.append(Condition(Kind.LOWER, name, j, float(model.lower[j]), np.inf))
        if model.upper[j] < INFINITE:
            found.append(Condition(Kind.UPPER, name, j, -np.inf, float(model.upper[j])))
    for r, name in enumerate(model.row_names):
        limits = float(model.row_lower[r]), float(model.row_upper[r])
        found.append(Condition(Kind.ROW, name, r, *limits))
    return found


def _proposed(model: LinearModel, linear: Sequence[Condition], left_s: float) -> list[Condition]:
    """Of the conditions of an infeasible relaxation those that HiGHS finds in conflict.

    All of them, where HiGHS finds nothing or something that is not in conflict after all.
    """
    relaxed = replace(model, integer=np.zeros_like(model.integer))
    rows, lower, upper = shortlist(relaxed, left_s)
    places = {Kind.ROW: rows, Kind.LOWER: lower, Kind.UPPER: upper}
    proposed = [c for c in linear if c.place in places[c.kind]]
    return proposed if _infeasible(model, proposed, left_s) else list(linear)


def _reduced(
    model: LinearModel, suspects: Sequence[Condition], deadline: float
) -> tuple[list[Condition], bool]:
    """What is left when nothing more can be taken away, and whether time allowed to see to that."""
    kept = list(suspects)
    size = max(len(kept) // 2, 1)
    while True:
        start = 0
        while start < len(kept):
            left_s = deadline - perf_counter()
            if left_s <= 0:
                return kept, False
            without = kept[:start] + kept[start + size :]
            if _infeasible(model, without, left_s):
                kept = without
            else:
                start += size
        if size == 1:
            return kept, True
        size //= 2


def _infeasible(model: LinearModel, conditions: Iterable[Condition], left_s: float) -> bool:
    """Whether these conditions alone are proven to contradict."""
    part = _only(model, conditions)
    options = SolveOptions(time_limit_s=max(left_s, 0.1))
    return Killable("highs").solve(FromArrays(part), options).status is Status.INFEASIBLE


def _only(model: LinearModel, conditions: Iterable[Condition]) -> LinearModel:
    """The model with nothing to optimize and no more than these conditions to keep."""
    places: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for condition in conditions:
        places[condition.kind].append(condition.place)
    integer = np.zeros_like(model.integer)
    integer[places[Kind.INTEGER]] = True
    return replace(
        model,
        cost=np.zeros_like(model.cost),
        integer=integer,
        lower=_where(places[Kind.LOWER], model.lower, -np.inf),
        upper=_where(places[Kind.UPPER], model.upper, np.inf),
        row_lower=_where(places[Kind.ROW], model.row_lower, -np.inf),
        row_upper=_where(places[Kind.ROW], model.row_upper, np.inf),
    )


def _where(places: Collection[int], limits: np.ndarray, none: float) -> np.ndarray:
    chosen = np.full_like(limits, none)
    chosen[list(places)] = limits[list(places)]
    return chosen
