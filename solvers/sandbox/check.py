"""Early, friendly errors about a candidate's source. This guards nothing.

It runs inside the sandbox: Python's parser can be made to exhaust the stack of whoever calls it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from optwright.solvers.sandbox.contract import ErrorKind, RunError


def first_problem(source: str, wanted: str) -> RunError | None:
    """Why this source cannot leave a global called `wanted`, or None if it may.

    >>> str(first_problem("x = (1", "model"))
    "syntax: '(' was never closed (line 1)"
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return RunError(ErrorKind.SYNTAX, error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError) as error:
        return RunError(ErrorKind.SYNTAX, f"the source cannot be parsed: {error}")
    if {wanted, "*"} & set(_bound(tree)):  # a star import may bind anything
        return None
    return RunError(ErrorKind.MISSING, f"the program never binds {wanted!r}")


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that something in the source binds, in whatever scope."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name
            case ast.Global(names=names):
                yield from names
