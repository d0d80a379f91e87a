"""A plan in vLLM's own words: the one place that knows its options and environment variables."""

from __future__ import annotations

import json

from optwright.serving.vllm.plan import ServingPlan

OLDEST = (0, 18, 0)  # earlier ones ran a model's code uninvited (CVE-2026-22807, CVE-2026-27893)
API_KEY = "VLLM_API_KEY"
_MOST_N = "64"


def arguments(plan: ServingPlan) -> list[str]:
    """The options of vLLM's server for a plan, without where it listens."""
    facts = plan.facts
    said = ["--model", str(facts.folder) if facts.is_local else facts.name]
    if facts.revision and not facts.is_local:
        said += ["--revision", facts.revision, "--tokenizer-revision", facts.revision]
    said += ["--served-model-name", plan.served_as, "--load-format", "safetensors"]
    said += ["--dtype", plan.dtype, "--seed", str(plan.options.seed)]
    if plan.context:
        said += ["--max-model-len", str(plan.context)]
    said += ["--max-num-seqs", str(plan.sequences), "--enable-prefix-caching"]
    said += ["--structured-outputs-config", _structured(), "--generation-config", "vllm"]
    said += _for_device(plan) + _for_adapters(plan)
    return [*said, "--disable-fastapi-docs", "--disable-uvicorn-access-log"]


def address(plan: ServingPlan, port: int, socket: str) -> list[str]:
    """The options that say where it listens."""
    if socket:
        return ["--uds", socket]
    return ["--host", plan.options.host, "--port", str(port)]


def environment(plan: ServingPlan) -> dict[str, str]:
    """Variables for a plan; the key is not among them."""
    said = {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_MAX_N_SEQUENCES": _MOST_N,
    }
    if plan.machine.nodes == 1:
        said["VLLM_HOST_IP"] = "127.0.0.1"  # its processes would talk on every interface
    if plan.cache_gib is not None:
        said["VLLM_CPU_KVCACHE_SPACE"] = str(plan.cache_gib)
    return said


def _structured() -> str:
    # Of the engines vLLM has, the one whose whitespace can be chosen (`client.Spaced`).
    return json.dumps({"backend": "guidance", "disable_any_whitespace": True})


def _for_device(plan: ServingPlan) -> list[str]:
    if not plan.on_gpu:
        # Compiling takes longer than the few requests a CPU answers.
        said = ["--enforce-eager"]
    else:
        said = ["--gpu-memory-utilization", f"{plan.options.gpu_share:g}"]
    said += ["--tensor-parallel-size", str(plan.tensor)]
    if plan.pipeline > 1:
        said += ["--pipeline-parallel-size", str(plan.pipeline)]
    if plan.data > 1:
        said += ["--data-parallel-size", str(plan.data)]
        if plan.distributed:
            said += ["--data-parallel-backend", "ray"]
    if plan.distributed:
        said += ["--distributed-executor-backend", "ray"]
    return said


def _for_adapters(plan: ServingPlan) -> list[str]:
    if not plan.adapters:
        return []
    modules = [f"{adapter.name}={adapter.folder}" for adapter in plan.adapters]
    rank = max(adapter.rank for adapter in plan.adapters)
    allowed = next((r for r in (8, 16, 32, 64, 128, 256, 320, 512) if r >= rank), rank)
    most = ["--max-lora-rank", str(allowed), "--max-loras", str(len(plan.adapters))]
    return ["--enable-lora", *most, "--lora-modules", *modules]
