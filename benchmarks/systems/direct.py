"""One call that asks for Pyomo code: what a model does by itself."""

from __future__ import annotations

from optwright.benchmarks.recipe import Desk, Recipe


class Direct(Recipe):
    name = "direct"

    async def work(self, desk: Desk) -> None:
        await desk.run(await desk.ask("bench_direct", role="coder"), step="program")


SYSTEM = Direct()
