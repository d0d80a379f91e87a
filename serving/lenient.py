"""JSON as language models write it when they slip, read in one pass.

Written here because the time must be linear: a general repair library took two seconds for 15,000
quotation marks. Accepted beside JSON are single quotes, names and words without quotes, Python's
True, False and None, comments, missing, doubled and trailing commas, stray escapes, quotes inside
a text, and missing closing brackets after a whole value. A text or an entry that is cut off is not
guessed: what is missing there may be what mattered.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 20_000  # what one pass in Python reads in well under 50 ms

_AFTER_TEXT = r"(?=\s{0,9}(?:[,:}\]]|\Z))"
_REST = r"""
    | (?P<mark> [{}\[\]:,] )
    | (?P<space> \s+ | //[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<cut> ["'] )
    | (?P<word> (?: [^\s{}\[\]:,"'/\#] | /(?![/*]) | (?<=\w)'(?=\w) )+ )
    | (?P<odd> . )
"""
_PLAIN = re.compile(
    r"""(?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )""" + _REST, re.VERBOSE | re.DOTALL
)
# A quote ends a text only where a text can end, so that those inside it are kept.
_QUOTED = re.compile(
    rf"""(?P<text> "(?:[^"\\]|\\.|"(?!{_AFTER_TEXT[3:-1]}))*"{_AFTER_TEXT} )""" + _REST,
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_CLOSING = {"}", "]"}
_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,5})?|NaN|-?Infinity"
)
_STRAY_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')


class NotJsonError(ValueError):
    """The text is not JSON, not even nearly."""


def read_object(text: str) -> dict[str, Any]:
    """Read the object that `text` begins with, or raise `NotJsonError`.

    The caller limits how deep brackets nest.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotJsonError(f"it is damaged, and {len(text)} characters are too many to repair")
    try:
        return _Reader(_tokens(_PLAIN, text)).whole()
    except NotJsonError:
        return _Reader(_tokens(_QUOTED, text)).whole()


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise NotJsonError(f"{digits[:40]} is no finite number")
    return number


def _refuse(constant: str) -> float:
    raise NotJsonError(f"{constant} is no number")


DECODER = json.JSONDecoder(strict=False, parse_float=_finite, parse_constant=_refuse)
"""Whole JSON, line breaks inside texts allowed, NaN and infinite numbers not."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_END = _Token("end", "")


def _tokens(grammar: re.Pattern[str], text: str) -> Iterator[_Token]:
    for match in grammar.finditer(text):
        if match.lastgroup == "cut":
            raise NotJsonError("it ends in the middle of a text")
        if match.lastgroup and match.lastgroup != "space":
            yield _Token(match.lastgroup, match.group())


class _Reader:
    def __init__(self, tokens: Iterator[_Token]) -> None:
        self._tokens = tokens
        self._next = next(tokens, _END)

    def whole(self) -> dict[str, Any]:
        if self._next.text != "{":
            raise NotJsonError("it does not begin with an object")
        found = self._object()
        if self._next.kind == "mark":
            raise NotJsonError(f"something follows its end: {self._next.text!r}")
        return found

    def _take(self) -> _Token:
        token, self._next = self._next, next(self._tokens, _END)
        return token

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._take()
        while not self._closed():
            key = self._take()
            if key.kind not in ("text", "word") or self._next.text != ":":
                raise NotJsonError(f"{key.text[:40]!r} is not a name with a value")
            self._take()
            found[_unquoted(key)] = self._value()
        return found

    def _array(self) -> list[Any]:
        found: list[Any] = []
        self._take()
        while not self._closed():
            found.append(self._value())
        return found

    def _closed(self) -> bool:
        """Whether this object or array is over; the wrong kind of bracket closes it too."""
        while self._next.text == ",":
            self._take()
        if self._next.text in _CLOSING:
            self._take()
            return True
        return self._next is _END

    def _value(self) -> Any:
        if self._next.text == "{":
            return self._object()
        if self._next.text == "[":
            return self._array()
        if self._next.kind == "text":
            return _unquoted(self._take())
        if self._next.kind == "word":
            return self._words()
        raise NotJsonError(f"there is no value at {self._next.text[:40]!r}")

    def _words(self) -> Any:
        word = self._take().text
        if word.lower() in _CONSTANTS:
            return _CONSTANTS[word.lower()]
        if _NUMBER.fullmatch(number := word.removeprefix("+")):
            return DECODER.decode(number)
        words = [word]
        while self._next.kind == "word":
            words.append(self._take().text)
        return " ".join(words)


def _unquoted(token: _Token) -> str:
    if token.kind == "word":
        return token.text
    body = token.text[1:-1]
    if token.text[0] == "'":
        body = body.replace("\\'", "'")
    body = re.sub(r'(?<!\\)"', r"\"", _STRAY_ESCAPE.sub(r"\\\\", body))
    try:
        return str(DECODER.decode(f'"{body}"'))
    except ValueError:
        raise NotJsonError(f"{token.text[:40]!r} is not a text") from None
