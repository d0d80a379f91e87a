"""All parameters of one program, and their values as one mapping."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from optwright.errors import InputError
from optwright.optim.choice_parameters import Choice, Permutation
from optwright.optim.number_parameters import Integer, Real
from optwright.optim.parameter import OVERRIDES, Constraint, Json, Tunable, read
from optwright.optim.subsets import Demos, Subset
from optwright.optim.text_parameters import Code, Text
from optwright.serving.schemas import record

_KINDS: dict[str, type[Tunable[Any]]] = {
    cls.kind: cls for cls in (Text, Real, Integer, Choice, Permutation, Code, Subset, Demos)
}


def from_json(data: Mapping[str, Json]) -> Tunable[Any]:
    """Read a parameter that `Tunable.to_json` wrote; anything else is an `InputError`."""
    kind = data.get("kind")
    if kind not in _KINDS:
        raise InputError(f"no parameter kind {kind!r}; there are {sorted(_KINDS)}")
    return read(_KINDS[kind], data)


class ParameterSpace:
    """All parameters of one program, by name. Values go in and out as one mapping, and are JSON
    as they stand: `json.loads(json.dumps(values)) == values`."""

    def __init__(
        self, parameters: Iterable[Tunable[Any]], constraints: Sequence[Constraint] = ()
    ) -> None:
        self.parameters = tuple(parameters)
        self.constraints = tuple(constraints)
        """What values have to satisfy together, besides their own limits."""
        self._by_name = {p.name: p for p in self.parameters}
        if len(self._by_name) != len(self.parameters):
            names = [p.name for p in self.parameters]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise InputError(f"parameter names repeat: {twice}")
        self.initial: dict[str, Any] = self.values
        """The values at the time the space was made."""

    def __len__(self) -> int:
        return len(self.parameters)

    def __iter__(self) -> Iterator[Tunable[Any]]:
        return iter(self.parameters)

    def __getitem__(self, name: str) -> Tunable[Any]:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    @property
    def values(self) -> dict[str, Any]:
        """The current values."""
        return {p.name: p.value for p in self.parameters}

    def broken(self, values: Mapping[str, Any]) -> str:
        """What constraint these values break, in words; nothing where they break none."""
        for constraint in self.constraints:
            said = constraint(dict(values))
            if isinstance(said, str):
                if said:
                    return said
            elif said is not None and not said:
                name = getattr(constraint, "__name__", "a constraint")
                return f"the constraint {name} does not hold"
        return ""

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all values as the parameters hold them, or one `InputError` with every fault."""
        return self._each(values, "check")

    def project(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Like `check`, with each value first moved to the nearest one that fits."""
        return self._each(values, "project")

    def update(self, values: Mapping[str, Any]) -> None:
        """Set the parameters named; when one value does not fit, none is set."""
        for name, value in self.check({**self.values, **values}).items():
            self._by_name[name]._value = value

    @contextmanager
    def use(self, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Run the body with these values, in this thread or task and the tasks it starts.

        The parameters themselves stay as they are, so many candidates run side by side. A bare
        thread starts without the values; `contextvars.copy_context().run` carries them over.
        """
        checked = self.check({**self.values, **values})
        mine = {id(self._by_name[name]): value for name, value in checked.items()}
        token = OVERRIDES.set({**OVERRIDES.get(), **mine})
        try:
            yield checked
        finally:
            OVERRIDES.reset(token)

    def schema(self) -> dict[str, Json]:
        """The JSON schema of a whole proposal: every name, no other."""
        return record({p.name: p.schema() for p in self.parameters})

    def key(self, values: Mapping[str, Any]) -> str:
        """A key that equal values share in every process, and different values do not."""
        text = json.dumps(self.check(values), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> list[dict[str, Json]]:
        return [p.to_json() for p in self.parameters]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Json]]) -> ParameterSpace:
        return cls(from_json(item) for item in data)

    def _each(self, values: Mapping[str, Any], method: str) -> dict[str, Any]:
        faults = [f"{name}: there is no such parameter" for name in values if name not in self]
        result = {}
        for parameter in self.parameters:
            if parameter.name not in values:
                faults.append(f"{parameter.name}: no value is given")
                continue
            try:
                result[parameter.name] = getattr(parameter, method)(values[parameter.name])
            except InputError as error:
                faults.append(str(error))
        if faults:
            raise InputError("; ".join(faults))
        return result
