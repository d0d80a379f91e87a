"""How many tokens a request can cost at most, without the model's own tokenizer."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Protocol, runtime_checkable

from optwright.serving.chat import ChatRequest

_PIECE = re.compile(
    r" ?(?:[A-Z]?[a-z]+|[A-Z]+)"  # a blank before a word is part of its token
    r"|([ \t\n\r\f\v])\1*|[^\x00-\x7f]+|[!-/:-@\[-`{-~]+|[^A-Za-z \t\n\r\f\v]"
)
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_LONG = 12  # letters: longer words are put together from pieces of two
_PER_MESSAGE = 8  # role names and turn marks of the usual chat templates
_PER_IMAGE = 4_800  # the most that a provider we know of charges for one
_PER_REQUEST = 48  # the default system turn some templates add, and the opening of the reply


@runtime_checkable
class CountsTokens(Protocol):
    """A model that knows its own tokenizer: what a request's prompt costs, exactly or at most."""

    async def count_tokens(self, request: ChatRequest) -> int: ...


def most_tokens(text: str) -> int:
    """Upper estimate for byte-level tokenizers, 1.7 times the truth for English prose: a word that
    can be pronounced costs a token per four letters, another one nearly a token per letter; a run
    of one white space character one, and one more per eight; two thirds of a run of punctuation; a
    letter of other scripts one per two bytes; every other byte one. It was held against the
    tokenizers of GPT-4, Claude 2 and DeepSeek-V3: no kind of text cost more.

    >>> most_tokens("maximize 30 x + 20 y")
    12
    """
    return sum(_most(piece.group()) for piece in _PIECE.finditer(text))


def prompt_tokens(request: ChatRequest) -> int:
    """Upper estimate of what the messages and the schema of a request cost to read. Turns and
    schemas that ship with optwright were counted (`known_lengths.json`)."""
    text = sum(_counted(message.content) + _PER_MESSAGE for message in request.messages)
    text += _PER_IMAGE * sum(len(message.images) for message in request.messages)
    schema = 0 if request.schema is None else _counted(json.dumps(dict(request.schema)))
    return text + schema + _PER_REQUEST


def digest(text: str) -> str:
    """What a text is known by in `known_lengths.json`."""
    return sha256(text.encode("utf-8", errors="replace")).hexdigest()[:16]


def _counted(text: str) -> int:
    """The tokens of a text that was counted, or else the estimate."""
    known = _known().get(digest(text))
    return most_tokens(text) if known is None else min(known, most_tokens(text))


@cache
def _known() -> dict[str, int]:
    content = files(__package__).joinpath("known_lengths.json").read_text(encoding="utf-8")
    tokens: dict[str, int] = json.loads(content)["tokens"]
    return tokens


def _most(piece: str) -> int:
    if piece.isspace() and piece.isascii():
        return 1 + len(piece) // 8
    word = piece.lstrip(" ")
    if not word.isascii():
        return sum(map(_most_of_character, word))
    if not word.isalpha():
        return (2 * len(word) + 2) // 3
    vowels, size = len(_VOWEL.findall(word)), len(word)
    if 10 * vowels >= 3 * size or (size <= 3 and word.islower()):
        return 1 + (min(size, _LONG) - 1) // 4 + max(0, size - _LONG + 1) // 2
    # Random letters have too few vowels to be cut into long pieces.
    return (2 * size + 2) // 3 if 5 * vowels >= size else size


def _most_of_character(character: str) -> int:
    size = len(character.encode("utf-8", errors="replace"))
    return (size + 1) // 2 if character.isalpha() else size
