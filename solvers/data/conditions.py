"""Where conditions between members, texts and numbers hold, for a whole frame."""

from __future__ import annotations

import operator
import re
from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.errors import FormulationError, InputError
from optwright.solvers.data.bound import BoundSet, Places
from optwright.solvers.data.frames import Frame, Literal, Loop, Side, without_rounding
from optwright.solvers.data.members import Members
from optwright.solvers.data.table import key_text
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Bools, Floats

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}

MOST_STEPS = 8
"""Operations whose rounding may tell the sides of a condition apart."""


MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


_JUNCTIONS: Mapping[str, Callable[[list[Bools]], Bools]] = {
    "and": np.logical_and.reduce,
    "or": np.logical_or.reduce,
    "implies": lambda holds: ~holds[0] | holds[1],
    "iff": lambda holds: holds[0] == holds[1],
    "xor": lambda holds: holds[0] != holds[1],
}


def as_numbers(side: Side) -> Floats | None:
    if isinstance(side, Literal):
        return None
    if isinstance(side, Loop):
        if side.over.numbers is None:
            return None
        return np.append(side.over.numbers, np.nan)[side.places]
    return side


def _as_texts(side: Side, size: int) -> NDArray[np.object_]:
    if isinstance(side, Literal):
        return np.full(size, side.text, dtype=object)
    if isinstance(side, Loop):
        return side.texts()
    return np.array([key_text(number) for number in side.tolist()], object)


def _used(side: Loop | Literal) -> list[str]:
    """The texts of one side of a condition."""
    if isinstance(side, Literal):
        return [side.text]
    return [side.over.texts[at] for at in np.unique(side.places[side.places >= 0]).tolist()]


def _ranked(side: Loop | Literal, order: Sequence[str]) -> Floats:
    """The place of each text in an order, NaN for none."""
    rank = {text: float(at) for at, text in enumerate(order)}
    if isinstance(side, Literal):
        return np.array(rank[side.text])
    return np.array([*(rank.get(text, np.nan) for text in side.over.texts), np.nan])[side.places]


def _is_computed(node: ex.Expr) -> bool:
    """Whether it is worked out, and not stated as it is compared."""
    return isinstance(node, ex.Add | ex.Binary | ex.Aggregate)


def _without_rounding(left: Side, right: Side) -> tuple[Side, Side]:
    """Two numbers by their difference, which is 0 where rounding alone tells them apart: 0.1 + 0.2
    and 0.3."""
    if not (isinstance(left, np.ndarray) and isinstance(right, np.ndarray)):
        return left, right
    difference = without_rounding(left - right, np.abs(left) + np.abs(right), MOST_STEPS)
    return difference, np.zeros(1)


