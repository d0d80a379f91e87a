"""Arrays of a model from elsewhere as a formulation that a person can read and change.

Columns named `ship[Lyon,Paris]` become one variable `ship` over a set of pairs where they have one
domain; others keep a name of their own. Rows stay single: no file says what they share.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword

from optwright.solvers.export.lp import number_text, signed
from optwright.solvers.language.expressions import FUNCTIONS, KEYWORDS
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    NamedExpression,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.linear_model import INFINITE, LinearModel

TERMS_AT_ONCE = 300
"""A longer sum is written as named parts, which the language reads however many there are."""

_INDEXED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\[([^\[\]]+)\]")
_MAX_NAME = 56  # a formulation's names have 64 characters; the rest is for what is appended


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says about its names: what they stand for, by column and row; and what was taken
    for granted in reading it."""

    title: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()


def formulate(model: LinearModel, words: Words | None = None) -> Formulation:
    """The formulation that says what the arrays say."""
    told = words or Words()
    names = _Names()
    families = _families(model)
    parts = _Variables(model, told, names)
    for (family, _), places in families.items():
        parts.add(family, places)
    sums = _Sums(model, parts.elements, names)
    constraints = tuple(_constraints(model, told, names, sums))
    objective = sums.written("objective", range(len(model.cost)), model.cost.tolist())
    if model.offset:
        objective = f"{objective} {signed(model.offset)}"
    return Formulation(
        title=told.title,
        sets=tuple(parts.sets),
        parameters=tuple(parts.parameters),
        variables=tuple(parts.variables),
        expressions=tuple(sums.named),
        objective=Objective(
            sense=Sense.MAXIMIZE if model.maximize else Sense.MINIMIZE, expression=objective
        ),
        constraints=constraints,
        assumptions=told.assumptions,
    )


