"""Ten small problems with known optima: `python -m optwright.benchmarks.ten_problems MODEL`.

For a first look at a model or an endpoint; `optwright bench` measures. Prints a Markdown table.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from math import isclose

from optwright.agents.solving import solve
from optwright.errors import BudgetExceeded, ModelError
from optwright.serving.billing import billed
from optwright.serving.chat import ChatModel


@dataclass(frozen=True, slots=True)
class Known:
    """A problem in words and the value of its optimum."""

    name: str
    text: str
    optimum: float


PROBLEMS = (
    Known(
        "acres",
        "A farm has 40 acres for corn and wheat. An acre of corn earns $300 and needs 3 days of "
        "work, an acre of wheat earns $200 and needs 1 day. There are 80 days of work. Maximize "
        "the earnings.",
        10000,
    ),
    Known(
        "chairs",
        "A workshop makes chairs and tables. A chair needs 2 hours of sawing and 1 hour of "
        "painting and earns $30. A table needs 4 hours of sawing and 3 hours of painting and "
        "earns $70. There are 60 hours of sawing and 39 hours of painting. How many of each "
        "should be made to earn the most?",
        990,
    ),
    Known(
        "fertilizer",
        "A gardener mixes two fertilizers. A bag of Gro holds 4 kg of nitrogen and 2 kg of "
        "phosphate and costs $6. A bag of Vim holds 3 kg of nitrogen and 5 kg of phosphate and "
        "costs $8. The garden needs at least 36 kg of nitrogen and at least 32 kg of phosphate. "
        "Whole bags must be bought. What is the lowest cost?",
        68,
    ),
    Known(
        "buses",
        "A school takes 300 pupils on a trip. A large bus carries 50 pupils and costs $800, a "
        "small bus carries 30 pupils and costs $450. At most 6 drivers are available, one for "
        "each bus. How many buses of each kind keep the cost lowest?",
        4800,
    ),
    Known(
        "paint",
        "A factory mixes two paints from pigment and oil. A liter of red takes 0.3 kg of pigment "
        "and 0.6 kg of oil and earns $5. A liter of blue takes 0.5 kg of pigment and 0.4 kg of "
        "oil and earns $6. There are 90 kg of pigment and 108 kg of oil. No more than 150 liters "
        "of blue can be sold. Maximize the profit.",
        1220,
    ),
    Known(
        "advertising",
        "A shop has $12000 for advertising on radio and in papers. A radio spot costs $400 and "
        "reaches 5000 people, a page in a paper costs $300 and reaches 3000 people. At least 8 "
        "pages must be bought, and no more than 20 radio spots can be had. How can the most "
        "people be reached?",
        139000,
    ),
    Known(
        "bakery",
        "A bakery bakes loaves and cakes. A loaf takes 500 grams of flour and 10 grams of yeast, "
        "a cake takes 300 grams of flour and 20 grams of yeast. There are 60000 grams of flour "
        "and 2000 grams of yeast. A loaf earns $2 and a cake earns $3. At least 40 loaves must "
        "be baked. What is the largest profit?",
        342,
    ),
    Known(
        "boats",
        "A yard builds canoes and kayaks. A canoe takes 6 hours of work and 4 meters of cedar, a "
        "kayak takes 5 hours and 6 meters. There are 150 hours of work and 132 meters of cedar. "
        "A canoe earns $120 and a kayak $130. The number of kayaks must not be greater than the "
        "number of canoes. Find the production that earns the most.",
        3360,
    ),
    Known(
        "diet",
        "A diet is made of oats and milk. 100 grams of oats hold 13 grams of protein and 380 "
        "kilocalories and cost $0.30. 100 grams of milk hold 3.5 grams of protein and 60 "
        "kilocalories and cost $0.12. A day needs at least 65 grams of protein and at least 1900 "
        "kilocalories. How cheap can it be?",
        1.5,
    ),
    Known(
        "couriers",
        "A firm sends parcels by bike and by van. A bike tour takes 10 parcels and 1 hour, a van "
        "tour takes 60 parcels and 3 hours. At least 500 parcels must be sent. There must be at "
        "least 5 bike tours, and no more than twice as many bike tours as van tours. Minimize "
        "the total hours.",
        29,
    ),
)
TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """What a model made of one problem: `found` is None where there was no answer, `error` why."""

    known: Known
    found: float | None
    verified: bool
    calls: int
    tokens: int
    seconds: float
    error: str = ""

    @property
    def right(self) -> bool:
        return self.found is not None and isclose(self.found, self.known.optimum, rel_tol=TOLERANCE)


def tried(known: Known, model: str | ChatModel) -> AttemptRow:
    """One problem solved with a model; what ends it is said, not raised, except that there is no
    such model (`Unavailable`) and what was given wrongly (`InputError`)."""
    began = time.perf_counter()
    try:
        solution = solve(known.text, model=model)
    except (ModelError, BudgetExceeded) as error:
        paid = billed(error)
        seconds = time.perf_counter() - began
        return AttemptRow(known, None, False, paid.calls, paid.tokens, seconds, str(error))
    used = solution.usage
    return AttemptRow(
        known,
        solution.objective,
        solution.verified,
        used.calls,
        used.prompt_tokens + used.completion_tokens,
        time.perf_counter() - began,
    )


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else "local"
    rows, right = [], 0
    for one in (tried(known, model) for known in PROBLEMS):
        right += one.right
        verdict = "right" if one.right else "wrong"
        said = "error" if one.error else "verified" if one.verified else "not verified"
        shown = "-" if one.found is None else f"{one.found:g}"
        known = one.known
        cells = (known.name, f"{known.optimum:g}", shown, verdict, said, f"{one.seconds:.0f}")
        rows.append(f"| {' | '.join(cells)} |")
    head = ["| problem | optimum | found | | | seconds |", "| --- | --- | --- | --- | --- | --- |"]
    sys.stdout.write("\n".join([*head, *rows, "", f"{right} of {len(PROBLEMS)} right"]) + "\n")


if __name__ == "__main__":
    main()
