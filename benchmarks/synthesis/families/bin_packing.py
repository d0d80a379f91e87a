"""As few boxes as possible."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Two or three parcels fit into a box."""
    parcels = named(rng, size + 3, LETTERS, language)
    capacity = rng.randint(20, 30)
    return Data.of(
        {"I": parcels, "B": range(1, len(parcels) + 1)},
        weight=("I", [rng.randint(5, 17) for _ in parcels]),
        capacity=capacity,
    )


def own(data: Data) -> float:
    """Fewest boxes, by the boxes opened and the room in the last for every set of parcels."""
    weights, room = [int(w) for w in data.column("weight")], int(data.number("capacity"))
    best = {0: (1, 0)}
    for mask in range(1, 1 << len(weights)):
        options = []
        for at, weight in enumerate(weights):
            if mask >> at & 1:
                boxes, load = best[mask ^ (1 << at)]
                options.append(
                    (boxes, load + weight) if load + weight <= room else (boxes + 1, weight)
                )
        best[mask] = min(options)
    return float(best[(1 << len(weights)) - 1][0])


FAMILY = Family(
    name="bin_packing",
    archetype="bin_packing",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "put", "I B", Domain.BINARY, ("is in the box", "liegt in der Kiste", "va en la caja")
        ),
        Decision(
            "open", "B", Domain.BINARY, ("box is used", "Kiste wird gebraucht", "se usa la caja")
        ),
    ),
    sense="minimize",
    objective="sum(open[b] for b in B)",
    limits=(
        Limit("all", "sum(put[i, b] for b in B) == 1", "i in I"),
        Limit("capacity", "sum(weight[i] * put[i, b] for i in I) <= capacity * open[b]", "b in B"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "Parcels are packed into equal boxes, of which there are as many as parcels.",
                "Pakete kommen in gleiche Kisten, von denen es so viele gibt wie Pakete.",
                "Unos paquetes se guardan en cajas iguales; hay tantas cajas como paquetes.",
            ),
        ),
        Say(
            "data weight",
            (
                "Parcel {i} weighs {weight[i]:kg}.",
                "Paket {i} wiegt {weight[i]:kg}.",
                "El paquete {i} pesa {weight[i]:kg}.",
            ),
            "i in I",
        ),
        Say(
            "all",
            (
                "@each parcel goes into one box as a whole.",
                "@each Sendung kommt ungeteilt in eine Kiste.",
                "@each paquete va entero en una caja.",
            ),
        ),
        Say(
            "capacity",
            (
                "A box carries @atmost {capacity:kg}.",
                "Eine Kiste trägt @atmost {capacity:kg}.",
                "Una caja aguanta @atmost {capacity:kg}.",
            ),
        ),
        Say(
            "objective",
            (
                "What is the smallest number of boxes?",
                "Wie viele Kisten braucht man mindestens?",
                "¿Cuál es el menor número de cajas?",
            ),
        ),
    ),
    labels={
        "I": ("parcel", "Paket", "paquete"),
        "B": ("box", "Kiste", "caja"),
        "weight": ("weight", "Gewicht", "peso"),
    },
    units={"weight": "kg", "capacity": "kg"},
    missing=("capacity",),
)
