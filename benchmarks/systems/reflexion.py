"""Reflexion (Shinn et al., 2023): try, look back in words, try again with those words in memory.

The paper's tests for programs are here what the run came to and the model's own judgement of it.
"""

from __future__ import annotations

from optwright.benchmarks.recipe import Desk, Recipe
from optwright.serving.schemas import TEXT, record

TRIES = 3

_REFLECTION = record({"right": {"type": "boolean"}, "note": TEXT})


class Reflexion(Recipe):
    name = "reflexion"

    async def work(self, desk: Desk) -> None:
        memory: list[str] = []
        for turn in range(TRIES):
            notes = "\n".join(f"- {note}" for note in memory) or "- none"
            reply = await desk.ask("bench_reflexion_act", role="actor", turn=turn, memory=notes)
            built = await desk.run(reply, step=f"try {turn + 1}")
            reflection = await desk.ask_json(
                "bench_reflexion_reflect",
                _REFLECTION,
                role="reflector",
                turn=turn,
                code=built.code,
                said=built.told,
            )
            if built.outcome is not None and reflection.get("right") is True:
                desk.verified = True
                return
            memory.append(str(reflection.get("note") or built.told))
            if built is desk.built:
                desk.objection = memory[-1]


SYSTEM = Reflexion()
