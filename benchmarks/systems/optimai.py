"""OptimAI (Thind et al., 2025), after its published description.

A formulator, a planner with three plans, a program for each, and a verifier. While no program
passes, a decider scores the branches from 1 to 10, the branch with the greatest upper confidence
bound is criticized and corrected, and its number of visits grows. The paper gives no limit on the
corrections; here there are at most four.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from optwright.benchmarks.programs import Built
from optwright.benchmarks.recipe import Desk, Recipe
from optwright.serving.schemas import TEXT, array, record

PLANS = 3
CORRECTIONS = 4
EXPLORATION = 10 * math.sqrt(2)  # for scores that are ten wide


_FORMULATION = record(
    {
        "variables": array(TEXT, 1, 16),
        "objective": TEXT,
        "constraints": array(TEXT, 0, 20),
        "type": TEXT,
    }
)
_PLANS = record({"plans": array(TEXT, PLANS, PLANS)})
_VERDICT = record({"why": TEXT, "passes": {"type": "boolean"}})
_MARK = {"type": "integer", "minimum": 1, "maximum": 10}
_SCORES = record({"scores": array(_MARK, PLANS, PLANS)})


@dataclass
class Branch:
    """A plan, its current program, and how often the branch was worked on."""

    plan: str
    built: Built
    visits: int = 1

    @property
    def told(self) -> str:
        return f"Plan: {self.plan}\n```python\n{self.built.code}\n```\n{self.built.told}"


class OptimAI(Recipe):
    name = "optimai"

    async def work(self, desk: Desk) -> None:
        formulation = await desk.ask_json(
            "bench_optimai_formulate", _FORMULATION, role="formulator"
        )
        desk.formulation = formulation
        told = json.dumps(formulation, indent=1)
        branches = [
            Branch(plan, await _coded(desk, plan, told)) for plan in await _plans(desk, told)
        ]
        for branch in branches:
            if await _passes(desk, branch.built):
                return
        for turn in range(1, CORRECTIONS + 1):
            branch = branches[chosen(await _scores(desk, branches, turn), branches)]
            branch.built = await _corrected(desk, branch, turn)
            branch.visits += 1
            if await _passes(desk, branch.built):
                return


def chosen(scores: list[float], branches: list[Branch]) -> int:
    """The branch with the greatest upper confidence bound, the first of equals."""
    total = math.log(sum(branch.visits for branch in branches))
    bounds = [
        score + EXPLORATION * math.sqrt(total / branch.visits)
        for score, branch in zip(scores, branches, strict=True)
    ]
    return bounds.index(max(bounds))


async def _plans(desk: Desk, formulation: str) -> list[str]:
    reply = await desk.ask_json(
        "bench_optimai_plan", _PLANS, role="planner", formulation=formulation
    )
    plans = reply.get("plans")
    found = [str(plan) for plan in plans][:PLANS] if isinstance(plans, list) else []
    return found or ["Follow the formulation."]


async def _coded(desk: Desk, plan: str, formulation: str) -> Built:
    reply = await desk.ask("bench_optimai_code", role="coder", formulation=formulation, plan=plan)
    return await desk.run(reply, step="program")


async def _passes(desk: Desk, built: Built) -> bool:
    """Whether the verifier accepts it; then it is the answer. What does not run is not asked."""
    if built.outcome is None:
        return False
    reply = await desk.ask_json(
        "bench_optimai_verify", _VERDICT, role="verifier", code=built.code, said=built.told
    )
    desk.built = built
    desk.verified = reply.get("passes") is True
    desk.objection = "" if desk.verified else str(reply.get("why") or "The verifier objects.")
    return desk.verified


async def _scores(desk: Desk, branches: list[Branch], turn: int) -> list[float]:
    attempts = "\n\n".join(f"Attempt {n}\n{b.told}" for n, b in enumerate(branches, start=1))
    reply = await desk.ask_json(
        "bench_optimai_decide", _SCORES, role="decider", turn=turn, attempts=attempts
    )
    given = reply.get("scores")
    scores = [float(s) for s in given if isinstance(s, int)] if isinstance(given, list) else []
    return (scores + [5.0] * len(branches))[: len(branches)]


async def _corrected(desk: Desk, branch: Branch, turn: int) -> Built:
    built = branch.built
    criticism = await desk.ask(
        "bench_optimai_critic", role="critic", turn=turn, code=built.code, said=built.told
    )
    reply = await desk.ask(
        "bench_optimai_debug",
        role="coder",
        turn=turn,
        code=built.code,
        said=built.told,
        plan=branch.plan,
        criticism=criticism.strip(),
    )
    return await desk.run(reply, step=f"correction {turn}")


SYSTEM = OptimAI()
