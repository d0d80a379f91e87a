"""Which members an expression gives, and where indices stand in their sets, for a whole frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from optwright.errors import FormulationError, InputError
from optwright.solvers.data.bound import (
    BoundSet,
    BoundText,
    BoundVariable,
    Instance,
    Places,
    element_name,
)
from optwright.solvers.data.frames import (
    Frame,
    Loop,
    grid_axes,
    loop_over,
    numbered_elements,
    place,
)
from optwright.solvers.data.table import key_text
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.parts import text_with
from optwright.solvers.model.linear_model import Floats
from optwright.solvers.model.places import Place


class Members(ABC):
    """Members and indices in one element's expressions; numbers are left to `constant`.

    `element` is whose expressions they are, for messages.
    """

    @abstractmethod
    def constant(self, node: ex.Expr, frame: Frame) -> Floats:
        """The value of an expression without variables, for each combination; all finite."""

    def __init__(self, instance: Instance, element: str) -> None:
        self.instance = instance
        self.element = element
        self._variables = frozenset(instance.variables)

    def located(self, error: InputError, node: ex.Node) -> InputError:
        """The error with the line of the expression that the node stands in, and carets under it,
        where it has none and the node was read from what the formulation states."""
        place = None if isinstance(node, ex.Forall) or error.excerpt else node.place
        text = "" if place is None else text_with(self.instance.formulation, self.element, node)
        if place is not None and text:
            found = Place(text, *place)
            error.show(str(found), found.excerpt)
        return error

    def is_constant(self, node: ex.Expr) -> bool:
        return self._variables.isdisjoint(ex.names(node))

    def elements(self, ref: ex.Ref, variable: BoundVariable, frame: Frame) -> Places:
        """The number of the variable's element in each combination."""
        try:
            return self._elements(ref, variable, frame)
        except InputError as error:
            raise self.located(error, ref) from error.__cause__

    def _elements(self, ref: ex.Ref, variable: BoundVariable, frame: Frame) -> Places:
        if not ref.indices:
            return np.full(frame.size, variable.offset)
        axes = None if variable.support is not None else grid_axes(ref, variable.sets, frame)
        if axes is not None:
            return numbered_elements(variable, axes, frame)
        places = self._indices(ref, variable.sets, frame)
        found = variable.elements(places)
        if found.min(initial=0) < 0:
            missing = np.flatnonzero(found < 0)
            row = int(missing[0])
            members = [s.texts[at[row]] for s, at in zip(variable.sets, places, strict=True)]
            stated = variable.variable.forall
            raise FormulationError(
                f"{self.element!r}{place(frame, row)} uses {element_name(ref.name, members)}, and "
                f"{ref.name!r} is stated for {stated}",
                hint="leave such combinations out with the same condition",
            )
        return found

    def _indices(self, ref: ex.Ref, sets: Sequence[BoundSet], frame: Frame) -> list[Places]:
        """Places of an element's indices, one array a set; what is in no set is refused."""
        found, at = list[Places](), 0
        for over in sets:
            found.append(self._inside(ref, at, over, frame))
            at += over.width
        return found

    def _inside(self, ref: ex.Ref, at: int, wanted: BoundSet, frame: Frame) -> Places:
        """Places in `wanted` of the index at position `at`, or of the tuple that begins there."""
        indices = ref.indices[at : at + wanted.width]
        if wanted.parts:
            places = self._tuple_places(indices, wanted, frame)
        else:
            places = self._places(indices[0], wanted, frame)
        if places.min(initial=0) < 0:
            row = int(np.flatnonzero(places < 0)[0])
            member = ", ".join(self._text(index, frame, row) for index in indices)
            raise FormulationError(
                f"{self.element!r}{place(frame, row)} uses {ex.to_text(ref)!r}, and "
                f"{f'({member})' if wanted.parts else member} is not a member of {wanted.name!r}",
                hint=_way_out(ref, indices, wanted),
            )
        return places

    def _tuple_places(self, indices: Sequence[ex.Expr], wanted: BoundSet, frame: Frame) -> Places:
        """Where the tuple of these indices stands in a set of tuples; -1 where it is none of it."""
        whole = loop_over(indices, wanted, frame)
        if whole is not None:
            return whole.places
        pairs = zip(indices, wanted.parts, strict=True)
        return wanted.find([self._places(index, part, frame) for index, part in pairs])

    def _text(self, index: ex.Expr, frame: Frame, row: int) -> str:
        one = frame.take(np.array([row]))
        if isinstance(index, ex.Quoted):
            return repr(index.value)
        member = self.member(index, one)
        if member is not None:
            text = member.texts()[0]
            return "nothing" if text is None else repr(text)
        return key_text(float(self.constant(index, one)[0]))

    def member(self, node: ex.Expr, frame: Frame) -> Loop | None:
        """The members an expression gives: a loop, `prev(t)`, `first(T)`, a text attribute. None
        for one that gives numbers."""
        match node:
            case ex.Ref(name, ()) if name in frame.loops:
                return frame.loops[name]
            case ex.Ref(name) if name in self.instance.texts:
                attribute = self.instance.texts[name]
                return Loop(attribute.vocabulary, self._attribute(node, attribute, frame))
            case ex.Call("first" | "last" as function, (ex.Ref(name),)):
                over = self.instance.sets[name]
                at = (0 if function == "first" else len(over) - 1) if len(over) else -1
                return Loop(over, np.full(frame.size, at, dtype=np.intp))
            case ex.Call(function, (inner, *rest)) if function in ex.NEIGHBOURS:
                return self._neighbour(function, inner, rest, frame)
            case ex.Add():
                return self._shifted(node, frame)
            case _:
                return None

    def _shifted(self, node: ex.Expr, frame: Frame, wanted: BoundSet | None = None) -> Loop | None:
        """`t - 1` over texts is the member before, in the set it is an index of where that is
        given; None for a sum of numbers."""
        moved = ex.shifted(node)
        loop = None if moved is None else frame.loops.get(moved[0])
        if moved is None or loop is None or loop.over.numbers is not None:
            return None
        over = loop.over if wanted is None else wanted
        places = loop.places_in(over)
        at = places + moved[1]
        return Loop(over, np.where((places >= 0) & (at >= 0) & (at < len(over)), at, -1))

    def _attribute(self, ref: ex.Ref, attribute: BoundText, frame: Frame) -> Places:
        places = self._indices(ref, attribute.sets, frame)
        found = attribute.codes[tuple(places)] if places else attribute.codes
        return np.asarray(np.broadcast_to(found, (frame.size,)))

    def _neighbour(
        self, function: str, inner: ex.Expr, rest: Sequence[ex.Expr], frame: Frame
    ) -> Loop:
        """`prev(t)`, `prev(t, 2)`, `next(t, T)`: so many places before or after, -1 beyond."""
        member = self.member(inner, frame)
        if member is None:
            raise FormulationError(
                f"{self.element!r} takes {function}(...) of {ex.to_text(inner)!r}, which is no "
                "member of a set"
            )
        steps: Places | int = 1
        for part in rest:
            if isinstance(part, ex.Ref) and part.name in self.instance.sets:
                over = self.instance.sets[part.name]
                member = Loop(over, member.places_in(over))
            else:
                steps = self.constant(part, frame).astype(np.intp)
        size = len(member.over)
        moved = member.places + (-steps if function.startswith("prev") else steps)
        if function.endswith("_cyclic"):
            moved = moved % max(size, 1)
        inside = (moved >= 0) & (moved < size) & (member.places >= 0)
        return Loop(member.over, np.where(inside, moved, -1))

    def _as_number(self, node: ex.Expr, frame: Frame) -> Floats:
        member = self.member(node, frame)
        assert member is not None
        if member.over.numbers is None:
            raise FormulationError(
                f"{self.element!r} uses the member {ex.to_text(node)!r} of {member.over.name!r} as "
                "a number"
            )
        return np.append(member.over.numbers, np.nan)[member.places]

    def _places(self, index: ex.Expr, wanted: BoundSet, frame: Frame) -> Places:
        """Where an index stands in the set `wanted`; -1 where it is no member."""
        if isinstance(index, ex.Quoted):
            return np.full(frame.size, wanted.positions.get(index.value, -1))
        member = self._shifted(index, frame, wanted) or self.member(index, frame)
        if member is not None:
            return member.places_in(wanted)
        values, places = np.unique(self.constant(index, frame), return_inverse=True)
        texts = [key_text(value) for value in values.tolist()]
        found = [wanted.positions.get(text, -1) for text in texts]
        return np.array(found, dtype=np.intp)[places]


def _way_out(ref: ex.Ref, indices: Sequence[ex.Expr], wanted: BoundSet) -> str:
    listed = ", ".join(map(ex.to_text, indices))
    if wanted.parts:
        return (
            f"loop over the set, as in `for ({listed}) in {wanted.name}`, or leave such "
            f"combinations out with `if ({listed}) in {wanted.name}`"
        )
    for index in indices:
        if isinstance(index, ex.Call) and index.function in ex.NEIGHBOURS:
            end = "first" if index.function == "prev" else "last"
            return (
                f"leave the {end} out with `if {ex.to_text(index.arguments[0])} != "
                f"{end}({wanted.name})`, or use {index.function}_cyclic"
            )
        if (moved := ex.shifted(index)) is not None:
            name, steps = moved
            end, function = ("first", "prev") if steps < 0 else ("last", "next")
            return (
                f"leave such combinations out with a condition, as in `if {name} != "
                f"{end}({wanted.name})`; the member {'before' if steps < 0 else 'after'} it in the "
                f"order of the set is {function}({name})"
            )
    return "leave such combinations out with a condition, as in `if t > 1`"
