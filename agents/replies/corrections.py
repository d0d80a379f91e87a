"""What a model says of findings about its draft: explanations that quote, and corrected parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.findings import Fault, Finding
from optwright.agents.replies.quotes import stands
from optwright.agents.replies.read import Part, Reply

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
        if finding.fault in EXPLICABLE and quote.strip() and stands(quote, text):
            found[at] = Explanation(
                message=finding.message, quote=quote.strip(), why=str(part.get("why") or "")
            )
    return tuple(found.values())


def corrected(before: Reply, correction: Reply) -> Reply | None:
    """A reply with the parts of a correction in the place of those of the same name, new ones
    behind them and without what it removes. None where the correction says nothing of a program,
    and asks, cannot state and refuses nothing."""
    said = correction.questions or correction.cannot_state or correction.refusal
    if not (correction.program or correction.amounts or correction.removed or said):
        return None
    program = {
        field: _replaced(before.program.get(field), correction.program.get(field),
                         correction.removed)
        for field in dict.fromkeys([*before.program, *correction.program])
    }  # fmt: skip
    merged = replace(
        correction,
        program=program,
        amounts=tuple(_replaced(list(before.amounts), list(correction.amounts),
                                correction.removed)),
        unread=tuple(dict.fromkeys([*before.unread, *correction.unread])),
    )  # fmt: skip
    same = merged.program == before.program and merged.amounts == before.amounts
    return None if same and not said else merged


def _replaced(old: Any, new: Any, removed: Sequence[str]) -> Any:
    """A field of a program with the new parts in it; what is no list of parts is replaced whole."""
    if not isinstance(old, list) or not all(isinstance(part, Mapping) for part in old):
        return old if new is None else new
    listed: list[Part] = list(new or ())
    changed = {_name(part): part for part in listed}
    kept = [changed.pop(_name(part), part) for part in old if part.get("name") not in removed]
    return [*kept, *changed.values()]


def _name(part: Mapping[str, Any]) -> str:
    """What a part is known by: its name, or the words it states and what it says of them."""
    return str(part.get("name") or part.get("text") or part.get("expression"))
