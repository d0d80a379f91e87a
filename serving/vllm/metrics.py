"""What a vLLM server counts: requests, tokens, and how much of the prompts it had read before."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

_LINE = re.compile(r"^vllm:(\w+)(?:\{[^\n]*\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts since the server began; tokens of prompts that were looked up in the prefix cache,
    and those found there."""

    running: int
    waiting: int
    finished: int
    prompt_tokens: int
    completion_tokens: int
    looked_up: int
    found: int

    @property
    def hit_rate(self) -> float | None:
        """The share of prompt tokens that needed no reading; None before the first prompt."""
        return self.found / self.looked_up if self.looked_up else None


def read_metrics(text: str) -> Metrics:
    """Read vLLM's metrics page, adding up its engines. What is not there counts as nothing."""
    sums: defaultdict[str, float] = defaultdict(float)
    for name, value in _LINE.findall(text):
        sums[name] += float(value)
    return Metrics(
        running=round(sums["num_requests_running"]),
        waiting=round(sums["num_requests_waiting"]),
        finished=round(sums["request_success_total"]),
        prompt_tokens=round(sums["prompt_tokens_total"]),
        completion_tokens=round(sums["generation_tokens_total"]),
        looked_up=round(sums["prefix_cache_queries_total"]),
        found=round(sums["prefix_cache_hits_total"]),
    )
