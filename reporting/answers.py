"""The values of a solution, grouped by decision: which members each index has, and each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optwright.agents.render import NEGLIGIBLE
from optwright.agents.solution import Solution
from optwright.solvers.data.bound import BoundSet, BoundVariable, Instance
from optwright.solvers.model.formulation import Variable

Members = tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """One decision with all its elements. `sets` names its indices, `members` lists those of each
    in order; `values` goes by members, and by the empty tuple for a decision without indices."""

    name: str
    variable: Variable | None
    sets: tuple[str, ...]
    members: tuple[Members, ...]
    values: Mapping[Members, float]

    @property
    def chosen(self) -> dict[Members, float]:
        """The values that are not zero."""
        return {key: value for key, value in self.values.items() if abs(value) > NEGLIGIBLE}

    @property
    def unit(self) -> str:
        return self.variable.unit if self.variable is not None else ""

    @property
    def meaning(self) -> str:
        return self.variable.meaning if self.variable is not None else ""

    @property
    def title(self) -> str:
        """The decision as a heading: its meaning, or its name."""
        return self.meaning or self.name


def families(solution: Solution, instance: Instance | None) -> tuple[Family, ...]:
    """The decisions of a solution in the order of its formulation. Without an instance, indices
    are told apart by their commas alone."""
    if not solution.status.has_solution:
        return ()
    grouped: dict[str, dict[str, float]] = {}
    for element, value in solution.variables.items():
        name, bracket, rest = element.partition("[")
        inner = rest.removesuffix("]") if bracket else ""
        grouped.setdefault(name, {})[inner] = value
    stated = {v.name: v for v in solution.formulation.variables} if solution.formulation else {}
    # What lowering `max` and `abs` adds to a model is nobody's decision.
    order = [n for n in stated if n in grouped] if stated else list(grouped)
    return tuple(_family(name, stated.get(name), grouped[name], instance) for name in order)


def _family(
    name: str, variable: Variable | None, inner: Mapping[str, float], instance: Instance | None
) -> Family:
    bound = instance.variables.get(name) if instance is not None else None
    known: Sequence[Members] = [tuple(p.texts) for _, p in _parts(bound, instance)]
    values = {_split(text, known): value for text, value in inner.items()}
    width = max(map(len, values))
    members = tuple(known) or tuple(
        tuple(dict.fromkeys(key[at] for key in values if at < len(key))) for at in range(width)
    )
    sets = variable.indices if variable is not None else ("",) * width
    if known:
        sets = tuple(said for said, _ in _parts(bound, instance))
    return Family(name, variable, tuple(sets), members, values)


def _parts(bound: BoundVariable | None, instance: Instance | None) -> list[tuple[str, BoundSet]]:
    """The sets an element's indices run over, those of a set of tuples one by one, under the name
    of the column they come from or of the set that has these members."""
    if bound is None or instance is None:
        return []
    stated = {index_set.name: index_set for index_set in instance.formulation.sets}
    found = list[tuple[str, BoundSet]]()
    for over in bound.sets:
        if not over.parts:
            found.append((over.name, over))
            continue
        column = stated[over.name].column if over.name in stated else None
        for at, part in enumerate(over.parts):
            plain = _holding(part, instance)
            key = column.keys[at] if column is not None and at < len(column.keys) else over.name
            found.append((plain or key, part))
    return found


def _holding(part: BoundSet, instance: Instance) -> str:
    """The set whose members these are, by name; empty where none is or several are."""
    wanted = set(part.texts)
    names = [
        name
        for name, over in instance.sets.items()
        if not over.parts and len(over) >= len(wanted) and wanted <= set(over.texts)
    ]
    return names[0] if len(names) == 1 else ""


def _split(inner: str, known: Sequence[Members]) -> Members:
    """`Lyon,Paris` as two members; with known members also where one holds a comma."""
    parts = tuple(inner.split(",")) if inner else ()
    if not known or len(parts) == len(known):
        return parts
    return _fitting(inner, known) or parts


def _fitting(inner: str, known: Sequence[Members]) -> Members | None:
    first, *rest = known
    if not rest:
        return (inner,) if inner in first else None
    for member in first:
        if inner.startswith(f"{member},"):
            following = _fitting(inner[len(member) + 1 :], rest)
            if following is not None:
                return (member, *following)
    return None
