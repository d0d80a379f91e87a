"""One oven, many orders, some more urgent than others."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Orders of one to nine hours."""
    orders = named(rng, size + 2, LETTERS, language)
    return Data.of(
        {"J": orders},
        hours=("J", [rng.randint(1, 9) for _ in orders]),
        weight=("J", [rng.randint(1, 9) for _ in orders]),
    )


def own(data: Data) -> float:
    """Smith's rule: by hours for each point of weight."""
    clock = total = 0.0
    for job in sorted(
        data.sets["J"], key=lambda j: data.number("hours", j) / data.number("weight", j)
    ):
        clock += data.number("hours", job)
        total += data.number("weight", job) * clock
    return total


FAMILY = Family(
    name="weighted_completion",
    archetype="machine_scheduling",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "start",
            "J",
            Domain.INTEGER,
            ("hour at which it begins", "Stunde des Beginns", "hora de comienzo"),
            upper="sum(hours[k] for k in J)",
        ),
    ),
    sense="minimize",
    objective="sum(weight[j] * (start[j] + hours[j]) for j in J)",
    limits=(Limit("one", "nooverlap((start[j], hours[j]) for j in J)"),),
    sentences=(
        Say(
            "intro",
            (
                "A kiln fires orders of tiles.",
                "Ein Ofen brennt Aufträge mit Fliesen.",
                "Un horno cuece pedidos de azulejos.",
            ),
        ),
        Say(
            "data orders",
            (
                "Order {j} needs {hours[j]:h}, and each hour until it is ready @costs {weight[j]:eur}.",
                "Auftrag {j} braucht {hours[j]:h}, und jede Stunde, bis er fertig ist, @costs {weight[j]:eur}.",
                "El pedido {j} necesita {hours[j]:h}, y cada hora hasta que está listo @costs {weight[j]:eur}.",
            ),
            "j in J",
        ),
        Say(
            "one",
            (
                "The kiln holds one order at a time and fires it without a break, beginning on full hours.",
                "Im Ofen ist immer nur ein Auftrag; er wird ohne Pause gebrannt und beginnt zur vollen Stunde.",
                "En el horno cabe un pedido a la vez y se cuece sin pausa, empezando a horas en punto.",
            ),
        ),
        Say(
            "objective",
            (
                "In which order is the sum of these costs @cheapest?",
                "In welcher Reihenfolge ist die Summe dieser Kosten @cheapest?",
                "¿En qué orden es la suma de esos costes lo más baja posible?",
            ),
        ),
    ),
    labels={
        "J": ("order", "Auftrag", "pedido"),
        "hours": ("hours", "Stunden", "horas"),
        "weight": ("cost per hour", "Kosten je Stunde", "coste por hora"),
    },
    units={"hours": "h", "weight": "eur"},
)
