"""Typed parameters: what an optimizer may change, and the limits it cannot leave.

A parameter refuses a value that does not fit and says why, so that the reason can go back to
whoever proposed it. `ParameterSpace` is all parameters of one program; it takes a whole proposal
or none of it. `ParameterSpace.use` evaluates the program with other values without touching the
shared objects.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import numbers
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from sys import _getframe
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from optwright.errors import InputError
from optwright.optim.nodes import Operation, hold, note_read, note_touch, plain_deep
from optwright.optim.operators import Wrapper, link

Json = Any
"""A value as `json.loads` returns it."""
Scalar = str | int | float | bool | None
"""What may stand in a `Choice` or a `Permutation`."""

Constraint = Callable[[dict[str, Any]], "bool | str | None"]
"""Gets all values by name; returns False, or words that say what is wrong, where they do not go
together."""

T = TypeVar("T")
N = TypeVar("N", int, float)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_OVERRIDES: ContextVar[Mapping[int, Any]] = ContextVar(
    "optwright_candidate",
    default=MappingProxyType({}),
)
"""Values of the candidate being evaluated, by `id` of their parameter."""


class Parameter(Wrapper, ABC, Generic[T]):
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
        value: T = _OVERRIDES.get().get(id(self), self._value)
        return value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self._value!r})"

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return from_json, (self.to_json(),)

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
        return InputError(f"{self.name}: {_short(value)} {why}")


class Text(Parameter[str]):
    """Words, such as a prompt: at most `max_chars` characters that UTF-8 can encode."""

    kind = "text"

    def __init__(self, name: str, value: str, max_chars: int = 20_000) -> None:
        self.max_chars = max_chars
        super().__init__(name, value)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._refuse(value, "is not a string")
        if len(value) > self.max_chars:
            why = f"has {len(value)} characters; at most {self.max_chars} fit"
            raise self._refuse(value, why)
        if not _encodable(value):
            raise self._refuse(value, "holds characters that are not Unicode text")
        return str(value)

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "maxLength": self.max_chars}

    def _limits(self) -> dict[str, Json]:
        return {"max_chars": self.max_chars}


class Real(Parameter[float]):
    """A finite number from `low` to `high`, both included.

    Any JSON number fits, so 3 is taken as 3.0; a string or a bool does not. `log` says that ratios
    matter more than differences (a learning rate); it needs `low` > 0.
    """

    kind = "real"

    def __init__(self, name: str, value: float, low: float, high: float, log: bool = False) -> None:
        self.low, self.high = _in_order(name, _float(low), _float(high))
        self.log = _log_scale(name, self.low, log)
        super().__init__(name, value)

    def check(self, value: object) -> float:
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise self._refuse(value, f"is outside [{self.low!r}, {self.high!r}]")
        return number

    def project(self, value: object) -> float:
        """Clip into the limits; only finite numbers have a nearest one."""
        return min(max(self._number(value), self.low), self.high)

    def schema(self) -> dict[str, Json]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    def _number(self, value: object) -> float:
        number = _float(value)
        if number is None:
            raise self._refuse(value, "is not a finite number")
        return number

    def _limits(self) -> dict[str, Json]:
        return {"low": self.low, "high": self.high, "log": self.log}


class Integer(Parameter[int]):
    """A whole number from `low` to `high`, both included.

    3.0 is taken as 3, as JSON Schema has it; 3.7, a string or a bool does not fit.
    """

    kind = "integer"

    def __init__(self, name: str, value: int, low: int, high: int, log: bool = False) -> None:
        self.low, self.high = _in_order(name, _int(low), _int(high))
        self.log = _log_scale(name, self.low, log)
        super().__init__(name, value)

    def check(self, value: object) -> int:
        number = _int(value)
        if number is None:
            raise self._refuse(value, "is not a whole number")
        if not self.low <= number <= self.high:
            raise self._refuse(value, f"is outside [{self.low}, {self.high}]")
        return number

    def project(self, value: object) -> int:
        """Round to the nearest whole number and clip into the limits."""
        whole = _int(value)
        if whole is None:
            number = _float(value)
            if number is None:
                raise self._refuse(value, "is not a finite number")
            whole = round(number)
        return min(max(whole, self.low), self.high)

    def schema(self) -> dict[str, Json]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def _limits(self) -> dict[str, Json]:
        return {"low": self.low, "high": self.high, "log": self.log}


class Choice(Parameter[Scalar]):
    """One of `options`, which are distinct JSON scalars. 1, 1.0 and True are different options."""

    kind = "choice"

    def __init__(self, name: str, value: Scalar, options: Sequence[Scalar]) -> None:
        self.options: tuple[Scalar, ...] = _distinct_scalars(name, options)
        super().__init__(name, value)

    def check(self, value: object) -> Scalar:
        for option in self.options:
            if type(option) is type(value) and option == value:
                return option
        raise self._refuse(value, f"is not one of {list(self.options)!r}")

    def schema(self) -> dict[str, Json]:
        return {"enum": list(self.options)}

    def _limits(self) -> dict[str, Json]:
        return {"options": list(self.options)}


class Permutation(Parameter[list[Scalar]]):
    """The items of the first value, distinct JSON scalars, in some order. A value is a list."""

    kind = "permutation"

    def __init__(self, name: str, value: Sequence[Scalar]) -> None:
        self.items: tuple[Scalar, ...] = _distinct_scalars(name, value)
        super().__init__(name, list(value))

    def _plain(self) -> list[Scalar]:
        return list(super()._plain())  # a copy: what callers do to it stays with them

    def check(self, value: object) -> list[Scalar]:
        given = self._listed(value)
        order = self._known(given)
        if len(order) != len(given):
            raise self._refuse(value, "repeats an item or holds one that does not belong")
        missing = self._missing(order)
        if missing:
            raise self._refuse(value, f"lacks {missing!r}")
        return order

    def project(self, value: object) -> list[Scalar]:
        """Drop repeated and foreign items, then append what is missing in its first order."""
        order = self._known(self._listed(value))
        return order + self._missing(order)

    def schema(self) -> dict[str, Json]:
        return {
            "type": "array",
            "items": {"enum": list(self.items)},
            "minItems": len(self.items),
            "maxItems": len(self.items),
            "uniqueItems": True,
        }

    def _limits(self) -> dict[str, Json]:
        return {"items": list(self.items)}

    def _listed(self, value: object) -> Sequence[object]:
        if not isinstance(value, list | tuple):
            raise self._refuse(value, "is not a list")
        return value

    def _known(self, value: Sequence[object]) -> list[Scalar]:
        """The items of `value` that are ours, each once, in the order of `value`."""
        ours = {_tagged(item): item for item in self.items}
        tags = dict.fromkeys(_tagged(item) for item in value if _is_scalar(item))
        return [ours[tag] for tag in tags if tag in ours]

    def _missing(self, order: Sequence[Scalar]) -> list[Scalar]:
        there = {_tagged(item) for item in order}
        return [item for item in self.items if _tagged(item) not in there]


class Code(Parameter[str]):
    """Python source that defines `function` with the signature it has in the first value.

    The source is read, never run, in this process: calling the parameter runs `function` in
    the sandbox, with arguments and a result that are JSON data, for at most `timeout_s` seconds.
    `sandbox` is the level of protection; "process", which leaves files and network open, has to
    be asked for by name. A call that fails is an `InputError` with the line at fault.
    """

    kind = "code"

    def __init__(
        self,
        name: str,
        source: str,
        function: str,
        *,
        max_chars: int = 20_000,
        timeout_s: float = 10.0,
        sandbox: str = "auto",
    ) -> None:
        self.function = function
        self.sandbox = sandbox
        self.max_chars = max_chars
        self.timeout_s = timeout_s
        self.signature = ""
        super().__init__(name, source)
        self.signature = _signature(self._value, function)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._refuse(value, "is not a string of Python source")
        if len(value) > self.max_chars:
            why = f"has {len(value)} characters; at most {self.max_chars} fit"
            raise self._refuse(value, why)
        try:
            signature = _signature(value, self.function)
        except InputError as error:
            raise self._refuse(value, str(error)) from error
        if self.signature and signature != self.signature:
            raise self._refuse(value, f"defines {signature!r} where {self.signature!r} is needed")
        return str(value)

    def schema(self) -> dict[str, Json]:
        return {
            "type": "string",
            "maxLength": self.max_chars,
            "description": f"Python source that defines {self.signature}",
        }

    def _limits(self) -> dict[str, Json]:
        return {
            "function": self.function,
            "max_chars": self.max_chars,
            "timeout_s": self.timeout_s,
            "sandbox": self.sandbox,
        }

    def __call__(self, *args: Json, **kwargs: Json) -> Json:
        from optwright.optim.sandboxed_code import call_boxed

        arguments = plain_deep(_by_name(self.signature, args, kwargs) if kwargs else list(args))
        value = call_boxed(
            self._plain(),
            self.function,
            arguments,
            level=self.sandbox,
            timeout_s=self.timeout_s,
        )
        return link(value, "()", (self, *hold((*args, *kwargs.values()))), _getframe(1))


_KINDS: dict[str, type[Parameter[Any]]] = {
    cls.kind: cls for cls in (Text, Real, Integer, Choice, Permutation, Code)
}


def from_json(data: Mapping[str, Json]) -> Parameter[Any]:
    """Read a parameter that `Parameter.to_json` wrote; anything else is an `InputError`."""
    fields = dict(data)
    kind = fields.pop("kind", None)
    if kind in ("subset", "demos"):
        from optwright.optim import subsets  # noqa: F401  # they make themselves known
    if kind not in _KINDS:
        raise InputError(f"no parameter kind {kind!r}; there are {sorted(_KINDS)}")
    value = fields.pop("value", None)
    if kind == "code":
        fields["source"] = value
    elif kind == "permutation":
        fields["value"] = fields.pop("items", None)
    else:
        fields["value"] = value
    try:
        parameter = _KINDS[kind](**fields)
    except TypeError as error:
        raise InputError(f"a {kind} parameter cannot be read from {_short(data)}") from error
    parameter.value = value
    return parameter


class ParameterSpace:
    """All parameters of one program, by name. Values go in and out as one mapping, and are JSON
    as they stand: `json.loads(json.dumps(values)) == values`."""

    def __init__(
        self, parameters: Iterable[Parameter[Any]], constraints: Sequence[Constraint] = ()
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

    def __iter__(self) -> Iterator[Parameter[Any]]:
        return iter(self.parameters)

    def __getitem__(self, name: str) -> Parameter[Any]:
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
        token = _OVERRIDES.set({**_OVERRIDES.get(), **mine})
        try:
            yield checked
        finally:
            _OVERRIDES.reset(token)

    def schema(self) -> dict[str, Json]:
        """The JSON schema of a whole proposal: every name, no other."""
        return {
            "type": "object",
            "properties": {p.name: p.schema() for p in self.parameters},
            "required": list(self.names),
            "additionalProperties": False,
        }

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


def _float(value: object) -> float | None:
    """A finite float, or None. numpy's numbers count, bools and strings do not."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    # Adding zero turns -0.0 into 0.0: equal values must have one cache key.
    return number + 0.0 if math.isfinite(number) else None


