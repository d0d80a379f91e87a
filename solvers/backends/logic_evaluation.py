"""By how much a point misses what a constraint states, logic and special sets included.

Decisions are data here. Of alternatives the nearest counts, of demands that must all be kept the
one that is missed most. What is not `a <= b` counts its boundary to either side where amounts are
compared; what is stated to be beyond a limit is so by `STEP_OF_AMOUNTS` at least.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Floats

STEP = 1.0  # what whole numbers that must differ are apart at least
STEP_OF_AMOUNTS = 1e-5  # ten times what a solver may be off


def missed(
    node: ex.Statement, ground: Ground, frame: Frame, is_whole: Callable[[ex.Expr], bool]
) -> Floats:
    """How far each combination is from keeping the statement, 0 or less where it does.

    `is_whole` says whether an expression is a whole number at every point.
    """
    match node:
        case ex.Comparison(_, left, right) if _is_member(left, ground, frame) or _is_member(
            right, ground, frame
        ):
            return np.where(ground.mask(node, frame), 0.0, STEP)
        case ex.Comparison(operator, left, right):
            step = STEP if is_whole(ex.Add((left, ex.Negate(right)))) else STEP_OF_AMOUNTS
            return _comparison(operator, _difference(node, ground, frame), step)
        case ex.Not(operand):
            return _not_kept(operand, ground, frame, is_whole)
        case ex.Junction("and", parts):
            return np.asarray(
                np.maximum.reduce([missed(p, ground, frame, is_whole) for p in parts])
            )
        case ex.Junction("or", parts):
            return np.asarray(
                np.minimum.reduce([missed(p, ground, frame, is_whole) for p in parts])
            )
        case ex.Junction("implies", (one, other)):
            kept = missed(other, ground, frame, is_whole)
            return np.minimum(_not_kept(one, ground, frame, is_whole), kept)
        case ex.Junction(word, (one, other)):
            held = [missed(p, ground, frame, is_whole) for p in (one, other)]
            broken = [_not_kept(p, ground, frame, is_whole) for p in (one, other)]
            if word == "xor":
                broken.reverse()
            same = np.maximum(held[0], held[1]), np.maximum(broken[0], broken[1])
            mixed = np.maximum(held[0], broken[0]), np.maximum(held[1], broken[1])
            return np.minimum(*(same if word == "iff" else mixed))
        case ex.Special():
            return _special(node, ground, frame)
        case _:
            return np.where(ground.mask(node, frame), 0.0, STEP)


def _not_kept(
    node: ex.Condition, ground: Ground, frame: Frame, is_whole: Callable[[ex.Expr], bool]
) -> Floats:
    """How far from breaking a condition."""
    match node:
        case ex.Comparison("<=" | ">=", left, right) if not (
            _is_member(left, ground, frame)
            or _is_member(right, ground, frame)
            or is_whole(ex.Add((left, ex.Negate(right))))
        ):
            return -_comparison(node.operator, _difference(node, ground, frame), 0.0)
        case ex.Comparison(operator, left, right):
            opposite = ex.Comparison(_OPPOSITE[operator], left, right)
            return missed(opposite, ground, frame, is_whole)
        case ex.Not(operand):
            return missed(operand, ground, frame, is_whole)
        case ex.Junction("and", parts):
            return missed(ex.Junction("or", tuple(map(ex.Not, parts))), ground, frame, is_whole)
        case ex.Junction("or", parts):
            return missed(ex.Junction("and", tuple(map(ex.Not, parts))), ground, frame, is_whole)
        case ex.Junction("implies", (one, other)):
            return missed(ex.Junction("and", (one, ex.Not(other))), ground, frame, is_whole)
        case ex.Junction(word, parts):
            other_word = "iff" if word == "xor" else "xor"
            return missed(ex.Junction(other_word, parts), ground, frame, is_whole)  # type: ignore[arg-type]  # one of the two
        case _:
            return np.where(ground.mask(node, frame), STEP, 0.0)


def _difference(node: ex.Comparison, ground: Ground, frame: Frame) -> Floats:
    return ground.constant(node.left, frame) - ground.constant(node.right, frame)


def _is_member(node: ex.Expr, ground: Ground, frame: Frame) -> bool:
    return isinstance(node, ex.Quoted) or ground.member(node, frame) is not None


_OPPOSITE: dict[str, ex.Operator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">": "<=",
    "<=": ">",
    ">=": "<",
}


def least_step(span: float) -> float:
    """By how much an amount that may vary by `span` (infinite where nothing bounds it) must be
    beyond a limit: a millionth of that, rounded up to a power of ten and more than rounding."""
    if not 0 < span < np.inf:
        return STEP_OF_AMOUNTS
    rounded = 10.0 ** np.ceil(np.log10(span * 1e-6) - 1e-9)
    return float(min(max(rounded, STEP_OF_AMOUNTS), max(span / 100, 1e-9)))


def _comparison(operator: str, difference: Floats, step: float) -> Floats:
    match operator:
        case "<=":
            return difference
        case ">=":
            return -difference
        case "==":
            return np.abs(difference)
        case "<":
            return difference + step
        case ">":
            return step - difference
        case _:
            return step - np.abs(difference)


def _special(node: ex.Special, ground: Ground, frame: Frame) -> Floats:
    inner, parents = ground.extend(frame, node.generators)
    columns = [[ground.constant(part, inner) for part in item] for item in node.items]
    limit = None if node.limit is None else ground.constant(node.limit, frame)
    found = np.zeros(frame.size)
    for row in range(frame.size):
        mine = parents == row
        # With loops there is one item and a row for each of its combinations, else several items.
        items = [
            tuple(values)
            for item in columns
            for values in np.stack([part[mine] for part in item], axis=1).tolist()
        ]
        found[row] = _SPECIAL[node.kind](items, 0.0 if limit is None else float(limit[row]))
    return found


Items = list[tuple[float, ...]]


def _sos(most: int) -> Callable[[Items, float], float]:
    def far(items: Items, _: float) -> float:
        sizes = [abs(part) for (part,) in items]
        windows = [range(k, min(k + most, len(sizes))) for k in range(len(sizes))]
        outside = (
            max((s for at, s in enumerate(sizes) if at not in window), default=0.0)
            for window in windows
        )
        return min(outside, default=0.0)

    return far


def _different(items: Items, _: float) -> float:
    values = sorted(part for (part,) in items)
    return max((STEP - (b - a) for a, b in pairwise(values)), default=0.0)


def _overlap(items: Items, _: float) -> float:
    there = [(start, start + length) for start, length, *on in items if all(on)]
    pairs = [(a, b) for k, a in enumerate(there) for b in there[:k]]
    return max((min(a[1] - b[0], b[1] - a[0]) for a, b in pairs), default=0.0)


def _above(items: Items, limit: float) -> float:
    there = [(start, start + length, amount) for start, length, amount, *on in items if all(on)]
    sums = (sum(q for s, e, q in there if s <= begin < e) for begin, _, _ in there)
    return max((total - limit for total in sums), default=0.0)


_SPECIAL: dict[str, Callable[[Items, float], float]] = {
    "sos1": _sos(1),
    "sos2": _sos(2),
    "alldifferent": _different,
    "nooverlap": _overlap,
    "cumulative": _above,
}
