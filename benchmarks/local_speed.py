"""How fast the embedded model is on this machine: `python -m optwright.benchmarks.local_speed`.

Loads it for one, two and four requests at once. Each time one request reads a prefix of about
800 tokens that nobody has read before; then as many as fit decode text together, all behind that
prefix; then one, and as many, decode under a JSON schema. Kept states lie in a temporary folder.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from optwright.serving.chat import ChatRequest, system, user
from optwright.serving.local.model import LocalModel, LocalReply
from optwright.serving.local.store import find_model
from optwright.serving.schemas import array, record

_SENTENCE = "You write linear programs with care, and you name each variable in full. "
_PREFIX_SENTENCES = 53  # about 800 tokens
_REQUEST = ChatRequest(
    (
        system(_SENTENCE * _PREFIX_SENTENCES),
        user("A farmer plants wheat and corn on 100 acres. Tell what to decide, at length."),
    ),
    temperature=0.8,
    max_tokens=100,
)
_SCHEMA = record({"acres": array({"type": "integer"}, 60, 60)})


def main() -> None:
    model = find_model()  # before the cache moves to a folder that is empty
    print_row("at once", "load s", "prefix tokens/s", "text tokens/s", "schema tokens/s", "cached")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OPTWRIGHT_CACHE"] = folder
        for parallel in (1, 2, 4):
            asyncio.run(_measure(model, parallel))
            for state in Path(folder).rglob("*.state"):
                state.unlink()


async def _measure(file: Path, parallel: int) -> None:
    model = LocalModel(file, parallel=parallel, context=2048)
    try:
        first = await _ask(model, replace(_REQUEST, max_tokens=1))
        text, cached = await _together(model, _REQUEST, parallel)
        schema, _ = await _together(model, replace(_REQUEST, schema=_SCHEMA), parallel)
    finally:
        await model.aclose()
    read = first.usage.prompt_tokens / first.prompt_seconds
    print_row(
        str(parallel),
        f"{model.load_seconds:.1f}",
        f"{read:.0f}",
        f"{text:.1f}",
        f"{schema:.1f}",
        f"{cached} of {first.usage.prompt_tokens}",
    )


async def _together(model: LocalModel, request: ChatRequest, count: int) -> tuple[float, int]:
    """Return tokens per second over all of `count` requests, and the prompt tokens cached."""
    started = time.perf_counter()
    replies = await asyncio.gather(
        *(_ask(model, replace(request, sample=sample)) for sample in range(count))
    )
    seconds = time.perf_counter() - started
    tokens = sum(reply.usage.completion_tokens for reply in replies)
    return tokens / seconds, min(reply.cached_tokens for reply in replies)


async def _ask(model: LocalModel, request: ChatRequest) -> LocalReply:
    reply = await model.complete(request)
    assert isinstance(reply, LocalReply)
    return reply


def print_row(*cells: str) -> None:
    """Write one row of a Markdown table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
