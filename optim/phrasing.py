"""How amounts, intervals and decisions are said, on a terminal and on a page alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optwright.optim.study.runs import Change
from optwright.optim.trial import JSON
from optwright.serving.budget import Amount


def said_amount(amount: Amount) -> str:
    """`60 evaluations, 3 calls, 1,200 tokens`"""
    parts = [
        counted(amount.evaluations, "evaluation"),
        counted(amount.calls, "call"),
        counted(amount.tokens, "token"),
        f"{amount.usd:.4f} USD" if amount.usd else "",
    ]
    return ", ".join(part for part in parts if part and not part.startswith("0 ")) or "nothing"


def said_interval(estimate: Mapping[str, JSON]) -> str:
    """An `Interval` as JSON: `0.820, with 95 % confidence from 0.710 to 0.900, on 40 examples`"""
    confidence = f"with {100 * estimate['confidence']:.0f} % confidence"
    ends = f"from {estimate['low']:.3f} to {estimate['high']:.3f}"
    return f"{estimate['mean']:.3f}, {confidence} {ends}, on {estimate['count']} examples"


def said_looks(looks: int) -> str:
    """What the examples of an estimate had done before it."""
    if not looks:
        return "that chose nothing"
    return f"that decided too, corrected for {counted(looks, 'comparison')}"


CLAIMS = {
    "mean": "better on average",
    "most": "better on most examples",
    "mean or most": "better on average or on most examples",
    "these": "better on these examples, nothing claimed of others",
}
"""What an accepted change was shown to be."""


def said_evidence(change: Change) -> str:
    """What the test of a change came to; nothing where none was made."""
    test = (change.evidence or {}).get("test")
    if not test:
        return ""
    groups = ", ".join(f"{name} {gain:+.3g}" for name, gain in test["groups"].items())
    shown = CLAIMS.get(test.get("claim", ""), "")
    lost = test.get("lost", 0)
    return (
        (f"{shown}: " if shown else "")
        + f"gain {test['gain']:+.3g} on {counted(test['examples'], 'example')} in "
        f"{counted(test['runs'], 'run')}"
        + (_said_losses(test) if lost else "")
        + (
            f"; e-value {test['evidence']:.3g}, {test['needed']:.3g} needed"
            if test["needed"]
            else ""
        )
        + (f"; by group: {groups}" if groups else "")
    )


def _said_needed(test: Mapping[str, JSON]) -> str:
    return f"; e-value {test['evidence']:.3g}, {test['needed']:.3g} needed"


def _said_losses(test: Mapping[str, JSON]) -> str:
    return (
        f", {test['won']} won and {test['lost']} lost, by {test['mean_loss']:.3g} on average and "
        f"{test['worst']:.3g} at worst"
    )


def said_decisions(changes: Sequence[Change], *, minimizes: bool) -> str:
    """`1 accepted of 3 tested`, or `5 improvements` where a better score is enough."""
    proposals = [change for change in changes if change.is_proposal]
    accepted = sum(change.accepted for change in proposals)
    if minimizes:
        return counted(accepted, "improvement")
    return f"{accepted} accepted of {len(proposals)} tested"


def said_scores(change: Change, sign: int = 1) -> str:
    """`0.52 -> 0.81`; `sign` is -1 where lower is better to the user."""
    return " -> ".join("none" if s is None else f"{sign * s:.4g}" for s in change.scores)


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`"""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
