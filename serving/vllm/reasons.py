"""The words of a plan: each choice with its reason, what stands in its way, what to know."""

from __future__ import annotations

from collections.abc import Iterator

from optwright.serving.vllm.machine import GIB, Machine
from optwright.serving.vllm.plan import Choice, ServingPlan

_WEIGHTS_SHARE = 0.75  # of what vLLM may take; the rest is keys, values and working space
SYSTEM_GIB = 3.0  # vLLM's own processes on a CPU, beside weights and cache
YOURS = "you asked for it"


def most_weights_gib(machine: Machine, share: float) -> float:
    """The largest weights that leave room for keys and values: per card, of which vLLM may have
    `share`, or on the processor."""
    if machine.gpus:
        return machine.gpus[0].memory_gib * share * _WEIGHTS_SHARE
    return max(0.0, machine.memory_gib - SYSTEM_GIB - 1)


def choices(plan: ServingPlan) -> Iterator[Choice]:
    """Every choice of a plan, in the order a reader asks about them."""
    yield from _model(plan)
    yield from _numbers(plan)
    yield from _parallelism(plan)
    yield from _replies(plan)
    yield from _door(plan)


def problems(plan: ServingPlan) -> Iterator[str]:
    """Why a plan cannot work, if so."""
    weights = plan.facts.weights_gib(plan.dtype)
    most = most_weights_gib(plan.machine, plan.options.gpu_share)
    parts = plan.tensor * plan.pipeline
    if weights is not None and weights / parts > most:
        each = "each card" if plan.on_gpu else "this machine"
        yield (
            f"the weights take {weights / parts:.1f} GiB of {each} in {plan.dtype}, and "
            f"{most:.1f} GiB is the most that leaves room for work"
        )
    cards = len(plan.machine.gpus) * plan.machine.nodes
    if plan.on_gpu and parts * plan.data > cards:
        yield f"{parts} x {plan.data} cards are needed, and there are {cards}"
    heads = plan.facts.heads
    if heads is not None and heads % plan.tensor:
        yield f"{heads} attention heads cannot be shared by {plan.tensor} cards evenly"
    longest = plan.facts.context
    if longest is not None and plan.context is not None and plan.context > longest:
        yield f"the model reads {longest:,} tokens at most, not {plan.context:,}"


def warnings(plan: ServingPlan) -> Iterator[str]:
    """What to know before starting it."""
    if not plan.on_gpu:
        yield "without a GPU this is for trying things out: a few tokens a second"
    if not plan.options.is_private:
        yield (
            f"{plan.options.host!r} can be reached from other machines: every route asks for the "
            "key, but it travels readable; put TLS before it"
        )
    if plan.machine.nodes > 1:
        yield (
            "nodes talk to each other over the network without a key, so it must be a private "
            "one; start Ray on each of them first (docs/serving.md)"
        )
    if not plan.facts.is_local and plan.facts.folder is None:
        yield "the model is not on this machine: it is downloaded at the start"


def _model(plan: ServingPlan) -> Iterator[Choice]:
    revision, local = plan.facts.revision, plan.facts.is_local
    if local:
        yield Choice("model", str(plan.facts.folder), f"a folder, known as {revision[:12]}")
    elif revision:
        why = "that commit and no later one, so that replies can be repeated"
        yield Choice("--revision", revision, why)
    else:
        why = "the commit that main stands for is looked up at the start and kept to"
        yield Choice("--revision", "(at the start)", why)
    yield Choice("code of the model", "refused", "a model is data: trust_remote_code is never set")


