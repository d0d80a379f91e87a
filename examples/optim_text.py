"""Words: the instruction of a program that writes dates the same way.

The program is one question to a model; a model also improves its instruction, from examples it got
wrong. What it finds must prove better on examples that no proposer saw, and is scored on others
again.

    python examples/optim_text.py [--model local]
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from random import Random

import optwright as ow
from optwright.optim.results import Optimum

instruction = ow.Text("instruction", "Answer the question.")

FORMS = (
    "{d.day} {d:%B} {d.year}",
    "{d:%B} {d.day}, {d.year}",
    "{d.day}.{d.month}.{d.year}",
    "{d:%a}, {d.day} {d:%b} {d.year}",
)


def examples(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Dates as people write them, and as the program should: 2024-03-05."""
    roll = Random(seed)
    days = [date(2020, 1, 1) + timedelta(days=roll.randrange(2500)) for _ in range(count)]
    return [(f"When? {roll.choice(FORMS).format(d=day)}", day.isoformat()) for day in days]


def metric(example: tuple[str, str], output: str) -> tuple[float, str]:
    wanted = example[1]
    if output.strip() == wanted:
        return 1.0, ""
    return 0.0, f"the answer should be {wanted} and nothing else, not {output[:80]!r}"


def main(
    model: ow.Model, optimizer_model: ow.Model, run_dir: Path | None = None, count: int = 80
) -> Optimum:
    @ow.traced
    def answer(question: str) -> str:
        return model.ask(f"{instruction}\n\n{question}", max_tokens=40)

    return ow.optimize(
        answer,
        train=examples(count),
        metric=metric,
        parameters=[instruction],
        optimizer="reflective",
        model=optimizer_model,
        budget=ow.Budget(calls=300, tokens=100_000),
        goal="Write the date of the question.",
        run_dir=run_dir,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="local")
    chosen = ow.open_model(parser.parse_args().model)
    result = main(chosen, chosen)
    print(result.values["instruction"])  # noqa: T201
    print(result.score, result.interval, len(result.accepted), result.directory)  # noqa: T201
