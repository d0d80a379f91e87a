"""Chain of thought (Wei et al., 2022): one call that reasons first and writes the program last."""

from __future__ import annotations

from optwright.benchmarks.recipe import Desk, Recipe


class ChainOfThought(Recipe):
    name = "cot"

    async def work(self, desk: Desk) -> None:
        await desk.run(await desk.ask("bench_cot", role="coder"), step="program")


SYSTEM = ChainOfThought()