def _numbers(plan: ServingPlan) -> Iterator[Choice]:
    device = "cuda" if plan.on_gpu else "cpu"
    yield Choice("device", device, f"the machine has {plan.machine}")
    yield Choice("--dtype", plan.dtype, YOURS if plan.options.dtype else _why_dtype(plan))
    context = f"{plan.context:,}" if plan.context else "(the model's own)"
    yield Choice("--max-model-len", context, _why_context(plan))
    if plan.cache_gib is not None:
        why = YOURS if plan.options.kv_cache_gib else _why_cache(plan)
        yield Choice("--kv-cache-gib", str(plan.cache_gib), why)
    else:
        why = YOURS if plan.options.gpu_memory else "of each card; the rest is for its driver"
        yield Choice("--gpu-memory", f"{plan.options.gpu_share:g}", why)
    why = "requests worked on at once; more wait their turn"
    yield Choice("--sequences", str(plan.sequences), YOURS if plan.options.sequences else why)


def _why_dtype(plan: ServingPlan) -> str:
    if plan.on_gpu:
        least = min(gpu.capability for gpu in plan.machine.gpus)
        can = "calculates" if plan.dtype == "bfloat16" else "does not calculate"
        return f"a card with compute capability {least:g} {can} in bfloat16"
    if plan.dtype == "bfloat16":
        return "the processor calculates in bfloat16, which takes half the memory"
    return "the processor would emulate bfloat16, which is slower than float32"


def _why_context(plan: ServingPlan) -> str:
    longest = plan.facts.context
    if plan.options.max_model_len:
        return YOURS
    if longest is None or plan.context is None:
        return "the model is not here, so its own limit is not known"
    if plan.context == longest:
        return "all the model can read"
    return f"enough for every prompt of optwright; the model could read {longest:,}"


def _why_cache(plan: ServingPlan) -> str:
    each = plan.facts.cache_bytes_per_token(plan.dtype)
    assert plan.cache_gib is not None
    if each is None:
        return "the shape of the model is not known, so a moderate share of the memory"
    return f"a token leaves {each:,} bytes, so there is room for {plan.cache_gib * GIB // each:,}"


def _parallelism(plan: ServingPlan) -> Iterator[Choice]:
    weights = plan.facts.weights_gib(plan.dtype)
    known = "of a size nobody knows yet" if weights is None else f"of {weights:.1f} GiB"
    if plan.on_gpu:
        why = f"the fewest cards of a node that hold weights {known}"
        yield Choice(
            "--tensor-parallel",
            str(plan.tensor),
            YOURS if plan.options.tensor_parallel else why,
        )
        why = "copies on the cards that are left, each with its own requests"
        yield Choice(
            "--data-parallel", str(plan.data), YOURS if plan.options.data_parallel else why
        )
    else:
        yield Choice("--tensor-parallel", str(plan.tensor), f"one processor, weights {known}")
    if plan.machine.nodes > 1:
        why = (
            "the layers are shared out among the nodes"
            if plan.pipeline > 1
            else "the model fits on one node, so each node gets copies of it"
        )
        yield Choice("--nodes", str(plan.machine.nodes), why)
    if plan.distributed:
        yield Choice("--ray", "ray", "Ray starts the workers; without it vLLM stays on one node")


def _replies(plan: ServingPlan) -> Iterator[Choice]:
    yield Choice(
        "schemas",
        "guidance, whitespace as in the examples",
        "a reply under a JSON schema cannot break it, nor fill its tokens with blanks",
    )
    yield Choice(
        "prefix caching",
        "on",
        "rules and worked examples come first in every prompt and are read once",
    )
    for adapter in plan.adapters:
        why = f"rank {adapter.rank}, from {str(adapter.folder)!r}"
        yield Choice("--lora", adapter.name, why)


def _door(plan: ServingPlan) -> Iterator[Choice]:
    options = plan.options
    if options.socket is not None:
        place = options.socket or "(in a private folder)"
        yield Choice("--socket", place, "no port at all: only your own user can connect")
    else:
        why = "nobody but this machine can connect" if options.is_private else YOURS
        yield Choice("--host", options.host, why)
        port = str(options.port) if options.port else "(a free one)"
        yield Choice("--port", port, YOURS if options.port else "so that servers never collide")
    yield Choice(
        "key",
        "a new random one",
        "handed over in the environment, never as an argument; every route asks for it",
    )
