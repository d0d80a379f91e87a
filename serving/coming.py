"""A reply while it comes: gathers its pieces and reports the last words now and then."""

from __future__ import annotations

import time

from optwright.serving.events import CallProgressed, report
from optwright.serving.redact import redact

_BETWEEN_S = 0.1
_TAIL = 240  # characters; more than a line shows


class Coming:
    """One reply of `model` to `role`. `text` is what came so far, `tokens` how many those are."""

    def __init__(self, role: str, model: str) -> None:
        self._role = role
        self._model = model
        self.tokens = 0
        self._pieces: list[str] = []
        self._told = float("-inf")

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def more(self, piece: str, tokens: int) -> None:
        """Take the next piece; `tokens` came so far."""
        self._pieces.append(piece)
        self.tokens = tokens
        now = time.monotonic()
        if now - self._told >= _BETWEEN_S:
            self._told = now
            report(CallProgressed(self._role, self._model, tokens, _tail(self.text)))


def _tail(text: str) -> str:
    """The last whole words. A secret is only known for one when it is there in full: what may still
    grow is left out, and the tail is cut from what is redacted already."""
    whole = text[: len(text) - len(text.rsplit(maxsplit=1)[-1])] if text[-1:].strip() else text
    return redact(whole)[-_TAIL:].strip()
