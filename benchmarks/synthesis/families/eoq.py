"""How much to order at a time."""

import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """One to three goods, each ordered on its own."""
    goods = named(rng, size, LETTERS, language)
    return Data.of(
        {"I": goods},
        demand=("I", [rng.randint(2, 60) * 50 for _ in goods]),
        order=("I", [rng.randint(10, 90) for _ in goods]),
        hold=("I", [rng.randint(1, 9) for _ in goods]),
    )


def own(data: Data) -> float:
    """Harris: the square root of twice demand, order cost and holding cost."""
    return sum(
        math.sqrt(2 * data.number("demand", i) * data.number("order", i) * data.number("hold", i))
        for i in data.sets["I"]
    )


FAMILY = Family(
    name="eoq",
    archetype="nonlinear",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "lot",
            "I",
            meaning=("pieces in an order", "Stück je Bestellung", "piezas por pedido"),
            lower=1.0,
            upper="demand[i]",
            forall="i in I",
        ),
    ),
    sense="minimize",
    objective="sum(order[i] * demand[i] / lot[i] + hold[i] * lot[i] / 2 for i in I)",
    limits=(Limit("year", "lot[i] <= demand[i]", "i in I"),),
    sentences=(
        Say(
            "intro",
            (
                "A shop orders goods again and again, each time when the last piece is sold.",
                "Ein Laden bestellt Waren immer wieder, jeweils wenn das letzte Stück verkauft ist.",
                "Una tienda pide artículos una y otra vez, cuando se vende el último.",
            ),
        ),
        Say(
            "data goods",
            (
                "Of {i}, {demand[i]} pieces a year are sold; an order @costs {order[i]:eur}, and keeping a piece for a year {hold[i]:eur}.",
                "Von {i} werden {demand[i]} Stück im Jahr verkauft; eine Bestellung @costs {order[i]:eur}, ein Stück ein Jahr lang zu lagern {hold[i]:eur}.",
                "De {i} se venden {demand[i]} piezas al año; un pedido @costs {order[i]:eur}, y guardar una pieza un año {hold[i]:eur}.",
            ),
            "i in I",
        ),
        Say(
            "year",
            (
                "Nobody orders more at a time than is sold in a year.",
                "Niemand bestellt auf einmal mehr, als in einem Jahr verkauft wird.",
                "Nadie pide de una vez más de lo que se vende en un año.",
            ),
        ),
        Say(
            "domain",
            (
                "The stock falls evenly, so half an order is there on average; fractions of a piece are fine.",
                "Der Bestand sinkt gleichmäßig, im Mittel ist also eine halbe Bestellung da; Bruchteile sind erlaubt.",
                "Las existencias bajan de forma uniforme, así que de media hay medio pedido; valen fracciones.",
            ),
        ),
        Say(
            "objective",
            (
                "Which order sizes keep the yearly cost of ordering and keeping @cheapest?",
                "Welche Bestellmengen halten die jährlichen Kosten für Bestellen und Lagern @cheapest?",
                "¿Qué tamaños de pedido mantienen el coste anual de pedir y guardar @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("good", "Ware", "artículo"),
        "demand": ("sold a year", "Absatz im Jahr", "ventas al año"),
        "order": ("order cost", "Bestellkosten", "coste de pedido"),
        "hold": ("keeping cost", "Lagerkosten", "coste de almacén"),
    },
    units={"order": "eur", "hold": "eur"},
    missing=("hold",),
)
