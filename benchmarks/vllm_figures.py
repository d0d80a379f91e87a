"""Figures of a server that `optwright serve` started, as rows of a table:

    python -m optwright.benchmarks.vllm_figures vllm/NAME [--lora ADAPTER]

Tokens a second with one chat at a time and with 64, the same through an adapter, and the share of
prompt tokens that were found read while ten problems were solved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from optwright.benchmarks.ten_problems import PROBLEMS, AttemptRow, tried
from optwright.benchmarks.vllm_load import Load, ours
from optwright.serving.vllm import RunningServer, find
from optwright.serving.vllm.metrics import Metrics
from optwright.serving.vllm.server import metrics_of

_WORDS, _TOKENS = 300, 256  # of a prompt and a reply, about those of a formulator


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Figures of a vLLM server of ours.")
    parser.add_argument("model", help="vllm/NAME of a server started with optwright serve")
    parser.add_argument("--lora", help="the name of an adapter it serves beside the model")
    given = parser.parse_args(arguments)
    server = find(given.model.removeprefix("vllm/").partition("@http")[0])
    if server is None:
        sys.exit(f"no server of ours knows {given.model!r}; start one with optwright serve")
    rows = ["| figure | value |", "| --- | --- |", *figures(given.model, given.lora, server)]
    sys.stdout.write("\n".join(rows) + "\n")


def figures(model: str, lora: str | None, server: RunningServer) -> Iterator[str]:
    """The rows, as they are measured."""
    names = [("", model)] if lora is None else [("", model), (f", adapter {lora}", f"vllm/{lora}")]
    for said, name in names:
        for requests, at_once in ((8, 1), (256, 64)):
            measured = ours(name, Load(requests, at_once, _WORDS, _TOKENS), seed=at_once)
            what = "alone" if at_once == 1 else f"{at_once} at once"
            yield f"| tokens a second, {what}{said} | {measured.per_second:.0f} |"
    before = metrics_of(server)
    solved = [tried(known, model) for known in PROBLEMS]
    yield f"| prompt tokens found read, ten problems | {_rate(before, metrics_of(server))} |"
    yield f"| ten problems, end to end | {_summed(solved)} |"


def _rate(before: Metrics, after: Metrics) -> str:
    looked_up = after.looked_up - before.looked_up
    return f"{(after.found - before.found) / looked_up:.0%}" if looked_up else "not counted"


def _summed(solved: Sequence[AttemptRow]) -> str:
    right, verified = sum(one.right for one in solved), sum(one.verified for one in solved)
    seconds = sum(one.seconds for one in solved)
    return f"{right} of {len(solved)} right, {verified} verified, {seconds:.0f} s"


if __name__ == "__main__":
    main()
