"""Numbers: when to reorder a part, and how many.

A shop sells a random number of parts a day. Stock costs a little every day, a sale that is missed
costs much, an order costs a fixed sum and arrives three days later. Which stock level should
trigger an order, and up to which level should it go? No language model takes part.

    python examples/optim_numeric.py
"""

from __future__ import annotations

from collections import deque
from random import Random

import optwright as ow
from optwright.optim.results import Minimum

DAYS, DELIVERY_DAYS = 1000, 3
PER_PART_AND_DAY, PER_MISSED_SALE, PER_ORDER = 0.1, 4.0, 25.0


def cost_per_day(reorder_at: int, order_up_to: int) -> float:
    """Mean cost of a day with this policy, over the same 1000 days each time."""
    days, stock, cost = Random(0), order_up_to, 0.0
    coming = deque([0] * DELIVERY_DAYS)
    for _ in range(DAYS):
        stock += coming.popleft()
        wanted = sum(days.random() < 0.3 for _ in range(20))
        sold = min(stock, wanted)
        stock -= sold
        cost += PER_PART_AND_DAY * stock + PER_MISSED_SALE * (wanted - sold)
        expected = stock + sum(coming)
        order = max(0, order_up_to - expected) if expected <= reorder_at else 0
        cost += PER_ORDER * (order > 0)
        coming.append(order)
    return cost / DAYS


def main() -> Minimum:
    return ow.minimize(
        cost_per_day,
        [
            ow.Integer("reorder_at", 10, low=0, high=100),
            ow.Integer("order_up_to", 60, low=1, high=300),
        ],
        budget=ow.Budget(evaluations=40),
    )


if __name__ == "__main__":
    best = main()
    first = cost_per_day(10, 60)
    print(f"{best.values}: {best.score:.2f} a day instead of {first:.2f}")  # noqa: T201
