"""What a model says of findings about its draft: explanations that quote, and corrected parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.findings import Fault, Finding
from optwright.agents.replies.normalize import split, tidy
from optwright.agents.replies.parse import limit_names
from optwright.agents.replies.quotes import stands_in
from optwright.agents.replies.read import Part, Reply
from optwright.errors import ReplyError

EXPLICABLE = frozenset(Fault) - {Fault.UNREADABLE, Fault.NOT_SOLVED, Fault.NOT_JUDGED}
"""What words of the problem can speak for. That something cannot be read or solved is a fact."""


class Explanation(BaseModel):
    """Why a finding is none, in words that stand in the problem."""

    model_config = ConfigDict(frozen=True)

    message: str
    """The finding's."""
    quote: str
    why: str = ""


def explained(reply: Reply, findings: Sequence[Finding], text: str) -> tuple[Explanation, ...]:
    """The explanations of a reply that count: each names a finding by its number, and quotes words
    that stand in the problem."""
    found = {}
    for part in reply.explanations:
        at, quote = part.get("finding"), part.get("quote")
        if not isinstance(at, int) or not isinstance(quote, str) or not 1 <= at <= len(findings):
            continue
        finding = findings[at - 1]
        if finding.fault in EXPLICABLE and stands_in(quote, text):
            found[at] = Explanation(
                message=finding.message, quote=quote.strip(), why=str(part.get("why") or "")
            )
    return tuple(found.values())


def corrected(before: Reply, correction: Reply) -> Reply | None:
    """A reply with the parts of a correction in the place of those they correct, new ones behind
    them and without what it removes. None where the correction says nothing of a program, and
    asks, cannot state and refuses nothing. `ReplyError` where it does not say which of several
    parts it corrects."""
    said = correction.questions or correction.cannot_state or correction.refusal
    if not (correction.program or correction.amounts or correction.removed or said):
        return None
    limits = limit_names(before)
    program = {
        field: _corrected_field(
            before.program.get(field),
            correction.program.get(field),
            correction.removed,
            limits if field == "constraints" else (),
        )
        for field in dict.fromkeys([*before.program, *correction.program])
    }
    amounts = _Parts(before.amounts).corrected(correction.amounts, correction.removed)
    merged = replace(
        correction,
        program=program,
        amounts=tuple(amounts),
        unread=tuple(dict.fromkeys([*before.unread, *correction.unread])),
    )
    same = merged.program == before.program and merged.amounts == before.amounts
    return None if same and not said else merged


def _corrected_field(
    old: Any, new: Any, removed: Sequence[str], called: Sequence[Sequence[str]]
) -> Any:
    """A field of a program with the new parts in it; what is no list of parts is replaced whole."""
    if not isinstance(old, list) or not all(isinstance(part, Mapping) for part in old):
        return old if new is None else new
    return _Parts(old, called).corrected(new or (), removed)


class _Parts:
    """The parts of one field, and what takes the place of each.

    A new part is of the old one of its name, given or made of its words. One without a name is of
    the old one of its words, where one is left when those that are repeated are set aside: two
    limits may quote the same words, and neither may fall into the other's place.
    """

    def __init__(self, old: Sequence[Part], called: Sequence[Sequence[str]] = ()) -> None:
        self._old = old
        self._called = called or [()] * len(old)
        self._instead: dict[int, list[Part]] = {}
        self._added: list[Part] = []

    def corrected(self, new: Sequence[Part], removed: Sequence[str]) -> list[Part]:
        """The parts in order, corrected, without those removed, with new ones behind them."""
        rest = [part for part in new if not self._is_repeated(part)]
        rest = [part for part in rest if not self._is_of_a_name(part)]
        by_words: dict[str, list[Part]] = {}
        for part in rest:
            by_words.setdefault(_words(part), []).append(part)
        for words, parts in by_words.items():
            self._put(words, parts)
        self._refuse_halves()
        kept = (
            self._instead.get(at, [part])
            for at, part in enumerate(self._old)
            if self._names(at).isdisjoint(removed)
        )
        return [*(part for parts in kept for part in parts), *self._added]

    def _names(self, at: int) -> set[str]:
        return {*self._called[at], str(self._old[at].get("name") or "")} - {""}

    def _is_repeated(self, part: Part) -> bool:
        """Whether it is an old part as that was, which stays."""
        places = (at for at, own in enumerate(self._old) if own == part and at not in self._instead)
        at = next(places, None)
        if at is not None:
            self._instead[at] = [part]
        return at is not None

    def _is_of_a_name(self, part: Part) -> bool:
        name = part.get("name")
        at = next((at for at in range(len(self._old)) if name in self._names(at)), None)
        if at is not None:
            self._instead.setdefault(at, []).append(part)
        return at is not None

    def _put(self, words: str, parts: list[Part]) -> None:
        left = [
            at
            for at, own in enumerate(self._old)
            if words and at not in self._instead and _words(own) == words
        ]
        if not left:
            self._added += parts
        elif len(left) == len(parts):
            self._instead |= {at: [part] for at, part in zip(left, parts, strict=True)}
        elif len(left) == 1:
            self._instead[left[0]] = parts
        else:
            raise ReplyError(
                f"{len(left)} parts of the draft quote {words!r}, and the correction does not say "
                "which of them it is of"
            )

    def _refuse_halves(self) -> None:
        """`x >= 2, x <= 5` are two rows of one limit; one of them alone is not taken for both."""
        for at, parts in self._instead.items():
            if parts != [self._old[at]] and _rows(parts) < len(self._called[at]):
                raise ReplyError(
                    f"the limit {self._old[at].get('expression')!r} has {len(self._called[at])} "
                    "rows, and the correction has fewer"
                )


def _words(part: Part) -> str:
    return str(part.get("text") or part.get("expression") or "")


def _rows(parts: Sequence[Part]) -> int:
    return sum(len(split(tidy(str(part.get("expression", ""))))) for part in parts)
