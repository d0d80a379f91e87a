"""Which local model suits the memory of this machine."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Advised:
    """A model for `--model`, and what it needs in bytes with a context of 16,384 tokens."""

    name: str
    needs: int
    about: str


LADDER = (
    Advised("local", 2 * GIB, "embedded; measured in benchmarks/README.md"),
    Advised("hf:Qwen/Qwen3-4B-GGUF:Qwen3-4B-Q4_K_M.gguf", 5 * GIB, "4B, thinks first"),
    Advised("hf:Qwen/Qwen3-8B-GGUF:Qwen3-8B-Q4_K_M.gguf", 8 * GIB, "8B, thinks first"),
    Advised("hf:Qwen/Qwen3-14B-GGUF:Qwen3-14B-Q4_K_M.gguf", 13 * GIB, "14B, thinks first"),
    Advised("hf:Qwen/Qwen3-32B-GGUF:Qwen3-32B-Q4_K_M.gguf", 25 * GIB, "32B, thinks first"),
)
"""By size. Only the first was measured by this project; 'optwright models test NAME' measures."""


def advised(free: int | None) -> list[Advised]:
    """The embedded model, and the largest that leaves a quarter of `free` bytes alone."""
    fitting = [one for one in LADDER[1:] if free is not None and one.needs <= 3 * free // 4]
    return [LADDER[0], *fitting[-1:]]
