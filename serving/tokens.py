"""How many tokens a request can cost at most, without the model's own tokenizer."""

from __future__ import annotations

import json
import re
from typing import Protocol, runtime_checkable

from optwright.serving.chat import ChatRequest

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|(\s)\1*|[^A-Za-z\s]", re.ASCII)
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_PER_MESSAGE = 8  # role names and turn marks of the usual chat templates
_PER_REQUEST = 48  # the default system turn some templates add, and the opening of the reply


@runtime_checkable
class CountsTokens(Protocol):
    """A model that knows its own tokenizer: what a request's prompt costs, exactly or at most."""

    async def count_tokens(self, request: ChatRequest) -> int: ...


def most_tokens(text: str) -> int:
    """Upper estimate for byte-level tokenizers, 2.4 times the truth for English prose: a word
    costs a token per two letters, or per letter where it cannot be pronounced; a run of one
    white space character one, and one more per eight; every other byte one. Text of nothing
    but random letters can cost a third more.

    >>> most_tokens("maximize 30 x + 20 y")
    16
    """
    return sum(_most(piece.group()) for piece in _PIECE.finditer(text))


def prompt_tokens(request: ChatRequest) -> int:
    """Upper estimate of what the messages and the schema of a request cost to read."""
    text = sum(most_tokens(message.content) + _PER_MESSAGE for message in request.messages)
    schema = 0 if request.schema is None else most_tokens(json.dumps(dict(request.schema)))
    return text + schema + _PER_REQUEST


def _most(piece: str) -> int:
    size = len(piece)
    if piece.isspace() and piece.isascii():
        return 1 + size // 8
    if not (piece.isascii() and piece.isalpha()):
        return len(piece.encode("utf-8", errors="replace"))
    # Random letters have too few vowels to be cut into long pieces.
    return (size + 1) // 2 if 4 * len(_VOWEL.findall(piece)) >= size else size
