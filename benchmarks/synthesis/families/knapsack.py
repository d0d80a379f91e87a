"""What to take along when the weight is limited."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.solvers.model.formulation import Domain

THINGS = (
    "tent, stove, lantern, radio, drone, telescope, tripod, generator, cooler, hammock",
    "Zelt, Kocher, Laterne, Funkgerät, Drohne, Teleskop, Stativ, Generator, Kühlbox, Hängematte",
    "tienda, hornillo, linterna, radio, dron, telescopio, trípode, generador, nevera, hamaca",
)


def draw(rng: random.Random, size: int, language: int) -> Data:
    """The limit is about half of all weights."""
    things = named(rng, 2 * size + 3, THINGS, language)
    weight = [rng.randint(2, 25) for _ in things]
    return Data.of(
        {"I": things},
        weight=("I", weight),
        value=("I", [w * rng.randint(2, 6) + rng.randint(0, 9) for w in weight]),
        load=sum(weight) // 2,
        count=size + 2,
    )


def own(data: Data) -> float:
    """Dynamic programming over weight and number of things."""
    load, count = int(data.number("load")), int(data.number("count"))
    best = {(0, 0): 0.0}
    for thing in data.sets["I"]:
        weight, value = int(data.number("weight", thing)), data.number("value", thing)
        for (kilos, taken), worth in list(best.items()):
            if kilos + weight <= load and taken < count:
                key = kilos + weight, taken + 1
                best[key] = max(best.get(key, 0.0), worth + value)
    return max(best.values())


FAMILY = Family(
    name="knapsack",
    archetype="selection",
    draw=draw,
    decisions=(Decision("take", "I", Domain.BINARY, ("taken along", "kommt mit", "se lleva")),),
    sense="maximize",
    objective="sum(value[i] * take[i] for i in I)",
    limits=(
        Limit("load", "sum(weight[i] * take[i] for i in I) <= load"),
        Limit("count", "sum(take[i] for i in I) <= count"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "An expedition packs one sledge; there is one of each thing.",
                "Eine Expedition belädt einen Schlitten; jedes Ding ist einmal vorhanden.",
                "Una expedición carga un trineo; hay una pieza de cada cosa.",
            ),
        ),
        Say(
            "data things",
            (
                "The {i} weighs {weight[i]:kg} and is worth {value[i]} points.",
                "Gewicht und Nutzen von {i}: {weight[i]:kg} und {value[i]} Punkte.",
                "Peso y utilidad de {i}: {weight[i]:kg} y {value[i]} puntos.",
            ),
            "i in I",
        ),
        Say(
            "load",
            (
                "The sledge carries @atmost {load:kg}.",
                "Der Schlitten trägt @atmost {load:kg}.",
                "El trineo aguanta @atmost {load:kg}.",
            ),
        ),
        Say(
            "count",
            (
                "There are straps for @atmost {count} things.",
                "Gurte gibt es für @atmost {count} Dinge.",
                "Hay correas para @atmost {count} cosas.",
            ),
        ),
        Say(
            "objective",
            (
                "Which things should go along so that their worth is @most?",
                "Welche Dinge sollen mit, damit ihr Nutzen @most ist?",
                "¿Qué cosas hay que llevar para que su utilidad sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("thing", "Ding", "cosa"),
        "weight": ("weight", "Gewicht", "peso"),
        "value": ("points", "Punkte", "puntos"),
        "load": ("load", "Traglast", "carga"),
        "count": ("number", "Anzahl", "número"),
    },
    own=own,
    units={"weight": "kg", "load": "kg"},
    missing=("load",),
    contrary=(
        Limit("contrary", "sum(take[i] for i in I) >= count + 1"),
        Say(
            "contrary",
            (
                "One thing more than there are straps for must be on the sledge.",
                "Auf dem Schlitten muss ein Ding mehr sein, als es Gurte gibt.",
                "En el trineo tiene que ir una cosa más de las que permiten las correas.",
            ),
        ),
    ),
)