def _int(value: object) -> int | None:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    number = _float(value)
    return int(number) if number is not None and number.is_integer() else None


def _in_order(name: str, low: N | None, high: N | None) -> tuple[N, N]:
    if low is None or high is None or low > high:
        raise InputError(f"{name}: limits {low!r} and {high!r} are not two finite numbers in order")
    return low, high


def _log_scale(name: str, low: float, log: bool) -> bool:
    if log and low <= 0:
        raise InputError(f"{name}: a log scale needs a lower limit above 0, not {low!r}")
    return bool(log)


def _is_scalar(value: object) -> bool:
    return value is None or type(value) in (str, int, bool) or _finite(value)


def _finite(value: object) -> bool:
    return type(value) is float and math.isfinite(value)


def _tagged(value: object) -> tuple[str, object]:
    """A key under which 1, 1.0 and True differ."""
    return type(value).__name__, value


def _distinct_scalars(name: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple | range) or not values:
        raise InputError(f"{name}: {_short(values)} is not a list with at least one item")
    items = tuple(values)
    wrong = [item for item in items if not _is_scalar(item)]
    if wrong:
        raise InputError(f"{name}: {wrong[0]!r} is not a string, a finite number, a bool or None")
    if len({_tagged(item) for item in items}) != len(items):
        raise InputError(f"{name}: {_short(values)} repeats an item")
    return items


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _signature(source: str, function: str) -> str:
    """Return `def f(a, b=1)` as the source's last top-level definition of `function` has it.

    Annotations do not count: they do not change how the function is called.
    """
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"is not Python: {error}") from error
    found = [
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    if not found:
        raise InputError(f"does not define a function {function!r} at its top level")
    arguments = found[-1].args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"def {function}({ast.unparse(arguments)})"


def _by_name(signature: str, args: Sequence[Json], kwargs: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments of a call under their names."""
    definition = ast.parse(f"{signature}: pass").body[0]
    assert isinstance(definition, ast.FunctionDef)  # `_signature` wrote it
    names = [arg.arg for arg in (*definition.args.posonlyargs, *definition.args.args)]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _short(value: object, chars: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= chars else f"{text[: chars - 3]}..."
