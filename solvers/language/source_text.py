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
    |(?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<quoted>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<mark>\*\*|<=|>=|==|!=|\.\.+|[-+*/%<>(),\[\]{}|&])""",
    re.VERBOSE | re.ASCII,
)


# Python reads a range and its step as shifts, which the language has not: `1..n by 2` is as long as
# `1<<n >> 2`, and they hold less tightly than a sum and more tightly than `|` and `&`.
RANGE, STEP = "..", "by"
_SHIFTS = {RANGE: "<<", STEP: ">>"}
_TWICE = {"<": "<<", ">": ">>"}


_INSTEAD = {
    "=": "'=='",
    "^": "'**'",
    "!": "'not'",
    "≤": "'<='",
    "≥": "'>='",
    "≠": "'!='",
    "×": "'*'",
    "·": "'*'",
    "÷": "'/'",
    "−": "'-'",
    "∑": "sum(... for i in I)",
    ":": "'if' before a condition, and 1..6 for a range",
    "?": "(a if condition else b)",
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


_COMPARES = re.compile(r"<=|>=|==|!=|<|>")


def _choice_parts(text: str, then: int) -> tuple[str, str, str] | None:
    """The condition, what holds then and what otherwise (empty where it is not said) of `if c then
    a else b`, whose `then` stands at a place; None where there is no such `if`."""
    depth, begin, otherwise, end = 0, -1, -1, len(text)
    opened = list[int]()  # where the last `if` of each depth stands
    for token in TOKEN.finditer(text):
        mark, at = token.group(), token.start()
        if at == then:
            begin, opened = (opened[-1] if len(opened) > depth else -1), []
            depth = 0
        elif mark in ("(", "[", "{"):
            depth += 1
        elif mark in (")", "]", "}"):
            depth -= 1
            del opened[depth + 1 :]
        elif mark == "if" and at < then:
            opened += [-1] * (depth + 1 - len(opened))
            opened[depth] = token.end()
        elif mark == "else" and at > then and depth == 0 and otherwise < 0:
            otherwise = at
        if at > then and (depth < 0 or (depth == 0 and mark in (",", "for"))):
            end = at
            break
    if begin < 0:
        return None
    stop = end if otherwise < 0 else otherwise
    rest = "" if otherwise < 0 else text[otherwise + len("else") : end]
    return text[begin:then].strip(), text[then + len("then") : stop].strip(), rest.strip()


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

    def __init__(self, text: str) -> None:
        self._text = text
        # What `ast` reads is one line without space before it; `start` is its place in the text.
        self.start = len(text) - len(text.lstrip())
        self.line = re.sub(r"\s", " ", text.strip())
        self._opening = ""
        self._is_ascii = text.isascii()
        self._scan()
        self.line, self._inserted = _with_brackets(self.line)

    def part(self, start: int, end: int) -> SourceText:
        """What stands between two places of the line, as a text whose places are those of this."""
        start, end = self.place(start), self.place(end)
        part = SourceText(" " * start + self._text[start:end])
        part._text = self._text
        return part

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
            if error.msg.startswith("leading zeros"):
                hint = 'a period or a code is a text: "2026-01"'
            elif self.word_at(at) in ("'if'", "'else'"):
                hint = "a choice is written (a if condition else b)"
            elif "%" in self.line:
                hint = "write the number itself, as in 0.05 for 5 %"
            elif error.msg.startswith("Generator expression"):  # what Julia writes with commas
                hint = "write a `for` before each loop, as in sum(x[i, j] for i in I for j in J)"
            self.fail(f"found {self.word_at(at)} where it does not fit", self.place(at), hint)
        except (RecursionError, MemoryError):
            self.fail("too many terms, or parts inside each other", 0)

    def word_at(self, at: int) -> str:
        """What stands at a place of the line, as a message shows it."""
        found = TOKEN.match(self._text, self.place(max(at, 0)))
        return repr(found.group()) if found and found.group().strip() else "the end"

    def fail(self, what: str, at: int | ast.AST, hint: str | None = None) -> NoReturn:
        """Raise the `FormulationError` that says what is wrong at a node or a place of the text."""
        if isinstance(at, ast.AST):
            at = self._offset(getattr(at, "col_offset", 0))
        at = min(max(at, 0), len(self._text))
        place = Place(self._text, at, at + 1)
        message = f"{clipped_at(self._text, at)!r}, {place}: {what}"
        raise FormulationError(message, hint=hint, excerpt=place.excerpt, place=str(place))

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

    def find(self, mark: str, at: int) -> int:
        """The place of the next such mark in the text."""
        return max(self._text.find(mark, at), at)

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
            token = TOKEN.match(self._text, at)
            if token is None:
                self._refuse_character(at)
            at = token.end()
            if token.lastgroup == "space":
                touching = False
                continue
            self._check_word(token)
            if self._is_range(before, token, touching):
                before, touching = None if token.group() == STEP else token, True
                continue
            if not opened and token.group() in KEYWORDS:
                self.words.append(token.group())
            self._check_pair(before, token, touching)
            self._check_bracket(token, opened)
            before, touching = token, True
        if opened:
            self.fail(f"{opened[-1][0]!r} is never closed", opened[-1][1])

    def _is_range(self, before: re.Match[str] | None, token: re.Match[str], touching: bool) -> bool:
        """Whether a token is `..`, or the `by` of a range; both become what Python reads."""
        mark = token.group()
        if touching and before is not None and before.group() == mark and mark in _TWICE:
            self.fail(f"found {_TWICE[mark]!r}, which is not part of the language", before.start())
        if mark.startswith("..") and mark != RANGE:
            self.fail(f"found {mark!r}", token.start(), "a range is written with two dots: 1..6")
        by = mark == STEP and before is not None and _ends_operand(before)
        if (mark == STEP and not by) or mark not in _SHIFTS:
            return False
        at = token.start() - self.start
        self.line = self.line[:at] + _SHIFTS[mark] + self.line[at + 2 :]
        return True

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
        if token.lastgroup == "number" and len(token.group()) > MAX_DIGITS:
            self.fail(f"a number of {len(token.group())} digits", token.start())
        if before is None or not _ends_operand(before):
            return
        calls = token.group() == "(" and before.lastgroup == "name"
        numeral = near and before.lastgroup == "number" and token.lastgroup == "name"
        if (_begins_operand(token) and not calls) or numeral:
            if token.group() == "then":
                self._refuse_then(token.start())
            if token.group() == "step":
                self.fail("found 'step'", token.start(), f"a step is written so: 1..6 {STEP} 2")
            pair = f"{before.group()!r} and {token.group()!r}"
            self.fail(
                f"nothing joins {pair}", token.start(), "write '*' to multiply, ',' between loops"
            )

    def _refuse_then(self, at: int) -> NoReturn:
        """`if c then a else b`, with the words in the order that is read here."""
        parts = _choice_parts(self._text, at)
        if parts is None:
            self.fail("found 'then'", at, "a choice is written (a if condition else b)")
        condition, then, otherwise = parts
        if _COMPARES.search(then):
            hint = f"write implies({condition}, {then})"
            if otherwise:
                hint += f", and implies(not ({condition}), {otherwise}) as a constraint of its own"
        else:
            hint = f"write ({then} if {condition} else {otherwise or 0})"
        self.fail("found 'then'", at, hint)

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
