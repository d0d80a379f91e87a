"""What every kind of parameter is: one thing that an optimizer may change, and its limits."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from optwright.errors import InputError
from optwright.optim.nodes import Operation, note_read, note_touch
from optwright.optim.operators import Wrapper

Json = Any
"""A value as `json.loads` returns it."""


Scalar = str | int | float | bool | None
"""What may stand in a `Choice` or a `Permutation`."""


Constraint = Callable[[dict[str, Any]], "bool | str | None"]
"""Gets all values by name; returns False, or words that say what is wrong, where they do not go
together."""


T = TypeVar("T")


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


OVERRIDES: ContextVar[Mapping[int, Any]] = ContextVar(
    "optwright_candidate",
    default=MappingProxyType({}),
)
"""Values of the candidate being evaluated, by `id` of their parameter."""


class Tunable(Wrapper, ABC, Generic[T]):
    """One thing an optimizer may change. `name` is its key in every proposal.

    `value` is the current value: inside `ParameterSpace.use` the candidate's, elsewhere the one
    held here. Setting it checks it. In Python code a parameter acts as its value, equality and
    hash included, and what is computed from it is traced back to it.
    """

    kind: ClassVar[str]
    _op: Operation = "node"
    _args = ()
    _code = None
    _at = -1

    def __init__(self, name: str, value: object) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(
                f"parameter name {name!r} is not usable",
                hint="a letter or underscore, then letters, digits, '_', '.', '-'; at most 64",
            )
        self.name = name
        self._value = self.check(value)

    @property
    def value(self) -> T:
        note_read(self)
        return self._plain()

    @value.setter
    def value(self, value: T) -> None:
        self._value = self.check(value)

    def _plain(self) -> T:
        note_touch(self)
        value: T = OVERRIDES.get().get(id(self), self._value)
        return value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self._value!r})"

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return read, (type(self), self.to_json())

    @abstractmethod
    def check(self, value: object) -> T:
        """Return `value` as this parameter holds it, or raise `InputError` that says why not."""

    def project(self, value: object) -> T:
        """Return the nearest value that fits; kinds without a notion of near only check."""
        return self.check(value)

    @abstractmethod
    def schema(self) -> dict[str, Json]:
        """The JSON schema of a value."""

    def to_json(self) -> dict[str, Json]:
        """This parameter as JSON data; `from_json` reads it back."""
        return {"kind": self.kind, "name": self.name, "value": self._value, **self._limits()}

    def _limits(self) -> dict[str, Json]:
        return {}

    def _refuse(self, value: object, why: str) -> InputError:
        return InputError(f"{self.name}: {shortened(value)} {why}")


def is_scalar(value: object) -> bool:
    return value is None or type(value) in (str, int, bool) or _finite(value)


def _finite(value: object) -> bool:
    return type(value) is float and math.isfinite(value)


def tagged(value: object) -> tuple[str, object]:
    """A key under which 1, 1.0 and True differ."""
    return type(value).__name__, value


def distinct_scalars(name: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple | range) or not values:
        raise InputError(f"{name}: {shortened(values)} is not a list with at least one item")
    items = tuple(values)
    wrong = [item for item in items if not is_scalar(item)]
    if wrong:
        raise InputError(f"{name}: {wrong[0]!r} is not a string, a finite number, a bool or None")
    if len({tagged(item) for item in items}) != len(items):
        raise InputError(f"{name}: {shortened(values)} repeats an item")
    return items


def shortened(value: object, chars: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= chars else f"{text[: chars - 3]}..."


def read(kind: type[Tunable[Any]], data: Mapping[str, Json]) -> Tunable[Any]:
    """Read a parameter of this kind that `Tunable.to_json` wrote."""
    fields = {key: value for key, value in data.items() if key != "kind"}
    value = fields.pop("value", None)
    if kind.kind == "code":
        fields["source"] = value
    elif kind.kind == "permutation":
        fields["value"] = fields.pop("items", None)
    else:
        fields["value"] = value
    try:
        parameter = kind(**fields)
    except TypeError as error:
        raise InputError(
            f"a {kind.kind} parameter cannot be read from {shortened(data)}"
        ) from error
    parameter.value = value
    return parameter
