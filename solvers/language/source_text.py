"""The text of an expression before it is a tree: what is cheap to refuse is refused here, and every
complaint knows where in the text its cause stands."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword
from typing import NoReturn

from optwright.errors import FormulationError
from optwright.solvers.model.places import Place
from optwright.solvers.model.syntax import KEYWORDS

MAX_LENGTH = 20_000  # characters; `ast` reads this much in about 10 ms


MAX_DEPTH = 40  # brackets, signs and powers inside each other
MAX_DIGITS = 40  # of one number


TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<quoted>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<mark>\*\*|<=|>=|==|!=|[-+*/%<>(),\[\]])""",
    re.VERBOSE | re.ASCII,
)


SET_TOKEN = re.compile(TOKEN.pattern.replace("[-+*/%", "[-+*/%{}|&"), re.VERBOSE | re.ASCII)


_INSTEAD = {
    "=": "'=='",
    "^": "'**'",
    "&": "'and', or two constraints",
    "|": "'or'",
    "!": "'not'",
    "≤": "'<='",
    "≥": "'>='",
    "≠": "'!='",
    "×": "'*'",
    "·": "'*'",
    "÷": "'/'",
    "−": "'-'",
    "∑": "sum(... for i in I)",
    ":": "'if' before a condition",
    "{": "'['",
    "}": "']'",
}
"""What people and models write for something the language has, and how it is written here."""


_LOOPED = re.compile(r"\b(?:exactly|atleast|atmost|piecewise|cumulative)\s*\(")


def _with_brackets(source: str) -> tuple[str, list[int]]:
    """Python wants a loop after another argument in brackets: `atmost(2, x > 0 for i in I)` is
    given them. Returns the source and the places of the inserted brackets in it."""
    inserted = list[int]()
    begin = 0
    while found := _LOOPED.search(source, begin):
        begin, depth, comma, looped = found.end(), 0, None, False
        for token in TOKEN.finditer(source, begin):
            mark = token.group()
            if mark in (")", "]"):
                depth -= 1
            if depth < 0:
                if comma is not None and looped:
                    end = token.start()
                    source = f"{source[:comma]}({source[comma:end]}){source[end:]}"
                    inserted = [at + (at >= comma) + (at >= end) for at in inserted]
                    inserted += [comma, end + 1]
                break
            depth += mark in ("(", "[")
            if depth == 0 and mark == "," and comma is None:
                comma = token.end()
            looped = looped or (depth == 0 and mark == "for")
    return source, inserted


def _is_operand(token: re.Match[str]) -> bool:
    return token.lastgroup in ("number", "quoted", "name") and token.group() not in KEYWORDS


def _ends_operand(token: re.Match[str]) -> bool:
    return _is_operand(token) or token.group() in (")", "]")


def _begins_operand(token: re.Match[str]) -> bool:
    return _is_operand(token) or token.group() == "("


def clipped_at(text: str, at: int) -> str:
    """The text around `at`, short enough to read in a message."""
    if len(text) <= 80:
        return text
    start = min(max(at - 40, 0), len(text) - 80)
    left, right = "..." * (start > 0), "..." * (start + 80 < len(text))
    return f"{left}{text[start : start + 80]}{right}"


