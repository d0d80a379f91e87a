"""Chain-of-Experts (Xiao et al., 2024), after its published description.

A conductor calls three experts one after the other, each of whom reads what the others said; a
reducer writes the program. Where it fails, the experts reflect in the opposite order until one
takes the blame and corrects its comment, and the next of three trials begins with the comments
that are left.
"""

from __future__ import annotations

from dataclasses import dataclass

from optwright.benchmarks.recipe import Desk, Recipe
from optwright.prompts import load
from optwright.serving.schemas import TEXT, record

TRIALS = 3
EXPERTS_A_TRIAL = 3

_BLAME = record({"is_to_blame": {"type": "boolean"}, "comment": TEXT})


@dataclass
class Comment:
    """What an expert said."""

    expert: str
    text: str


class ChainOfExperts(Recipe):
    name = "chain-of-experts"

    async def work(self, desk: Desk) -> None:
        comments: list[Comment] = []
        for trial in range(TRIALS):
            await _forward(desk, comments, trial)
            reply = await desk.ask(
                "bench_coe_reducer", role="reducer", turn=trial, comments=_told(comments)
            )
            built = await desk.run(reply, step=f"trial {trial + 1}")
            if built.outcome is not None:
                return
            await _backward(desk, comments, built.told, trial)


def experts() -> dict[str, str]:
    """What each expert is asked to do, by name."""
    lines = load("bench_coe_experts").turns[0][1].splitlines()
    return {name: task.strip() for name, _, task in (line.partition(":") for line in lines)}


async def _forward(desk: Desk, comments: list[Comment], trial: int) -> None:
    """Three experts speak, the conductor choosing each; none who has a comment already."""
    for turn in range(EXPERTS_A_TRIAL):
        name = await _conducted(desk, comments, trial * EXPERTS_A_TRIAL + turn)
        text = await desk.ask(
            "bench_coe_expert",
            role=name,
            turn=trial,
            comments=_told(comments),
            task=experts()[name],
        )
        comments[:] = [comment for comment in comments if comment.expert != name]
        comments.append(Comment(name, text.strip()))


async def _conducted(desk: Desk, comments: list[Comment], turn: int) -> str:
    known = experts()
    left = [name for name in known if name not in {c.expert for c in comments}] or list(known)
    reply = await desk.ask_json(
        "bench_coe_conductor",
        record({"expert": {"enum": left}}),
        role="conductor",
        turn=turn,
        comments=_told(comments),
        experts="\n".join(f"- {name}: {task}" for name, task in known.items()),
        left=", ".join(left),
    )
    name = reply.get("expert")
    return name if name in left else left[0]


async def _backward(desk: Desk, comments: list[Comment], said: str, trial: int) -> None:
    """The last to speak reflects first; whoever takes the blame corrects its comment."""
    for comment in reversed(comments):
        reply = await desk.ask_json(
            "bench_coe_reflect",
            _BLAME,
            role=comment.expert,
            turn=trial,
            comment=comment.text,
            said=said,
        )
        if reply.get("is_to_blame") is True:
            comment.text = str(reply.get("comment") or comment.text)
            return


def _told(comments: list[Comment]) -> str:
    return "\n".join(f"[{comment.expert}] {comment.text}" for comment in comments) or "none"


SYSTEM = ChainOfExperts()
