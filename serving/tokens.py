"""How many tokens a request can cost at most, without the model's own tokenizer."""

from __future__ import annotations

import json
import re
from typing import Protocol, runtime_checkable

from optwright.serving.chat import ChatRequest

_PIECE = re.compile(r"[A-Za-z]+|\s+|[^A-Za-z\s]", re.ASCII)
_PER_MESSAGE = 8  # role names and turn marks of the usual chat templates
_PER_REQUEST = 48  # the default system turn some templates add, and the opening of the reply


@runtime_checkable
class CountsTokens(Protocol):
    """A model that knows its own tokenizer."""

    def count_tokens(self, request: ChatRequest) -> int: ...


def most_tokens(text: str) -> int:
    """Upper estimate for byte-level tokenizers: a letter run costs a token per two letters,
    white space one per run and eight characters, every other byte one.

    >>> most_tokens("maximize 30 x + 20 y")
    18
    """
    return sum(_most(piece.group()) for piece in _PIECE.finditer(text))


def prompt_tokens(request: ChatRequest) -> int:
    """Upper estimate of what the messages and the schema of a request cost to read."""
    text = sum(most_tokens(message.content) + _PER_MESSAGE for message in request.messages)
    schema = 0 if request.schema is None else most_tokens(json.dumps(dict(request.schema)))
    return text + schema + _PER_REQUEST


def _most(piece: str) -> int:
    if piece.isspace():
        return 1 + len(piece) // 8
    if piece[0].isascii() and piece[0].isalpha():
        return (len(piece) + 1) // 2
    return len(piece.encode("utf-8", errors="replace"))
