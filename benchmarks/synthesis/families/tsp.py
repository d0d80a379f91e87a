"""The shortest round trip."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    TOWNS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Towns in a plane, distances rounded."""
    towns = named(rng, size + 3, TOWNS, language)
    at = {t: (rng.randint(0, 60), rng.randint(0, 60)) for t in towns}
    return Data.of(
        {"N": towns, "E": list(itertools.combinations(towns, 2))},
        km=(
            "E",
            {
                (a, b): max(1, round(math.dist(at[a], at[b])))
                for a, b in itertools.combinations(towns, 2)
            },
        ),
    )


def own(data: Data) -> float:
    """Every round trip."""
    towns = data.sets["N"]
    km = dict(data.values["km"].cells)
    km |= {(b, a): value for (a, b), value in km.items()}
    return min(
        sum(km[a, b] for a, b in itertools.pairwise((towns[0], *order, towns[0])))
        for order in itertools.permutations(towns[1:])
    )


FAMILY = Family(
    name="tsp",
    archetype="routing",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "go",
            "N N",
            Domain.BINARY,
            ("drives from one to the other", "fährt vom einen zum anderen", "va de uno a otro"),
            forall="i in N, j in N if i != j",
        ),
        Decision(
            "place",
            "N",
            meaning=("place in the trip", "Stelle in der Reise", "puesto en el viaje"),
            upper="len(N)",
        ),
    ),
    sense="minimize",
    objective="sum(km[a, b] * (go[a, b] + go[b, a]) for (a, b) in E)",
    limits=(
        Limit("leave", "sum(go[i, j] for j in N if j != i) == 1", "i in N", says="visit"),
        Limit("arrive", "sum(go[i, j] for i in N if i != j) == 1", "j in N", says="visit"),
        Limit(
            "trip",
            "place[j] >= place[i] + 1 - len(N) * (1 - go[i, j])",
            "i in N, j in N if i != j and j != first(N)",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A technician visits <n in N|{n}>, starting from the first of them.",
                "Eine Technikerin besucht von der ersten Stadt aus <n in N|{n}>.",
                "Un técnico visita <n in N|{n}>, saliendo de la primera.",
            ),
        ),
        Say(
            "data km",
            (
                "Between {a} and {b} it is {km[a,b]:km}.",
                "Zwischen {a} und {b} sind es {km[a,b]:km}.",
                "Entre {a} y {b} hay {km[a,b]:km}.",
            ),
            "a, b in E",
        ),
        Say(
            "visit",
            (
                "@each town is visited once.",
                "@each Stadt wird einmal besucht.",
                "@each ciudad se visita una vez.",
            ),
        ),
        Say(
            "trip",
            (
                "It is one round trip that ends where it began.",
                "Es ist eine einzige Rundreise, die endet, wo sie begann.",
                "Es un solo viaje redondo que acaba donde empezó.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total distance @cheapest?",
                "Wie wird die gesamte Strecke @cheapest?",
                "¿Cómo es la distancia total @cheapest?",
            ),
        ),
    ),
    labels={
        "N": ("town", "Stadt", "ciudad"),
        "E": ("one town, other town", "eine Stadt, andere Stadt", "una ciudad, otra ciudad"),
        "km": ("km", "km", "km"),
    },
    units={"km": "km"},
)
