"""Who delivers how much to whom, at the lowest cost."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named

TOWNS = ("Kestrel, Arden, Bramley, Corvale, Dunmore, Elwick, Farrow, Galdon, Hexley, Ivorne",) * 3


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Supply is above demand by a tenth to a half."""
    towns = named(rng, 2 * size + 3, TOWNS, language)
    plants, markets = towns[: size + 1], towns[size + 1 :]
    demand = [rng.randint(10, 60) for _ in markets]
    share = sum(demand) * rng.uniform(1.1, 1.5) / len(plants)
    return Data.of(
        {"I": plants, "J": markets},
        supply=("I", [round(share * rng.uniform(0.9, 1.2)) + 1 for _ in plants]),
        demand=("J", demand),
        cost=("I J", {(i, j): rng.randint(3, 30) for i in plants for j in markets}),
    )


FAMILY = Family(
    name="transport",
    archetype="transport",
    draw=draw,
    decisions=(
        Decision("ship", "I J", meaning=("tonnes sent", "gelieferte Tonnen", "toneladas enviadas")),
    ),
    sense="minimize",
    objective="sum(cost[i, j] * ship[i, j] for i in I for j in J)",
    limits=(
        Limit("supply", "sum(ship[i, j] for j in J) <= supply[i]", "i in I"),
        Limit("demand", "sum(ship[i, j] for i in I) >= demand[j]", "j in J"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A company brings sand from its pits to building sites.",
                "Ein Unternehmen liefert Sand aus seinen Gruben an Baustellen.",
                "Una empresa lleva arena de sus canteras a las obras.",
            ),
        ),
        Say(
            "supply",
            (
                "The pit at {i} can give @atmost {supply[i]:t}.",
                "Die Grube {i} kann @atmost {supply[i]:t} abgeben.",
                "La cantera {i} puede dar @atmost {supply[i]:t}.",
            ),
            "i in I",
        ),
        Say(
            "demand",
            (
                "The site at {j} @needs @atleast {demand[j]:t}.",
                "Die Baustelle {j} @needs @atleast {demand[j]:t}.",
                "La obra {j} @needs @atleast {demand[j]:t}.",
            ),
            "j in J",
        ),
        Say(
            "data cost",
            (
                "A tonne from {i} @costs <j in J|{cost[i,j]:eur} to {j}>.",
                "Eine Tonne ab {i} @costs <j in J|{cost[i,j]:eur} nach {j}>.",
                "Una tonelada desde {i} @costs <j in J|{cost[i,j]:eur} hasta {j}>.",
            ),
            "i in I",
        ),
        Say(
            "objective",
            (
                "Which deliveries keep the total cost of transport @cheapest?",
                "Welche Lieferungen halten die gesamten Transportkosten @cheapest?",
                "¿Qué envíos mantienen el coste total del transporte @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("pit", "Grube", "cantera"),
        "J": ("site", "Baustelle", "obra"),
        "supply": ("supply", "Vorrat", "existencias"),
        "demand": ("demand", "Bedarf", "demanda"),
        "cost": ("cost per tonne", "Kosten je Tonne", "coste por tonelada"),
    },
    units={"supply": "t", "demand": "t", "cost": "eur"},
    missing=("supply", "demand"),
    contrary=(
        Limit("contrary", "sum(ship[i, j] for i in I for j in J) <= sum(demand[j] for j in J) - 1"),
        Say(
            "contrary",
            (
                "All deliveries together must stay at least one tonne below the sum of what the sites need.",
                "Alle Lieferungen zusammen müssen mindestens eine Tonne unter dem gesamten Bedarf der "
                "Baustellen bleiben.",
                "Todos los envíos juntos deben quedar al menos una tonelada por debajo de la demanda total.",
            ),
        ),
    ),
)
