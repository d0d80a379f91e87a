"""Code: the rule by which items go into bins.

The parameter is a Python function. What a model writes is read here and run in the sandbox only;
it gets the sizes and returns the order in which a first-fit packer takes them. Fewer bins score
higher.

    python examples/optim_code.py [--model local]
"""

from __future__ import annotations

import argparse
from math import ceil
from pathlib import Path
from random import Random

import optwright as ow
from optwright.optim.results import Optimum

ROOM = 100
FIRST = '''def order(sizes):
    """Return the places of the items in the order in which they are packed."""
    return list(range(len(sizes)))
'''


def instances(count: int, seed: int = 0) -> list[dict[str, list[int]]]:
    roll = Random(seed)
    return [{"sizes": [roll.randint(5, 70) for _ in range(30)]} for _ in range(count)]


def bins(sizes: list[int], order: list[int]) -> int:
    """How many bins first fit needs; an order that is none is an error."""
    if sorted(order) != list(range(len(sizes))):
        raise ValueError(f"the order must name every place from 0 to {len(sizes) - 1} once")
    rooms: list[int] = []
    for place in order:
        fitting = (i for i, room in enumerate(rooms) if room >= sizes[place])
        bin_ = next(fitting, None)
        if bin_ is None:
            rooms.append(ROOM - sizes[place])
        else:
            rooms[bin_] -= sizes[place]
    return len(rooms)


def metric(example: dict[str, list[int]], used: int) -> tuple[int, str]:
    """The number of bins, negated: higher is better."""
    least = ceil(sum(example["sizes"]) / ROOM)
    return -used, f"{used} bins used, at least {least} are needed"


def main(
    model: ow.Model,
    run_dir: Path | None = None,
    count: int = 120,
    budget: int = 500,
    sandbox: str = "auto",
) -> Optimum:
    order = ow.Code("order", FIRST, function="order", sandbox=sandbox)

    def pack(sizes: list[int]) -> int:
        return bins(sizes, order(sizes))

    return ow.optimize(
        pack,
        train=instances(count),
        metric=metric,
        parameters=[order],
        optimizer="reflective",
        model=model,
        bounds=None,  # a count has no limits; packings are compared by which needs fewer bins
        budget=ow.Budget(evaluations=budget, calls=20),
        goal="Pack items into as few bins of size 100 as possible, first fit in the given order.",
        run_dir=run_dir,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="local")
    result = main(ow.open_model(parser.parse_args().model))
    print(result.values["order"])  # noqa: T201
    print(result.score, result.interval, len(result.accepted), result.directory)  # noqa: T201
