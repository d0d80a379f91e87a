"""Where to put a few libraries so that people walk little."""

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
    """Every place may get one."""
    places = named(rng, size + 3, TOWNS, language)
    at = {p: (rng.randint(0, 40), rng.randint(0, 40)) for p in places}
    return Data.of(
        {"I": places, "E": list(itertools.combinations(places, 2))},
        people=("I", [rng.randint(1, 30) for _ in places]),
        km=(
            "E",
            {
                (a, b): max(1, round(math.dist(at[a], at[b])))
                for a, b in itertools.combinations(places, 2)
            },
        ),
        count=rng.randint(1, size + 1),
    )


def own(data: Data) -> float:
    """Every choice of places."""
    places = data.sets["I"]
    km = dict(data.values["km"].cells)
    km |= {(b, a): value for (a, b), value in km.items()} | {(p, p): 0.0 for p in places}
    chosen = itertools.combinations(places, int(data.number("count")))
    return min(
        sum(data.number("people", p) * min(km[p, c] for c in some) for p in places)
        for some in chosen
    )


FAMILY = Family(
    name="p_median",
    archetype="facility_location",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "open",
            "I",
            Domain.BINARY,
            ("library is opened", "Bücherei wird eröffnet", "se abre biblioteca"),
        ),
        Decision(
            "use",
            "I I",
            Domain.BINARY,
            (
                "people of the first use the second",
                "Leute aus dem ersten nutzen die im zweiten",
                "la gente del primero usa la del segundo",
            ),
        ),
    ),
    sense="minimize",
    objective="sum(km[a, b] * (people[a] * use[a, b] + people[b] * use[b, a]) for (a, b) in E)",
    limits=(
        Limit("one", "sum(use[i, j] for j in I) == 1", "i in I"),
        Limit("opened", "use[i, j] <= open[j]", "i in I, j in I"),
        Limit("count", "sum(open[i] for i in I) == count"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A district plans libraries.",
                "Ein Bezirk plant Büchereien.",
                "Un distrito planifica bibliotecas.",
            ),
        ),
        Say(
            "data people",
            (
                "{people[i]} hundred people live at {i}.",
                "In {i} leben {people[i]} Hundert Menschen.",
                "En {i} viven {people[i]} cientos de personas.",
            ),
            "i in I",
        ),
        Say(
            "data km",
            (
                "It is {km[a,b]:km} between {a} and {b}.",
                "Von {a} bis {b} und zurück sind es je {km[a,b]:km}.",
                "Entre {a} y {b} hay {km[a,b]:km}.",
            ),
            "a, b in E",
        ),
        Say(
            "count",
            (
                "@exactly {count} of these places get a library.",
                "@exactly {count} dieser Orte bekommen eine Bücherei.",
                "@exactly {count} de esos lugares tendrán biblioteca.",
            ),
        ),
        Say(
            "one",
            (
                "The people of a place all use one library, at their place or elsewhere.",
                "Die Leute eines Ortes nutzen alle eine Bücherei, am Ort oder anderswo.",
                "La gente de un lugar usa una misma biblioteca, allí o en otro sitio.",
            ),
        ),
        Say(
            "opened",
            (
                "@only a library that is there can be used.",
                "@only eine vorhandene Bücherei kann genutzt werden.",
                "@only se puede usar una biblioteca que exista.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the sum over all places of hundreds of people times kilometres @cheapest?",
                "Wie wird die Summe aus Hundert Menschen mal Kilometern über alle Orte @cheapest?",
                "¿Cómo es la suma de cientos de personas por kilómetros @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("place", "Ort", "lugar"),
        "E": ("one place, other place", "ein Ort, anderer Ort", "un lugar, otro lugar"),
        "people": ("people", "Menschen", "personas"),
        "km": ("km", "km", "km"),
    },
    units={"km": "km"},
    missing=("count",),
)
