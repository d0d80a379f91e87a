"""A program's text: the parts that may change, and those that stay as they are.

Lines `# EVOLVE-BLOCK-START` and `# EVOLVE-BLOCK-END` enclose a part that may change. Without any,
all of it may.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from optwright.errors import InputError

START, END = "EVOLVE-BLOCK-START", "EVOLVE-BLOCK-END"
_MARK = re.compile(rf"^[ \t]*#[ \t]*({START}|{END})\b.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Marked:
    """`parts` alternate: fixed, open, fixed, ..., fixed. Lines with marks are fixed."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The parts that may change."""
        return self.parts[1::2]

    @property
    def fixed(self) -> tuple[str, ...]:
        return self.parts[0::2]

    def with_blocks(self, blocks: Sequence[str]) -> Marked:
        """The same program with other open parts; each ends with a line break."""
        parts = list(self.parts)
        parts[1::2] = [_ended(block) for block in blocks]
        return Marked(tuple(parts))

    def open_lines(self) -> set[int]:
        """The numbers, from 1, of the lines that may change."""
        found, line = set(), 1
        for place, part in enumerate(self.parts):
            count = part.count("\n") + (0 if part.endswith("\n") or not part else 1)
            if place % 2:
                found |= set(range(line, line + count))
            line += count
        return found


def read_marked(text: str) -> Marked:
    """Take a program apart. Marks that do not pair are an `InputError`."""
    text = _ended(text.replace("\r\n", "\n").replace("\r", "\n"))
    marks = list(_MARK.finditer(text))
    if not marks:
        return Marked(("", text, ""))
    parts, place = [], 0
    for number, mark in enumerate(marks):
        wanted = END if number % 2 else START
        if mark[1] != wanted:
            line = text.count("\n", 0, mark.start()) + 1
            raise InputError(f"line {line} has {mark[1]} where {wanted} is to come")
        cut = mark.end() + 1 if wanted == START else mark.start()
        parts.append(text[place:cut])
        place = cut
    if len(marks) % 2:
        raise InputError(f"the last {START} has no {END}")
    return Marked((*parts, text[place:]))


def normal_form(text: str) -> str:
    """A key that programs share which differ in layout, comments and docstrings only."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return sha256(text.encode(errors="replace")).hexdigest()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]) and len(body) > 1:
            del body[0]
    return sha256(ast.dump(tree).encode(errors="replace")).hexdigest()


def parses(text: str) -> bool:
    """Whether this is Python by itself."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def defined_names(nodes: Sequence[ast.stmt]) -> set[str]:
    """The names that these statements bind at their own level."""
    names: set[str] = set()
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
            case _:
                continue
    return names


def _is_text(node: object) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
