"""How a model would be served on a machine, and why: every choice with its reason.

Works without vLLM and without the model: what is not known is left to vLLM, and said so.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from optwright.serving.vllm.adapters import read_adapters
from optwright.serving.vllm.command import arguments, environment
from optwright.serving.vllm.facts import ModelFacts, as_json
from optwright.serving.vllm.machine import GIB, Machine
from optwright.serving.vllm.options import ServeOptions, check
from optwright.serving.vllm.plan import ServingPlan
from optwright.serving.vllm.reasons import SYSTEM_GIB, choices, most_weights_gib, problems, warnings

_CONTEXT = 16_384
_CACHE_SHARE = 0.5
_CPU_SEQUENCES, _GPU_SEQUENCES = 16, 64
_BF16_CAPABILITY = 8.0


def make_plan(facts: ModelFacts, machine: Machine, options: ServeOptions) -> ServingPlan:
    """Decide everything the user left open. Raises `InputError` for options that cannot be."""
    check(options)
    machine = replace(machine, nodes=options.nodes or machine.nodes)
    adapters = read_adapters(options.lora)
    dtype = options.dtype or _dtype(machine)
    tensor, pipeline, data = _parallel(facts, machine, options, dtype)
    cache_gib = None if machine.gpus else _cache_gib(facts, machine, options, dtype)
    context = _context(facts, options, dtype, cache_gib)
    plan = ServingPlan(
        facts=facts,
        machine=machine,
        options=options,
        adapters=adapters,
        dtype=dtype,
        context=context,
        cache_gib=cache_gib,
        tensor=tensor,
        pipeline=pipeline,
        data=data,
        sequences=options.sequences or (_GPU_SEQUENCES if machine.gpus else _CPU_SEQUENCES),
        choices=(),
    )
    return replace(
        plan,
        choices=tuple(choices(plan)),
        problems=tuple(problems(plan)),
        warnings=tuple(warnings(plan)),
    )


def plan_json(plan: ServingPlan) -> dict[str, Any]:
    """A plan for programs, with the arguments and variables vLLM would be started with."""
    return {
        "model": as_json(plan.facts),
        "machine": plan.machine.to_json(),
        "choices": [asdict(choice) for choice in plan.choices],
        "problems": list(plan.problems),
        "warnings": list(plan.warnings),
        "arguments": arguments(plan),
        "environment": environment(plan),
    }


def _dtype(machine: Machine) -> str:
    if machine.gpus:
        newest = min(gpu.capability for gpu in machine.gpus)
        return "bfloat16" if newest >= _BF16_CAPABILITY else "float16"
    return "bfloat16" if machine.bf16 else "float32"


def _parallel(
    facts: ModelFacts, machine: Machine, options: ServeOptions, dtype: str
) -> tuple[int, int, int]:
    """Cards that share each layer, nodes that share the layers, and copies of the whole."""
    cards = len(machine.gpus)
    if not cards:
        return options.tensor_parallel or 1, 1, options.data_parallel or 1
    tensor = options.tensor_parallel or _smallest_tensor(facts, machine, options, dtype)
    weights = facts.weights_gib(dtype)
    most = most_weights_gib(machine, options.gpu_share)
    fits_a_node = weights is None or weights / tensor <= most
    pipeline = 1 if fits_a_node or machine.nodes == 1 else machine.nodes
    total = cards * machine.nodes
    return tensor, pipeline, options.data_parallel or max(1, total // (tensor * pipeline))


def _smallest_tensor(facts: ModelFacts, machine: Machine, options: ServeOptions, dtype: str) -> int:
    """The fewest cards that hold the model: talking between cards costs time at every layer."""
    cards, weights = len(machine.gpus), facts.weights_gib(dtype)
    sizes = [n for n in range(1, cards + 1) if cards % n == 0 and _divides(facts, n)]
    if weights is None:
        return 1
    most = most_weights_gib(machine, options.gpu_share)
    fitting = (n for n in sizes if weights / n <= most)
    return next(fitting, sizes[-1])


def _divides(facts: ModelFacts, cards: int) -> bool:
    """Whether attention heads can be shared out evenly, as vLLM demands."""
    return facts.heads is None or facts.heads % cards == 0


def _cache_gib(
    facts: ModelFacts, machine: Machine, options: ServeOptions, dtype: str
) -> int | None:
    if options.kv_cache_gib:
        return options.kv_cache_gib
    rest = machine.memory_gib - SYSTEM_GIB - (facts.weights_gib(dtype) or 0)
    most = max(1, int(rest * _CACHE_SHARE))
    each = facts.cache_bytes_per_token(dtype)
    if each is None:
        return min(most, 4)
    wanted = (options.sequences or _CPU_SEQUENCES) * _wanted_context(facts, options) * each
    return max(1, min(most, -(-wanted // GIB)))


def _wanted_context(facts: ModelFacts, options: ServeOptions) -> int:
    return options.max_model_len or min(facts.context or _CONTEXT, _CONTEXT)


def _context(
    facts: ModelFacts, options: ServeOptions, dtype: str, cache_gib: int | None
) -> int | None:
    if options.max_model_len or facts.context is None:
        return options.max_model_len
    wanted = _wanted_context(facts, options)
    each = facts.cache_bytes_per_token(dtype)
    if cache_gib is None or each is None:
        return wanted
    return min(wanted, cache_gib * GIB // each)