class SourceText:
    """One text, and the places of `ast` in it; `fail` says what is wrong where."""

    def __init__(self, text: str, tokens: re.Pattern[str] = TOKEN) -> None:
        self._text = text
        self._tokens = tokens
        # What `ast` reads is one line without space before it; `start` is its place in the text.
        self.start = len(text) - len(text.lstrip())
        self.line = re.sub(r"\s", " ", text.strip())
        self._opening = ""
        self._is_ascii = text.isascii()
        self._scan()
        self.line, self._inserted = _with_brackets(self.line)

    def enclose(self, before: str, after: str) -> None:
        """Have `ast` read the text between two others; places stay those of the text."""
        self._opening = before
        self.line += after

    def skip_to(self, at: int) -> None:
        """Leave out what stands before a place of the line, and blanks there."""
        rest = self.line[at:].lstrip()
        self.start += len(self.line) - len(rest)
        self.line = rest

    def tree(self) -> ast.expr:
        """What `ast` reads; `FormulationError` where it cannot."""
        if not self.line:
            raise FormulationError("an expression is empty")
        try:
            return ast.parse(self._opening + self.line, mode="eval").body
        except SyntaxError as error:
            # Python puts what is missing at the end at offset 0.
            end = len(self._opening + self.line) + 1
            at = (error.offset or end) - 1 - len(self._opening)
            hint = None
            if "%" in self.line:
                hint = "write the number itself, as in 0.05 for 5 %"
            elif error.msg.startswith("Generator expression"):  # what Julia writes with commas
                hint = "write a `for` before each loop, as in sum(x[i, j] for i in I for j in J)"
            self.fail(f"found {self.word_at(at)} where it does not fit", self.place(at), hint)
        except (RecursionError, MemoryError):
            self.fail("too many terms, or parts inside each other", 0)

    def word_at(self, at: int) -> str:
        """What stands at a place of the line, as a message shows it."""
        found = TOKEN.match(self.line, max(at, 0))
        return repr(found.group()) if found and found.group().strip() else "the end"

    def fail(self, what: str, at: int | ast.AST, hint: str | None = None) -> NoReturn:
        """Raise the `FormulationError` that says what is wrong at a node or a place of the text."""
        if isinstance(at, ast.AST):
            at = self._offset(getattr(at, "col_offset", 0))
        at = min(max(at, 0), len(self._text))
        place = Place(self._text, at, at + 1)
        message = f"{clipped_at(self._text, at)!r}, {place}: {what}"
        raise FormulationError(message, hint=hint, excerpt=place.excerpt)

    def _offset(self, column: int) -> int:
        """Where in the text a column of `ast` is, which counts bytes."""
        if not self._is_ascii:
            line = (self._opening + self.line).encode()
            column = len(line[:column].decode())
        return self.place(column - len(self._opening))

    def span(self, node: ast.expr) -> tuple[int, int]:
        """From where to where a node stands in the text."""
        end = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return self._offset(node.col_offset), self._offset(end)

    def place(self, at: int) -> int:
        """Where in the text a place of the line is, which brackets of ours have moved."""
        return at - sum(inserted < at for inserted in self._inserted) + self.start

    def _scan(self) -> None:
        """Refuse what is cheap to refuse, before `ast` sees it: characters, gaps, depth."""
        at, opened = 0, list[tuple[str, int]]()
        self.words = list[str]()  # of the language, outside all brackets
        before: re.Match[str] | None = None
        touching = False
        while at < len(self._text):
            token = self._tokens.match(self._text, at)
            if token is None:
                self._refuse_character(at)
            at = token.end()
            if token.lastgroup == "space":
                touching = False
                continue
            self._check_word(token)
            if not opened and token.group() in KEYWORDS:
                self.words.append(token.group())
            self._check_pair(before, token, touching)
            self._check_bracket(token, opened)
            before, touching = token, True
        if opened:
            self.fail(f"{opened[-1][0]!r} is never closed", opened[-1][1])

    def _refuse_character(self, at: int) -> NoReturn:
        found = self._text[at]
        if found in "\"'":
            self.fail("a quote is never closed", at)
        instead = _INSTEAD.get(found)
        self.fail(
            f"found {found!r}, which is not part of the language",
            at,
            None if instead is None else f"write {instead}",
        )

    def _check_word(self, token: re.Match[str]) -> None:
        if iskeyword(token.group()) and token.group() not in KEYWORDS:
            self.fail(f"{token.group()!r} is not a name that can be used", token.start())

    def _check_pair(self, before: re.Match[str] | None, token: re.Match[str], near: bool) -> None:
        """Two operands side by side: `3x`, `2 (x + y)`, `x y`."""
        if near and before is not None and before.group().endswith(".") and token.group()[0] == ".":
            self.fail(
                "found a range where there is none",
                before.start(),
                'name it as a set: {"name": "K", "expression": "1..3"}',
            )
        if token.lastgroup == "number" and len(token.group()) > MAX_DIGITS:
            self.fail(f"a number of {len(token.group())} digits", token.start())
        if before is None or not _ends_operand(before):
            return
        calls = token.group() == "(" and before.lastgroup == "name"
        numeral = near and before.lastgroup == "number" and token.lastgroup == "name"
        if (_begins_operand(token) and not calls) or numeral:
            pair = f"{before.group()!r} and {token.group()!r}"
            self.fail(
                f"nothing joins {pair}", token.start(), "write '*' to multiply, ',' between loops"
            )

    def _check_bracket(self, token: re.Match[str], opened: list[tuple[str, int]]) -> None:
        mark = token.group()
        if mark in ("(", "[", "{"):
            opened.append((mark, token.start()))
            if len(opened) > MAX_DEPTH:
                self.fail(f"more than {MAX_DEPTH} brackets inside each other", token.start())
        elif mark in (")", "]", "}") and (
            not opened or opened.pop()[0] + mark not in ("()", "[]", "{}")
        ):
            self.fail(f"{mark!r} closes nothing", token.start())
