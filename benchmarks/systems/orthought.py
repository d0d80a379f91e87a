"""ORThought (2025), after its published description: one call that understands, models and programs
under an expert's guidance, then up to three corrections while the program does not run or its
model has no optimum.
"""

from __future__ import annotations

import re

from optwright.benchmarks.programs import Built
from optwright.benchmarks.recipe import Desk, Recipe

CORRECTIONS = 3
_MODEL = re.compile(r"```model[ \t]*\n.*?```", re.DOTALL)


class ORThought(Recipe):
    name = "orthought"

    async def work(self, desk: Desk) -> None:
        reply = await desk.ask("bench_orthought_model", role="expert")
        model = _MODEL.search(reply)
        desk.formulation = {"model": model.group()} if model else None
        built = await desk.run(reply, step="program")
        for turn in range(1, CORRECTIONS + 1):
            if built.is_optimal:
                return
            built = await _repaired(desk, built, turn)


async def _repaired(desk: Desk, built: Built, turn: int) -> Built:
    reply = await desk.ask(
        "bench_orthought_repair", role="repairer", turn=turn, code=built.code, said=built.told
    )
    return await desk.run(reply, step=f"repair {turn}")


SYSTEM = ORThought()
