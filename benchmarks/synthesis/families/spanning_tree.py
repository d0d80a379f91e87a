"""The cheapest cable that joins all houses."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Each house can be joined to most of the others."""
    houses = named(rng, size + 3, LETTERS, language)
    pairs = [
        (a, b)
        for a, b in itertools.combinations(houses, 2)
        if houses.index(b) - houses.index(a) < 4
    ]
    return Data.of(
        {"N": houses, "E": pairs}, metres=("E", {pair: rng.randint(8, 60) for pair in pairs})
    )


def own(data: Data) -> float:
    """Kruskal."""
    part = {n: n for n in data.sets["N"]}
    total = 0.0
    for (a, b), metres in sorted(data.values["metres"].cells.items(), key=lambda item: item[1]):
        if part[a] != part[b]:
            total += metres
            old = part[a]
            part = {n: part[b] if p == old else p for n, p in part.items()}
    return total


FAMILY = Family(
    name="spanning_tree",
    archetype="spanning_tree",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "lay", "E", Domain.BINARY, ("cable is laid", "Kabel wird verlegt", "se tiende el cable")
        ),
        Decision(
            "there",
            "E",
            meaning=(
                "houses fed along the cable",
                "Häuser, die in dieser Richtung versorgt werden",
                "casas servidas en un sentido",
            ),
        ),
        Decision(
            "back",
            "E",
            meaning=(
                "houses fed against it",
                "Häuser, die in Gegenrichtung versorgt werden",
                "casas servidas en el otro sentido",
            ),
        ),
    ),
    sense="minimize",
    objective="sum(metres[a, b] * lay[a, b] for (a, b) in E)",
    limits=(
        Limit(
            "joined",
            "sum(there[a, b] - back[a, b] for (a, b) in E if b == n) - sum(there[a, b] - back[a, b] for (a, b) in E if a == n) == 1",
            "n in N if n != first(N)",
        ),
        Limit(
            "cable",
            "there[a, b] + back[a, b] <= (len(N) - 1) * lay[a, b]",
            "(a, b) in E",
            says="joined",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "The houses <n in N|{n}> get fast internet from the exchange in the first of them.",
                "Die Häuser <n in N|{n}> bekommen schnelles Internet vom Verteiler im ersten Haus.",
                "Las casas <n in N|{n}> reciben internet rápido desde la central de la primera.",
            ),
        ),
        Say(
            "data metres",
            (
                "Between {a} and {b} a cable would be {metres[a,b]:m} long.",
                "Zwischen {a} und {b} wäre ein Kabel {metres[a,b]:m} lang.",
                "Entre {a} y {b} el cable mediría {metres[a,b]:m}.",
            ),
            "a, b in E",
        ),
        Say(
            "joined",
            (
                "Every house must be joined to the exchange, directly or by way of others.",
                "Jedes Haus muss mit dem Verteiler verbunden sein, direkt oder über andere.",
                "Todas las casas deben quedar unidas a la central, directamente o a través de otras.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total length of cable @cheapest?",
                "Wie wird die gesamte Kabellänge @cheapest?",
                "¿Cómo es la longitud total de cable @cheapest?",
            ),
        ),
    ),
    labels={
        "N": ("house", "Haus", "casa"),
        "E": ("one end, other end", "Anfang, Ende", "un extremo, otro extremo"),
        "metres": ("metres", "Meter", "metros"),
    },
    units={"metres": "m"},
)
