"""Reading the Pyomo program in a reply, and repairing what is no mistake in modelling.

Every system that writes code goes this way, so that none loses a problem because it forgot an
import, called a solver that is not there, wrote `<` for `<=`, or a share as a quotient. Nothing
here runs the program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard, cast

_FENCED = re.compile(r"```[ \t]*([\w+-]*)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_PYTHON = ("", "python", "python3", "py", "pyomo")
_CODE_LINE = re.compile(r"^(?:import |from \w|model\b|m\b|def |[a-z_]\w* *= *)", re.MULTILINE)

IMPORTS = "import pyomo.environ as pyo; from pyomo.environ import *"
_EPILOGUE = """
def _built():
    here = dict(globals())
    models = [v for v in here.values() if isinstance(v, ConcreteModel)]
    if models:
        return models[-1]
    for value in reversed(list(here.values())):
        if type(value) is type(_built) and value.__module__ == "__main__" and value is not _built:
            made = value()
            for part in made if isinstance(made, tuple) else (made,):
                if isinstance(part, ConcreteModel):
                    return part
if not isinstance(globals().get("model"), ConcreteModel):
    model = _built()
"""


def program_in(reply: str) -> str:
    """The program in a reply: its fenced blocks that mention Pyomo or a model, the last one where
    each is whole, all of them joined where they are parts; without fences, the reply from its
    first line of code on.

    >>> program_in("Sure:\\n```python\\nmodel = ConcreteModel()\\n```\\nDone.")
    'model = ConcreteModel()\\n'
    """
    said = reply.rpartition("</think>")[2]
    fenced = _FENCED.findall(said)
    blocks = [text for tag, text in fenced if tag.lower() in _PYTHON and text.strip()]
    if not blocks:
        start = _CODE_LINE.search(said)
        return said[start.start() :] if start else ""
    whole = [block for block in blocks if "Model(" in block and "Objective(" in block]
    return whole[-1] if whole else "\n".join(blocks)


def repaired(source: str) -> str:
    """The program as it is run: what it needs imported, no solver called, comparisons as Pyomo
    wants them, its model under the name `model`. Source that cannot be parsed stays as it is.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    tree = ast.fix_missing_locations(cast(ast.Module, _Mend().visit(tree)))
    return f"{IMPORTS}\n{ast.unparse(tree)}\n{_EPILOGUE}"


def shown(program: str) -> str:
    """A repaired program without what was put around it, for whoever is to correct it."""
    return program.removeprefix(f"{IMPORTS}\n").removesuffix(f"\n{_EPILOGUE}")


class _Mend(ast.NodeTransformer):
    """Ends the program where it would solve its model, and makes limits of comparisons."""

    def visit(self, node: ast.AST) -> ast.AST:
        solved = _solved(node) if isinstance(node, ast.stmt) else None
        if solved is not None:
            return _hand_over(solved)
        return super().visit(node)  # type: ignore[no-any-return]  # typeshed says Any

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if _name_of(node.func) in ("Constraint", "add"):
            node.args = [_limit(argument) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = _limit(keyword.value)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        node.value = node.value and _limit(node.value)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        node.body = _limit(node.body)
        return node


def _solved(statement: ast.stmt) -> ast.expr | None:
    """The model that a simple statement has solved, or None where it solves nothing."""
    if not isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
        return None
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
    return next(_models_solved(calls), None)


def _models_solved(calls: Iterator[ast.Call]) -> Iterator[ast.expr]:
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "solve":
            # `model.solve()` too, which Pyomo does not have and other libraries do
            yield call.args[0] if call.args else call.func.value


def _hand_over(model: ast.expr) -> ast.AST:
    """Leave with this model; in a function too."""
    text = f"globals()['model'] = {ast.unparse(model)}\nraise SystemExit"
    return ast.If(ast.Constant(True), ast.parse(text).body, [])


def _limit(node: ast.expr) -> ast.expr:
    """A comparison as Pyomo takes it: not strict, and `a <= x <= b` as one inequality."""
    if not isinstance(node, ast.Compare):
        return node
    node.ops = [_not_strict(op) for op in node.ops]
    if len(node.ops) == 1:
        node.left, node.comparators[0] = _multiplied_out(node.left, node.comparators[0])
    if len(node.ops) == 2 and type(node.ops[0]) is type(node.ops[1]):
        ends = [node.left, *node.comparators]
        if isinstance(node.ops[0], ast.GtE):
            ends.reverse()
        return ast.Call(ast.Name("inequality", ast.Load()), ends, [])
    return node


def _multiplied_out(left: ast.expr, right: ast.expr) -> tuple[ast.expr, ast.expr]:
    """`x / (x + y) >= 0.3` as `x >= 0.3 * (x + y)`: a share of a total, which is not negative."""
    if _is_ratio(left) and isinstance(right, ast.Constant):
        return left.left, ast.BinOp(right, ast.Mult(), left.right)
    if _is_ratio(right) and isinstance(left, ast.Constant):
        return ast.BinOp(left, ast.Mult(), right.right), right.left
    return left, right


def _is_ratio(node: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether it divides by a sum, or by something else with attributes of a model in it."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and any(isinstance(part, ast.Attribute) for part in ast.walk(node.right))
    )


def _not_strict(op: ast.cmpop) -> ast.cmpop:
    return {ast.Lt: ast.LtE(), ast.Gt: ast.GtE()}.get(type(op), op)


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
