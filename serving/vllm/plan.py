"""A model on a machine, decided: what `planning` makes and everything else reads."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.serving.vllm.adapters import Adapter
from optwright.serving.vllm.facts import ModelFacts
from optwright.serving.vllm.machine import Machine
from optwright.serving.vllm.options import ServeOptions


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision, in the words of the option that changes it."""

    setting: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ServingPlan:
    """A model on a machine, decided. None where vLLM decides; `problems` keep it from starting."""

    facts: ModelFacts
    machine: Machine
    options: ServeOptions
    adapters: tuple[Adapter, ...]
    dtype: str
    context: int | None
    cache_gib: int | None
    tensor: int
    pipeline: int
    data: int
    sequences: int
    choices: tuple[Choice, ...]
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def on_gpu(self) -> bool:
        return bool(self.machine.gpus)

    @property
    def served_as(self) -> str:
        return self.options.name or self.facts.served_as

    @property
    def distributed(self) -> bool:
        return self.options.ray or self.machine.nodes > 1
