"""How a rule for online bin packing is scored: the bins it uses over the least that could do.

Items follow a Weibull distribution, as in the literature on this problem. The packing is checked
here: no bin holds more than fits, and every item is in one.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

GOAL = (
    "Items arrive one at a time and go into bins of a fixed capacity at once. "
    "priority(item, rooms, capacity) gives a number for each bin that has room; the item goes into "
    "the bin with the largest. An empty bin is always among them. Use as few bins as possible. "
    "rooms is a NumPy array."
)
CAPACITY = 100
SECONDS = 20.0
FUNCTIONS = ("pack", "priority")
VOCABULARY = (
    "(rooms - item)",
    "(_ > 3)",
    "(_ < 20)",
    "np.where(rooms - item < 20, _, item - rooms)",
    "np.sqrt(np.abs(_))",
    "np.square(_)",
)


def instance(seed: int, count: int) -> dict[str, Any]:
    """`count` items with sizes from 1 to 100: Weibull with scale 45 and shape 3."""
    sizes = np.random.default_rng(seed).weibull(3.0, count) * 45.0
    return {"items": np.clip(np.round(sizes), 1, CAPACITY).astype(int).tolist()}


TRAIN = [instance(seed, 400) for seed in range(4)]
TEST = [instance(1000 + seed, 1000) for seed in range(5)]


def evaluate(program: Any, example: dict[str, Any]) -> tuple[float, str]:
    items = example["items"]
    bins = used(items, program.pack(items, CAPACITY))
    least = ceil(sum(items) / CAPACITY)
    over = 100.0 * (bins - least) / least
    return -over, f"{bins} bins, {over:.2f} % over the {least} that the sizes add up to"


def used(items: list[int], chosen: object) -> int:
    """How many bins a packing uses; one that is none is an error."""
    if not isinstance(chosen, list) or len(chosen) != len(items):
        raise ValueError("pack() has to name a bin for every item")
    load: dict[int, int] = {}
    for item, place in zip(items, chosen, strict=True):
        if not isinstance(place, int):
            raise ValueError(f"{place!r} is no bin")
        load[place] = load.get(place, 0) + item
        if load[place] > CAPACITY:
            raise ValueError(f"bin {place} holds {load[place]} of {CAPACITY}")
    return len(load)


def best_fit(items: list[int]) -> list[int]:
    """The fullest bin that has room: what a rule has to beat."""
    rooms: list[int] = []
    chosen = []
    for item in items:
        fitting = [(room, place) for place, room in enumerate(rooms) if room >= item]
        if fitting:
            place = min(fitting)[1]
        else:
            place = len(rooms)
            rooms.append(CAPACITY)
        rooms[place] -= item
        chosen.append(place)
    return chosen


def best_fit_over(example: dict[str, Any]) -> float:
    """Percent of bins that best fit uses beyond what the sizes add up to."""
    items = example["items"]
    least = ceil(sum(items) / CAPACITY)
    return 100.0 * (used(items, best_fit(items)) - least) / least
