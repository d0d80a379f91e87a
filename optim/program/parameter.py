"""`ProgramCode`: a whole program as a parameter, of which only the marked parts may change."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from optwright.errors import InputError
from optwright.optim.parameters import Tunable
from optwright.optim.program.source import Marked, defined_names, normal_form, parses, read_marked

LEAST_CHARS = 20_000
GROWTH = 4
"""How many times as long as at first a program may get, where that is more than `LEAST_CHARS`."""


class ProgramCode(Tunable[str]):
    """Python source with marked parts. It is read here and runs in the sandbox only.

    `functions` are names that have to stay defined at its top level. `vocabulary` are expressions
    with `_` for what goes in, such as `np.sign(_)`, that the classical mutation may use beside what
    the program has already. `max_chars` bounds its length; default 20,000, or four times the first
    program's where that is more.
    """

    kind = "program"

    def __init__(
        self,
        name: str,
        source: str,
        *,
        functions: Iterable[str] = (),
        vocabulary: Iterable[str] = (),
        max_chars: int | None = None,
    ) -> None:
        self.functions, self.vocabulary = tuple(functions), tuple(vocabulary)
        first = read_marked(source)
        self.max_chars = max_chars or max(LEAST_CHARS, GROWTH * len(first.text))
        self._fixed = first.fixed
        super().__init__(name, first.text)

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._refuse(value, "is not a string of Python source")
        if len(value) > self.max_chars:
            why = f"has {len(value)} characters; at most {self.max_chars} fit"
            raise self._refuse(value, why)
        try:
            marked = read_marked(str(value))
            tree = ast.parse(marked.text)
            value.encode()
        except (InputError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._refuse(value, f"is not Python: {error}") from error
        if marked.fixed != self._fixed:
            raise self._refuse(value, "changes what lies outside the marked parts")
        missing = [name for name in self.functions if name not in defined_names(tree.body)]
        if missing:
            raise self._refuse(value, f"does not define {', '.join(missing)}")
        return marked.text

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "maxLength": self.max_chars,
            "description": "Python source; only the marked parts may change",
        }

    def marked(self, value: str) -> Marked:
        return read_marked(value)

    def form(self, value: str) -> str:
        """Equal for programs that differ in layout and comments only."""
        blocks = read_marked(value).blocks  # the rest is the same in all of them
        return "/".join(map(normal_form, blocks if all(map(parses, blocks)) else [value]))

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return _again, (self.to_json(),)

    def _limits(self) -> dict[str, Any]:
        return {
            "functions": list(self.functions),
            "vocabulary": list(self.vocabulary),
            "max_chars": self.max_chars,
        }


def _again(data: dict[str, Any]) -> ProgramCode:
    """What `to_json` wrote, read back."""
    more = {key: data[key] for key in ("functions", "vocabulary", "max_chars")}
    return ProgramCode(data["name"], data["value"], **more)
