"""The steps of a trace as lines of code: names, expressions, places, and repeated structure.

Nothing here is recorded while the program runs: names and line numbers come from the bytecode
when somebody wants to read the trace.
"""

from __future__ import annotations

import dis
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import CodeType

from optwright.optim.nodes import Call, Held, Node, Value, brief, parents, plain_deep
from optwright.optim.parameters import Tunable
from optwright.optim.subgraph import Subgraph
from optwright.optim.traced import TracedFunction

LONGEST_BLOCK = 32
"""Steps in the longest loop body that is recognized as repeating."""


BRIEF = 120
"""Characters of a value that is only named, not told."""


@dataclass(frozen=True, slots=True)
class StepRun:
    """`count` repetitions of `period` steps, from step `start` on."""

    start: int
    period: int
    count: int

    @property
    def stop(self) -> int:
        return self.start + self.period * self.count


class Steps:
    """The steps of one trace: its nodes without the parameters, sources first."""

    def __init__(self, trace: Subgraph) -> None:
        self.nodes = [node for node in trace.nodes if not isinstance(node, Tunable)]
        self._places: dict[CodeType, tuple[dict[int, str], list[int | None]]] = {}
        self._index = {id(node): index for index, node in enumerate(self.nodes)}
        self._parameters = {id(p): p.name for p in trace.parameters}

    def __len__(self) -> int:
        return len(self.nodes)

    def line(self, index: int, chars: int | None = BRIEF) -> str:
        """`total = price * count  # 12.0, shop.py:7`; values of at most `chars` characters, or
        whole. A long value that an earlier step had is named after that step."""
        node = self.nodes[index]
        where = self.where(node)
        note = self._value(index, chars) + (f", {where}" if where else "")
        return f"{self.label(node)} = {self.expression(node)}  # {note}"

    def _value(self, index: int, chars: int | None) -> str:
        if chars == BRIEF:
            return brief(self.nodes[index].value)
        text = self._texts[index]
        if len(text) > BRIEF and (first := self._first_with[text]) != index:
            return f"the value of {self.label(self.nodes[first])}"
        return text if chars is None or len(text) <= chars else _ends(text, chars)

    @cached_property
    def _texts(self) -> list[str]:
        return [repr(plain_deep(node.value)) for node in self.nodes]

    @cached_property
    def _first_with(self) -> dict[str, int]:
        """The first step that had a value, by its text."""
        return {text: index for index, text in reversed(list(enumerate(self._texts)))}

    def label(self, node: Node) -> str:
        """The variable a step was stored in, with a number from its second step on."""
        return self._parameters.get(id(node)) or self._labels[self._index[id(node)]]

    def expression(self, node: Node) -> str:
        if isinstance(node._op, str):
            return _infix_or_call(node._op, [self._argument(arg) for arg in node._args])
        call: Call = node._args[0]
        shown = [self._argument(arg) for arg in call.args if not _is_receiver(node._op, arg, call)]
        shown += [f"{key}={self._argument(arg)}" for key, arg in call.kwargs.items()]
        return f"{node._op.name}({', '.join(shown)}){self._hidden(call)}"

    def where(self, node: Node) -> str:
        """`shop.py:7`, or nothing for a result that was made outside Python code."""
        if node._code is None:
            return ""
        line = self._place(node._code)[1][node._at // 2]
        return f"{Path(node._code.co_filename).name}:{line}"

    def sources(self, node: Node) -> list[Node]:
        """What `node` was made from, as far as it belongs to the trace; each once."""
        own = {id(p): p for p in parents(node) if self._known(p)}
        return list(own.values())

    @cached_property
    def runs(self) -> list[StepRun]:
        """All steps in order, repeated blocks of one or more steps taken together."""
        return _runs([(_key(node._op), node._code, node._at) for node in self.nodes])

    @cached_property
    def _labels(self) -> list[str]:
        used = dict.fromkeys(self._parameters.values(), 1)
        labels = []
        for node in self.nodes:
            name = self._stored(node) or "v"
            used[name] = used.get(name, 0) + 1
            labels.append(name if used[name] == 1 else f"{name}.{used[name]}")
        return labels

    def _argument(self, arg: Value) -> str:
        if isinstance(arg, Node):
            return self.label(arg) if self._known(arg) else brief(arg.value)
        if isinstance(arg, Held):
            names = [self.label(node) for node in arg.nodes if self._known(node)]
            return f"[{', '.join(names)}]" if names else arg.text
        return brief(arg)

    def _hidden(self, call: Call) -> str:
        """What the result hangs on besides the arguments that are shown."""
        shown = {id(arg) for arg in (*call.args, *call.kwargs.values())}
        names = [self.label(n) for n in call.nodes if self._known(n) and id(n) not in shown]
        more = "" if len(names) <= 4 else f" and {len(names) - 4} more"
        return f" from {', '.join(names[:4])}{more}" if names else ""

    def _known(self, node: Node) -> bool:
        return id(node) in self._index or id(node) in self._parameters

    def _stored(self, node: Node) -> str:
        return "" if node._code is None else self._place(node._code)[0].get(node._at, "")

    def _place(self, code: CodeType) -> tuple[dict[int, str], list[int | None]]:
        if code not in self._places:
            lines = [position[0] for position in code.co_positions()]
            self._places[code] = _targets(code), lines
        return self._places[code]


def _ends(text: str, chars: int) -> str:
    head = (2 * chars + 2) // 3
    return f"{text[:head]} [...] {text[len(text) - (chars - head) :]}"


def _targets(code: CodeType) -> dict[int, str]:
    """The variable that each instruction's result is stored in at once, by offset."""
    instructions = list(dis.get_instructions(code))
    targets = {}
    for made, stored in pairwise(instructions):
        if stored.opname.startswith("STORE_") and stored.opname not in _NOT_A_NAME:
            name = stored.argval[0] if isinstance(stored.argval, tuple) else stored.argval
            targets[made.offset] = str(name)
    return targets


_NOT_A_NAME = {"STORE_SUBSCR", "STORE_ATTR", "STORE_SLICE"}


def _infix_or_call(op: str, args: list[str]) -> str:
    if op in ("list()", "tuple()", "dict()"):
        return args[0]
    if op == "()":
        return f"{args[0]}({', '.join(args[1:])})"
    if op == "[]":
        return f"{args[0]}[{', '.join(args[1:])}]"
    if op.startswith("."):
        name = op.removesuffix("()")
        return f"{args[0]}{name}({', '.join(args[1:])})" if op.endswith("()") else args[0] + name
    if op.endswith("()"):
        return f"{op[:-2]}({', '.join(args)})"
    if op.endswith("x"):
        return op[:-1] + args[0]
    return f" {op} ".join(args)


def _is_receiver(function: Value, arg: Value, call: Call) -> bool:
    """Whether `arg` is the `self` or `cls` of a method."""
    if arg is not call.args[0] or not isinstance(function, TracedFunction):
        return False
    code = getattr(function.python, "__code__", None)
    return code is not None and code.co_varnames[:1] in (("self",), ("cls",))


def _key(op: Value) -> Value:
    return op if isinstance(op, str) else id(op)


def _runs(keys: Sequence[Value]) -> list[StepRun]:
    runs = []
    start = 0
    while start < len(keys):
        options = (_repetition(keys, start, period) for period in range(1, LONGEST_BLOCK + 1))
        run = max(options, key=lambda r: (r.count > 1 and r.stop - r.start, -r.period))
        runs.append(run)
        start = run.stop
    return runs


def _repetition(keys: Sequence[Value], start: int, period: int) -> StepRun:
    block = keys[start : start + period]
    count, stop = 1, start + period
    while len(block) == period and keys[stop : stop + period] == block:
        count, stop = count + 1, stop + period
    return StepRun(start, len(block), count)
