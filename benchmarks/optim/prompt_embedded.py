"""Prompt optimization with the embedded model: the first instruction, OPRO, and the portfolio.

The task is to write the date in a sentence as YYYY-MM-DD. It is small enough for 1.5 billion
parameters - the knowledge is there, replies are a dozen tokens, any answer is right or wrong - and
"Answer the question." does not ask for the form, so there is something to gain. One model is
program and optimizer; each method has the same budget of calls and tokens for both together. What
it returns is scored on examples that no method saw, the same for all.

    python -m optwright.benchmarks.optim.prompt_embedded --out DIR [--seeds 3] [--model local]

Replies are kept in DIR/replies.sqlite and runs beside it, so a second call goes on where the first
one was stopped. A reply found there costs a run as much as it did the one that asked first, so all
pay for what they ask. `--model replay:FILE` takes a recording and calls nobody; `--model scripted`
is a rehearsal that leaves no row.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.errors import InputError
from optwright.optim.acceptance.confidence import Interval, interval
from optwright.optim.api import optimize
from optwright.optim.parameters import Text
from optwright.optim.results import Optimum
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatModel, ChatRequest, user
from optwright.serving.events import Announced
from optwright.serving.ledger import Ledger
from optwright.serving.local.model import LocalModel
from optwright.serving.recorded import Recorded, Replayed
from optwright.serving.recording import open_replies
from optwright.serving.scripted import ScriptedModel
from optwright.serving.spending import Charging
from optwright.serving.sync import ask

FIRST = "Answer the question."
GOAL = "Write the date that a sentence names."
METHODS = ("opro", "portfolio")
EXAMPLES, HELD_OUT = 60, 40
CALLS, TOKENS = 180, 90_000
REPLY_TOKENS = 40
REHEARSAL, REPLAY = "scripted", "replay:"
POOL_SEED, HELD_OUT_SEED = 0, 10_007  # one pool, which every run cuts in its own way
FORMS = {
    "{d.day} {d:%B} {d.year}": "%d %B %Y",
    "{d:%B} {d.day}, {d.year}": "%B %d, %Y",
    "{d.day}.{d.month}.{d.year}": "%d.%m.%Y",
    "{d:%a} {d.day} {d:%b} {d.year}": "%a %d %b %Y",
}
SENTENCES = ("We met on {}.", "The parcel arrived on {}.", "Her lease ends on {}.")

Example = tuple[str, str]


def examples(count: int, seed: int) -> list[Example]:
    """Sentences with a date, and the date as it should be written."""
    roll = Random(f"dates/{seed}")
    days = [date(2015, 1, 1) + timedelta(days=roll.randrange(4000)) for _ in range(count)]
    return [
        (roll.choice(SENTENCES).format(roll.choice(list(FORMS)).format(d=day)), day.isoformat())
        for day in days
    ]


def metric(example: Example, output: str) -> tuple[float, str]:
    wanted = example[1]
    if output.strip() == wanted:
        return 1.0, ""
    return 0.0, f"the answer should be {wanted!r} and nothing else"


def answer(model: ChatModel, instruction: str, sentence: str) -> str:
    prompt = f"{instruction}\n\nWhich date? {sentence}"
    return ask(model, ChatRequest((user(prompt),), max_tokens=REPLY_TOKENS)).text


def tuned(method: str, model: ChatModel, seed: int, directory: Path) -> Optimum:
    instruction = Text("instruction", FIRST, max_chars=1500)
    return optimize(
        lambda sentence: answer(model, instruction.value, sentence),
        train=examples(EXAMPLES, POOL_SEED),
        metric=metric,
        parameters=[instruction],
        optimizer=method,
        model=model,
        budget=Budget(calls=CALLS, tokens=TOKENS),
        goal=GOAL,
        stop_at=1.0,
        seed=seed,
        run_dir=directory,
    )


def held_out(model: ChatModel, instruction: str) -> list[float]:
    return [
        metric(example, answer(model, instruction, example[0]))[0]
        for example in examples(HELD_OUT, HELD_OUT_SEED)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="local")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, help="where runs are kept; a second call continues")
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    options = parser.parse_args()
    directory = options.out or Path(tempfile.mkdtemp(prefix="prompt-embedded-"))
    seeds = range(options.seeds)
    with opened(options.model, directory) as model:
        started = time.perf_counter()
        results = measured(options.methods, model, seeds, directory)
    if options.model != REHEARSAL:
        seconds = time.perf_counter() - started
        for result in results:
            row = {**result, "replayed": options.model.startswith(REPLAY)}
            write_row("prompt_embedded", row, seeds=seeds, seconds=seconds)
    print_table(("method", "held out", "gain", "each seed", "calls", "usable"), _table(results))


def measured(
    methods: Sequence[str], model: ChatModel, seeds: Sequence[int], directory: Path
) -> list[dict[str, Any]]:
    """Run every method with every seed, and score what each returns on the held-out examples."""
    first = held_out(model, FIRST)
    results = []
    for method in methods:
        found = [tuned(method, model, seed, directory / f"{method}-{seed}") for seed in seeds]
        scores = [held_out(model, run.values["instruction"]) for run in found]
        results.append(_result(method, model, first, found, scores))
    return results


def _result(
    method: str,
    model: ChatModel,
    first: Sequence[float],
    found: Sequence[Optimum],
    scores: Sequence[Sequence[float]],
) -> dict[str, Any]:
    by_example = _by_example(scores)
    replies = [run.replies for run in found if run.replies]
    return {
        "model": model.name,
        "method": method,
        "budget": asdict(Budget(calls=CALLS, tokens=TOKENS)),
        "first": asdict(interval(first)),
        "held_out": asdict(interval(by_example)),
        "gain": asdict(_gain(by_example, first)),
        "each_seed": [fmean(one) for one in scores],
        "right": ["".join(str(int(score)) for score in one) for one in scores],
        "instructions": [run.values["instruction"] for run in found],
        "accepted": [len(run.accepted) for run in found],
        "own_estimates": [run.interval and asdict(run.interval) for run in found],
        "trials": [len(run.trials) for run in found],
        "spent": [asdict(run.spent) for run in found],
        "replies": [sum(r.asked for r in replies), sum(r.usable for r in replies)],
    }


def _by_example(scores: Sequence[Sequence[float]]) -> list[float]:
    """Seeds share the held-out examples: a mean over seeds for each is one independent score."""
    return [fmean(column) for column in zip(*scores, strict=True)]


def _table(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows = [("first instruction", _shown(Interval(**results[0]["first"])), *"----")]
    rows += [_cells(result) for result in results]
    if len(results) > 1:
        other, own = (_by_example(_marks(result)) for result in results)
        rows.append(("portfolio minus OPRO", "", _shown(_gain(own, other)), *"----"[1:]))
    return rows


def _marks(result: Mapping[str, Any]) -> list[list[float]]:
    return [[float(mark) for mark in one] for one in result["right"]]


def _cells(result: Mapping[str, Any]) -> tuple[str, ...]:
    asked, usable = result["replies"]
    return (
        result["method"],
        _shown(Interval(**result["held_out"])),
        _shown(Interval(**result["gain"])),
        ", ".join(f"{score:.2f}" for score in result["each_seed"]),
        ", ".join(str(spent["calls"]) for spent in result["spent"]),
        f"{usable}/{asked}",
    )


def _gain(after: Sequence[float], before: Sequence[float]) -> Interval:
    return interval([a - b for a, b in zip(after, before, strict=True)], (-1.0, 1.0))


def _shown(estimate: Interval) -> str:
    return f"{estimate.mean:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


@contextmanager
def opened(name: str, directory: Path) -> Iterator[ChatModel]:
    """The model, charged for replies it had in store like for others."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if name == REHEARSAL:
            client = rehearsal()
        elif name.startswith(REPLAY):
            client = Replayed(open_replies(stack.enter_context(_plain(name))))
        elif name == "local":
            ledger = stack.enter_context(Ledger(directory / "replies.sqlite"))
            client = Recorded(LocalModel(), ledger)
        else:
            raise InputError(f"no model {name!r} here", hint="give local, replay:FILE or scripted")
        yield Announced(Charging(client))


@contextmanager
def _plain(name: str) -> Iterator[Path]:
    """The file of a recording, unpacked if it ends in .xz."""
    path = Path(name.removeprefix(REPLAY))
    if path.suffix != ".xz":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / path.stem
        unpacked.write_bytes(lzma.decompress(path.read_bytes()))
        yield unpacked


def rehearsal() -> ChatModel:
    """A script that reads dates once it is told the form, and now and then thinks of saying it."""

    def reply(request: ChatRequest) -> str:
        prompt = request.messages[-1].content
        if not request.schema:
            return _read(prompt.rpartition("on ")[2].rstrip(".")) if "YYYY" in prompt else "A day."
        if request.sample % 3:
            return json.dumps({"values": {"instruction": f"Answer well. ({request.sample})"}})
        return json.dumps({"values": {"instruction": "Write it as YYYY-MM-DD and nothing else."}})

    return ScriptedModel(reply, name=REHEARSAL)


def _read(written: str) -> str:
    for form in FORMS.values():
        try:
            return datetime.strptime(written, form).strftime("%Y-%m-%d")
        except ValueError:
            continue
    return "no date"


if __name__ == "__main__":
    main()
