"""Stations that together reach every district."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    TOWNS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Every district is reached by two stations or more."""
    towns = named(rng, 2 * size + 4, TOWNS, language)
    stations, districts = towns[: size + 2], towns[size + 2 :]
    reach = [
        (s, d)
        for d in districts
        for s in rng.sample(stations, rng.randint(2, min(3, len(stations))))
    ]
    return Data.of(
        {
            "I": stations,
            "J": districts,
            "C": sorted(reach, key=lambda c: (stations.index(c[0]), districts.index(c[1]))),
        },
        cost=("I", [rng.randint(10, 60) for _ in stations]),
    )


def own(data: Data) -> float:
    """Every set of stations."""
    stations, districts, reach = data.sets["I"], data.sets["J"], set(data.sets["C"])
    return min(
        sum(data.number("cost", s) for s in chosen)
        for k in range(len(stations) + 1)
        for chosen in itertools.combinations(stations, k)
        if all(any((s, d) in reach for s in chosen) for d in districts)
    )


FAMILY = Family(
    name="set_covering",
    archetype="set_covering",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "build",
            "I",
            Domain.BINARY,
            ("station is built", "Wache wird gebaut", "se construye el parque"),
        ),
    ),
    sense="minimize",
    objective="sum(cost[i] * build[i] for i in I)",
    limits=(Limit("reach", "sum(build[i] for (i, k) in C if k == j) >= 1", "j in J"),),
    sentences=(
        Say(
            "intro",
            (
                "A county plans fire stations.",
                "Ein Landkreis plant Feuerwachen.",
                "Una comarca planifica parques de bomberos.",
            ),
        ),
        Say(
            "data cost",
            (
                "A station at {i} @costs {cost[i]} thousand euros.",
                "Eine Wache in {i} @costs {cost[i]} Tausend Euro.",
                "Un parque en {i} @costs {cost[i]} mil euros.",
            ),
            "i in I",
        ),
        Say(
            "data reach",
            (
                "From {i} one reaches in time: <i, j in C|{j}>.",
                "Von {i} aus sind rechtzeitig erreichbar: <i, j in C|{j}>.",
                "Desde {i} se llega a tiempo a: <i, j in C|{j}>.",
            ),
            "i in I",
        ),
        Say(
            "reach",
            (
                "The districts are <j in J|{j}>, and @each of them must be reached from @atleast one station.",
                "Die Orte sind <j in J|{j}>; alle sollen von @atleast einer Wache erreicht werden.",
                "Los distritos son <j in J|{j}>, y a cada uno se debe llegar desde @atleast un parque.",
            ),
        ),
        Say(
            "objective",
            (
                "Where should stations be built so that the cost is @cheapest?",
                "Wo sollen Wachen gebaut werden, damit die Kosten @cheapest sind?",
                "¿Dónde hay que construir parques para que el coste sea @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("station", "Wache", "parque"),
        "J": ("district", "Ort", "distrito"),
        "cost": ("cost", "Kosten", "coste"),
    },
)