class _Names:
    """Names that the language takes, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wish: str) -> str:
        base = re.sub(r"[^A-Za-z0-9_]+", "_", wish).strip("_")[:_MAX_NAME] or "unnamed"
        if not re.match(r"[A-Za-z_]", base) or _is_reserved(base):
            base = f"v_{base}"
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return name


def _is_reserved(name: str) -> bool:
    return name in FUNCTIONS or name in KEYWORDS or iskeyword(name)


Kind = tuple[bool, bool, bool]
"""Whether a column is whole, has a lower limit, has an upper one."""


def _families(model: LinearModel) -> dict[tuple[str, Kind], list[int]]:
    """Columns by what stands before their brackets and by their kind, where what stands inside has
    one length; a column by itself under its own name."""
    parsed = [_INDEXED.fullmatch(name) for name in model.column_names]
    lengths: dict[str, set[int]] = defaultdict(set)
    for known in filter(None, parsed):
        lengths[known[1]].add(known[2].count(","))
    plain = {name for name, match in zip(model.column_names, parsed, strict=True) if not match}
    families: dict[tuple[str, Kind], list[int]] = defaultdict(list)
    for j, (name, match) in enumerate(zip(model.column_names, parsed, strict=True)):
        fits = match and len(lengths[match[1]]) == 1 and match[1] not in plain
        kind = (bool(model.integer[j]), *_limits_given(model, j))
        families[match[1] if match and fits else name, kind].append(j)
    return families


def _limits_given(model: LinearModel, j: int) -> tuple[bool, bool]:
    return float(model.lower[j]) > -INFINITE, float(model.upper[j]) < INFINITE


class _Variables:
    """The variables, with their sets, the parameters that hold their limits, and how each column
    is written: `elements`, by its place."""

    def __init__(self, model: LinearModel, words: Words, names: _Names) -> None:
        self._model, self._words, self._names = model, words, names
        self._sets_by_members: dict[tuple[tuple[str, ...], ...], str] = {}
        self.sets: list[IndexSet] = []
        self.parameters: list[Parameter] = []
        self.variables: list[Variable] = []
        self.elements: dict[int, str] = {}

    def add(self, family: str, places: Sequence[int]) -> None:
        members = [_members(self._model.column_names[j]) for j in places]
        in_family = family != self._model.column_names[places[0]]
        if in_family and len(set(members)) == len(members):
            self._add_indexed(family, places, members)
        else:
            for j in places:
                self._add_single(j)

    def _add_single(self, j: int) -> None:
        name = self._names.new(self._model.column_names[j])
        self.elements[j] = name
        lower, upper = float(self._model.lower[j]), float(self._model.upper[j])
        self.variables.append(
            Variable(
                name=name,
                domain=self._domain([j]),
                lower=None if lower <= -INFINITE else lower,
                upper=None if upper >= INFINITE else upper,
                meaning=self._meaning(self._model.column_names[j], name),
            )
        )

    def _add_indexed(
        self, family: str, places: Sequence[int], members: Sequence[tuple[str, ...]]
    ) -> None:
        name = self._names.new(family)
        indices = self._set(name, members)
        domain = self._domain(places)
        limits: dict[str, object] = {}
        for side, array in (("lower", self._model.lower), ("upper", self._model.upper)):
            limits[side] = self._limit(
                name, side, indices, members, [float(array[j]) for j in places]
            )
        self.variables.append(
            Variable.model_validate(
                {
                    "name": name,
                    "indices": (indices,),
                    "domain": domain,
                    "meaning": self._meaning(family, name),
                    **limits,
                }
            )
        )
        for j, member in zip(places, members, strict=True):
            self.elements[j] = f"{name}[{', '.join(map(repr, member))}]"

    def _limit(
        self,
        name: str,
        side: str,
        indices: str,
        members: Sequence[tuple[str, ...]],
        values: Sequence[float],
    ) -> object:
        """None, one number for all, or an expression over a parameter that holds one for each."""
        if abs(values[0]) >= INFINITE:
            return None
        if len(set(values)) == 1:
            return values[0]
        parameter = self._names.new(f"{name}_{side}")
        keys = [",".join(member) for member in members]
        self.parameters.append(
            Parameter.model_validate(
                {
                    "name": parameter,
                    "indices": (indices,),
                    "values": dict(zip(keys, values, strict=True)),
                }
            )
        )
        return parameter

    def _set(self, name: str, members: Sequence[tuple[str, ...]]) -> str:
        key = tuple(members)
        if key not in self._sets_by_members:
            chosen = self._names.new(f"{name}_keys")
            self._sets_by_members[key] = chosen
            single = [member[0] for member in members] if len(members[0]) == 1 else list(members)
            self.sets.append(IndexSet.model_validate({"name": chosen, "members": single}))
        return self._sets_by_members[key]

    def _domain(self, places: Iterable[int]) -> Domain:
        if not all(self._model.integer[j] for j in places):
            return Domain.CONTINUOUS
        limits = {(float(self._model.lower[j]), float(self._model.upper[j])) for j in places}
        return Domain.BINARY if limits == {(0.0, 1.0)} else Domain.INTEGER

    def _meaning(self, column: str, name: str) -> str:
        return self._words.columns.get(column) or ("" if column == name else column)


def _members(name: str) -> tuple[str, ...]:
    match = _INDEXED.fullmatch(name)
    return tuple(member.strip() for member in match[2].split(",")) if match else ()


class _Sums:
    """Weighted sums of columns as text; `named` are the parts of those that are long."""

    def __init__(self, model: LinearModel, elements: Mapping[int, str], names: _Names) -> None:
        self._elements, self._names = elements, names
        self.named: list[NamedExpression] = []

    def written(self, owner: str, columns: Iterable[int], weights: Iterable[float]) -> str:
        pairs = [(j, w) for j, w in zip(columns, weights, strict=True) if w]
        if not pairs:
            return f"0 * {self._elements[0]}"
        chunks = [pairs[k : k + TERMS_AT_ONCE] for k in range(0, len(pairs), TERMS_AT_ONCE)]
        if len(chunks) == 1:
            return self._sum(chunks[0])
        parts = []
        for chunk in chunks:
            name = self._names.new(f"{owner}_part")
            self.named.append(NamedExpression(name=name, expression=self._sum(chunk)))
            parts.append(name)
        return " + ".join(parts)

    def _sum(self, pairs: Sequence[tuple[int, float]]) -> str:
        first, *rest = (_term(weight, self._elements[j]) for j, weight in pairs)
        head = first.removeprefix("+ ").replace("- ", "-", 1)
        return " ".join([head, *rest])


def _term(weight: float, element: str) -> str:
    factor = "" if abs(weight) == 1 else f"{number_text(abs(weight))} * "
    return f"{'-' if weight < 0 else '+'} {factor}{element}"


def _constraints(
    model: LinearModel, words: Words, names: _Names, sums: _Sums
) -> Iterator[Constraint]:
    for r, row in enumerate(model.row_names):
        lower, upper = float(model.row_lower[r]), float(model.row_upper[r])
        stated = _relation(lower, upper)
        if stated is None:
            continue  # a free row limits nothing
        name = names.new(row)
        part = slice(model.starts[r], model.starts[r + 1])
        body = sums.written(name, model.columns[part].tolist(), model.coefficients[part].tolist())
        text = words.rows.get(row) or ("" if row == name else row)
        yield Constraint(name=name, expression=stated.format(body), text=text)


def _relation(lower: float, upper: float) -> str | None:
    if lower == upper:
        return f"{{}} == {number_text(lower)}"
    if lower <= -INFINITE and upper >= INFINITE:
        return None
    if lower <= -INFINITE:
        return f"{{}} <= {number_text(upper)}"
    if upper >= INFINITE:
        return f"{{}} >= {number_text(lower)}"
    return f"{number_text(lower)} <= {{}} <= {number_text(upper)}"