class Conditions(Members):
    """Conditions in one element's expressions; sets that are written in one are left to
    `inline_set`."""

    @abstractmethod
    def inline_set(self, text: str, node: ex.SetExpr) -> BoundSet:
        """The members of a set that is written where it is needed."""

    def mask(self, node: ex.Condition, frame: Frame) -> Bools:
        """In which combinations a condition holds."""
        try:
            return self._mask(node, frame)
        except InputError as error:
            raise self.located(error, node) from error.__cause__

    def _mask(self, node: ex.Condition, frame: Frame) -> Bools:
        match node:
            case ex.Comparison(symbol, left, right):
                sides = self._side(left, frame), self._side(right, frame)
                if _is_computed(left) or _is_computed(right):
                    sides = _without_rounding(*sides)
                return np.asarray(np.broadcast_to(self._compare(symbol, *sides, frame), frame.size))
            case ex.Membership():
                found = self._member_mask(node, frame)
                return ~found if node.negated else found
            case ex.Not(operand):
                return ~self.mask(operand, frame)
            case ex.Junction(word, parts):
                holds = [self.mask(part, frame) for part in parts]
                return _JUNCTIONS[word](holds)

    def _side(self, node: ex.Expr, frame: Frame) -> Side:
        if isinstance(node, ex.Quoted):
            return Literal(node.value)
        member = self.member(node, frame)
        return self.constant(node, frame) if member is None else member

    def _compare(self, symbol: str, left: Side, right: Side, frame: Frame) -> Bools:
        """Members compare as numbers if all are, else by their place in their set. A member
        that is none (`prev` of the first) equals nothing and comes before and after nothing."""
        compare = OPERATORS[symbol]
        if isinstance(left, Literal) and not isinstance(right, Literal):
            mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(symbol, symbol)
            return self._compare(mirrored, right, left, frame)
        numbers = as_numbers(left), as_numbers(right)
        if numbers[0] is not None and numbers[1] is not None:
            return np.asarray(compare(*numbers), dtype=np.bool_)
        if symbol in MIRRORED and (self._is_attribute(left) or self._is_attribute(right)):
            ranks = self._ranks(left, right)
            return np.asarray(compare(*ranks), dtype=np.bool_)
        if isinstance(left, Loop) and isinstance(right, Literal):
            return self._compare_text(symbol, left, right.text)
        if isinstance(left, Loop) and isinstance(right, Loop) and left.over is right.over:
            inside = (left.places >= 0) & (right.places >= 0)
            compared = compare(left.places, right.places)
            return np.asarray(compared & inside if symbol != "!=" else compared | ~inside)
        if symbol not in ("==", "!="):
            if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
                raise FormulationError(
                    f"{self.element!r} compares members that are texts with a number by {symbol!r}",
                    hint="the place of a member is a number: ord(t) > 1; its ends are first(T) and "
                    "last(T): t != first(T)",
                )
            raise FormulationError(
                f"{self.element!r} compares members with {symbol!r} that have no common order",
                hint="members compare within one set: loop over it for both, `i in I, j in I if "
                "(i, j) in A and i < j`, or compare numbers of theirs",
            )
        texts = _as_texts(left, frame.size), _as_texts(right, frame.size)
        return np.asarray(compare(*texts), dtype=np.bool_)

    def _is_attribute(self, side: Side) -> bool:
        """Whether a side is a text attribute: its texts have no place in a set."""
        return isinstance(side, Loop) and side.over.name not in self.instance.sets

    def _ranks(self, left: Side, right: Side) -> tuple[Floats, Floats]:
        """Two sides of which one is an attribute, as numbers in their order; NaN for no text.

        Beside a member, an attribute has the place of its text in the member's set; texts that
        differ in digits alone, such as dates, are in the order of their letters; others have none.
        """
        if not isinstance(left, np.ndarray) and not isinstance(right, np.ndarray):
            sides = left, right
            used = {text for side in sides for text in _used(side)}
            over = next(
                (s.over for s in sides if isinstance(s, Loop) and not self._is_attribute(s)), None
            )
            members = [] if over is None else list(over.texts)
            if members and used.issubset(members):
                return _ranked(left, members), _ranked(right, members)
            alike = len({re.sub("[0-9]", "0", text) for text in used}) <= 1
            if alike and members == sorted(members):
                return _ranked(left, sorted(used)), _ranked(right, sorted(used))
        raise FormulationError(
            f"{self.element!r} compares texts by '<' or '>' that have no order",
            hint="write dates and periods alike (2026-03-01), compare with a member of an ordered "
            "set that has all of the texts, or compare numbers",
        )

    def _compare_text(self, symbol: str, left: Loop, text: str) -> Bools:
        """Members against a text: by place, or where it is none of them by the order of texts."""
        if not text and self._is_attribute(left) and symbol in ("==", "!="):
            return np.asarray(OPERATORS[symbol](left.places, -1), dtype=np.bool_)  # an empty cell
        at: float = left.over.positions.get(text, -1)
        if at < 0 and symbol not in ("==", "!="):
            texts = list(left.over.texts)
            if texts != sorted(texts):
                raise FormulationError(
                    f"{self.element!r} compares members of {left.over.name!r} with {text!r}, which "
                    "is none of them, and they are not in the order of their texts",
                    hint="give the set `sort`, or compare with one of its members",
                )
            at = bisect_left(texts, text) - 0.5
        found = OPERATORS[symbol](left.places, at if at != -1 else -2)
        return np.asarray(found if symbol == "!=" else found & (left.places >= 0))

    def _member_mask(self, node: ex.Membership, frame: Frame) -> Bools:
        if not isinstance(node.collection, str):
            item = self._side(node.items[0], frame)
            hits = (self._compare("==", item, self._side(m, frame), frame) for m in node.collection)
            return reduce(np.logical_or, hits)
        over = self.instance.sets.get(node.collection)
        if over is None and node.inline is not None:
            over = self.inline_set(node.collection, node.inline)
        if over is not None:
            if over.parts:
                return self._tuple_places(node.items, over, frame) >= 0
            return self._places(node.items[0], over, frame) >= 0
        texts = self.instance.texts.get(node.collection)
        parameter = self.instance.parameters[node.collection] if texts is None else texts
        places, at = list[Places](), 0
        for over in parameter.sets:
            indices = node.items[at : at + over.width]
            at += over.width
            if over.parts:
                places.append(self._tuple_places(indices, over, frame))
            else:
                places.append(self._places(indices[0], over, frame))
        if not places:
            raise FormulationError(
                f"{self.element!r} asks for members of {node.collection!r}, which is one value"
            )
        inside = np.all([at >= 0 for at in places], axis=0)
        given = parameter.has([np.maximum(at, 0) for at in places])
        return np.asarray(inside & given, dtype=np.bool_)
