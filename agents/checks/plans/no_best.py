"""Plans of a draft that has no best plan: what its limits rule out together, or what grows on.

That nothing is allowed rests on the limits of one conflict. Each of them is missed alone, as
little as can be and then as the objective would have it; a reader that allows such a plan does not
read that limit so. That there is no end rests on plans that grow, and on what they come to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optwright.agents.checks.plans.inquiry import MOST_SIDES, Kind
from optwright.agents.checks.plans.question import Verdict
from optwright.agents.checks.plans.sides import Side
from optwright.agents.checks.plans.sought import Seeker, Sought
from optwright.solvers.analysis.conflict import Kind as Asked
from optwright.solvers.analysis.conflict import find_conflict
from optwright.solvers.backends.searches import Change, Limits, Search
from optwright.solvers.model.linear_model import Floats, LinearModel

GROWTH = (10.0, 1000.0)
"""How far growing plans go, in terms of the largest limit of the model."""


@dataclass(frozen=True, slots=True)
class Clash:
    """The sides of limits that cannot be kept together; `with_whole` says that they could if
    nothing had to be whole, `number` how many limits other than `x >= 0` there are, `is_least`
    that without any one of them the rest could be kept."""

    sides: tuple[Side, ...]
    number: int
    with_whole: bool
    is_least: bool

    def beside(self, missed: Collection[str]) -> tuple[str, ...]:
        """The elements of limits of which no plan misses either side."""
        seen = {(s.is_row, s.place) for s in self.sides if s.element in missed}
        left = (s.element for s in self.sides if (s.is_row, s.place) not in seen)
        return tuple(dict.fromkeys(left))


def clash(model: LinearModel, limits: Sequence[Side], seconds: float) -> Clash | None:
    """The conflict of a model as sides; None where none is found in the time."""
    found = find_conflict(model, limit_s=max(seconds, 0.1))
    if found is None:
        return None
    named = {(c.kind is Asked.ROW, c.place, c.kind) for c in found.conditions}
    kept = tuple(s for s in limits if (s.is_row, s.place, _asked(s)) in named)
    number = len({(s.is_row, s.place) for s in kept})
    with_whole = any(c.kind is Asked.INTEGER for c in found.conditions)
    return Clash(kept, number, with_whole, found.irreducible)


def _asked(side: Side) -> Asked:
    if side.is_row:
        return Asked.ROW
    return Asked.UPPER if side.is_upper else Asked.LOWER


def impossible(seeker: Seeker, chosen: Sequence[Side], limits: Sequence[Side]) -> Iterator[Sought]:
    """Plans that miss each side of a conflict and keep everything else; where that cannot be,
    those that miss other rows of the same constraint too."""
    turns = _turns(len(chosen))
    for side in chosen:
        changes = tuple(
            Change(rows=rows, columns={} if side.is_row else {side.place: _beyond(side)})
            for rows in _let_go(side, limits, seeker.model)
        )
        for cost in list(_costs(seeker, side))[:turns]:
            search = Search(changes, cost)
            yield Sought(search, Kind.BROKEN, Verdict.NOT_ALLOWED, side.element, side)


def _turns(sides: int) -> int:
    """How many plans for each of so many sides."""
    return max(1, min(3, MOST_SIDES // max(sides, 1)))


def _let_go(
    side: Side, limits: Sequence[Side], model: LinearModel
) -> Iterator[Mapping[int, Limits]]:
    if not side.is_row:
        alone = np.flatnonzero(np.diff(model.starts) == 1)  # a row may say the same as the bound
        same = alone[model.columns[model.starts[alone]] == side.place]
        yield {int(row): (-np.inf, np.inf) for row in same}
        return
    own = {side.place: _beyond(side)}
    yield own
    alike = [s for s in limits if s.is_row and s.constraint == side.constraint]
    others = {s.place: (-np.inf, np.inf) for s in alike if s.place != side.place}
    if others:
        yield {**others, **own}


def _beyond(side: Side) -> Limits:
    return (side.limit, np.inf) if side.is_upper else (-np.inf, side.limit)


def _costs(seeker: Seeker, side: Side) -> Iterator[Floats]:
    """The least that it can be missed by; what the objective would have; a small plan."""
    small = seeker.weights(side.columns[0])
    missed = np.zeros(len(small))
    missed[list(side.columns)] = side.coefficients
    yield (1.0 if side.is_upper else -1.0) * missed + 1e-3 * small
    own = -seeker.model.cost if seeker.model.maximize else seeker.model.cost
    yield own + 1e-6 * small
    yield small


def growing(model: LinearModel, seeker: Seeker) -> Iterator[Sought]:
    """Plans far out, each as good as it gets with every amount held below some size."""
    finite = np.abs(np.concatenate([model.row_lower, model.row_upper, model.lower, model.upper]))
    size = float(np.max(finite[np.isfinite(finite)], initial=1.0))
    own = -model.cost if model.maximize else model.cost
    dust = 1e-6 * float(np.max(np.abs(own), initial=1.0)) * seeker.weights()
    for growth in GROWTH:
        far = growth * size
        caps = {
            j: (max(float(model.lower[j]), -far), min(float(model.upper[j]), far))
            for j in range(len(own))
        }
        search = Search((Change(columns=caps),), own + dust)
        yield Sought(search, Kind.GROWING, Verdict.ALLOWED, "objective")
