"""Conditions that no data can meet: a text beside what never holds it, `position[p] == "defnder"`.

They are legal, and mean that nothing or everything is meant; that is mostly a slip of the pen, so
each is a warning that names the nearest text there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from optwright.solvers.language import expressions as ex
from optwright.solvers.language.findings import at, nearest_name, odd
from optwright.solvers.language.parts import parts_of
from optwright.solvers.model.formulation import Diagnostic, Formulation, Kind
from optwright.solvers.model.inline import is_number

MOST_NAMED = 5


@dataclass(frozen=True)
class Held:
    """What sets and parameters hold, each text as a member is written; None where nobody knows.

    `members` is asked with the name of a set and the part of its members (-1 for whole ones);
    `sets` are the names of all sets.
    """

    members: Callable[[str, int], Collection[str] | None]
    values: Callable[[str], Collection[str] | None]
    sets: Collection[str]


def unheld_texts(formulation: Formulation, held: Held) -> Iterator[Diagnostic]:
    """A warning for each text, and for each number beside texts, that a condition compares by `==`,
    `!=` or `in` with what never holds it."""
    for part in parts_of(formulation):
        loops = dict[str, tuple[str, int]]()
        around = _Look(part.element, part.loops_text, held)
        yield from around.loops(part.loops.generators, loops)
        for text, node in part.inside:
            yield from _Look(part.element, text, held).within(node, loops)
        if isinstance(part.over, ex.SetOf):
            yield from _Look(part.element, part.over_text, held).loops(part.over.generators, {})


Loops = Mapping[str, tuple[str, int]]
"""What each loop name runs over: a set and a part of its members, -1 for whole ones."""


@dataclass(frozen=True)
class _Look:
    """A look at one text of an element."""

    element: str
    text: str
    held: Held

    def loops(
        self, generators: tuple[ex.Generator, ...], loops: dict[str, tuple[str, int]]
    ) -> Iterator[Diagnostic]:
        """Their conditions, from the outside in; adds each loop to `loops`."""
        for generator in generators:
            for place, name in enumerate(generator.names):
                loops[name] = generator.set, place if generator.more else -1
            if generator.condition is not None:
                yield from self.within(generator.condition, loops)

    def within(self, node: ex.Node, loops: Loops) -> Iterator[Diagnostic]:
        match node:
            case ex.Comparison("==" | "!=", left, right):
                yield from self._beside(left, (right,), loops)
                yield from self._beside(right, (left,), loops)
            case ex.Membership((item,), tuple(listed)):
                yield from self._beside(item, listed, loops)
            case ex.Aggregate() | ex.Count() | ex.Piecewise() | ex.Special():
                inner = dict(loops)
                yield from self.loops(node.generators, inner)
                for child in ex.children(node):
                    if not isinstance(child, ex.Generator):
                        yield from self.within(child, inner)
                return
        for child in ex.children(node):
            yield from self.within(child, loops)

    def _beside(
        self, node: ex.Expr, others: tuple[ex.Expr, ...], loops: Loops
    ) -> Iterator[Diagnostic]:
        """Each text among `others` that what a node gives never is."""
        sought = [other for other in others if isinstance(other, ex.Quoted | ex.Number)]
        known = _held_by(node, loops, self.held) if sought else None
        if not known:
            return
        texts = not all(map(is_number, known))
        for other in sought:
            is_text = isinstance(other, ex.Quoted)
            written = other.value if isinstance(other, ex.Quoted) else f"{other.value:g}"
            if written in known or not written or not (is_text or texts):
                continue
            if self._is_kind(node, written, loops):
                continue
            hint = nearest_name(written, known) or f"; it is one of {_shown(known)}"
            if not is_text and isinstance(node, ex.Ref) and node.name in loops:
                hint = f"; its place is ord({node.name})"
            words = f"asks whether {ex.to_text(node)!r} is {written!r}, and it never is{hint}"
            found = odd(Kind.UNKNOWN_MEMBER, self.element, words)
            yield at(found, self.text, other.place)

    def _is_kind(self, node: ex.Expr, text: str, loops: Loops) -> bool:
        """Whether an attribute is compared with a member of some set: a role that nobody has."""
        attribute = isinstance(node, ex.Ref) and node.name not in loops
        members = (self.held.members(name, -1) or () for name in self.held.sets)
        return attribute and any(text in known for known in members)


def _shown(known: Collection[str]) -> str:
    more = ", ..." if len(known) > MOST_NAMED else ""
    return ", ".join(map(repr, sorted(known)[:MOST_NAMED])) + more


def _held_by(node: ex.Expr, loops: Loops, held: Held) -> Collection[str] | None:
    match node:
        case ex.Ref(name, ()) if name in loops:
            return held.members(*loops[name])
        case ex.Ref(name):
            return held.values(name)
        case ex.Call("first" | "last", (ex.Ref(name),)):
            return held.members(name, -1)
        case ex.Call(function, (member, *_)) if function in ex.NEIGHBOURS:
            return _held_by(member, loops, held)
        case _:
            return None


def listed(formulation: Formulation) -> Held:
    """What a formulation itself says of its sets and texts."""
    sets = {s.name: frozenset(map(str, s.members)) for s in formulation.sets if s.members}
    parts = {
        s.name: tuple(frozenset(map(str, part)) for part in zip(*s.tuples, strict=False))
        for s in formulation.sets
        if s.tuples
    }
    texts = {
        p.name: frozenset((*_leaves(p.texts), *filter(None, (p.default_text,))))
        for p in formulation.parameters
        if p.texts is not None
    }

    def members(name: str, part: int) -> Collection[str] | None:
        if part < 0:
            return sets.get(name)
        return parts[name][part] if part < len(parts.get(name, ())) else None

    return Held(members, texts.get, sets)


def _leaves(texts: object) -> Iterator[str]:
    if isinstance(texts, dict):
        for inner in texts.values():
            yield from _leaves(inner)
    else:
        yield str(texts)
