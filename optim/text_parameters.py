"""Parameters that are words or code."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from sys import _getframe

from optwright.errors import InputError
from optwright.optim.nodes import hold, plain_deep
from optwright.optim.operators import link
from optwright.optim.parameter import Json, Tunable


class Text(Tunable[str]):
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


class Code(Tunable[str]):
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
