"""The prices that earn most when demand falls with the price."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """At a price of ten times its cost nobody buys."""
    rooms = named(rng, size + 1, LETTERS, language)
    slope = [rng.randint(1, 5) for _ in rooms]
    return Data.of(
        {"I": rooms},
        base=("I", [s * rng.randint(40, 90) for s in slope]),
        slope=("I", slope),
        cost=("I", [rng.randint(5, 20) for _ in rooms]),
    )


def own(data: Data) -> float:
    """The top of each parabola: half way between cost and the price at which demand ends."""
    total = 0.0
    for i in data.sets["I"]:
        base, slope, cost = (data.number(n, i) for n in ("base", "slope", "cost"))
        price = (base / slope + cost) / 2
        total += (price - cost) * (base - slope * price)
    return total


FAMILY = Family(
    name="pricing",
    archetype="nonlinear",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "price",
            "I",
            meaning=("price in euros", "Preis in Euro", "precio en euros"),
            upper="base[i] / slope[i]",
            forall="i in I",
        ),
    ),
    sense="maximize",
    objective="sum((price[i] - cost[i]) * (base[i] - slope[i] * price[i]) for i in I)",
    limits=(Limit("sold", "base[i] - slope[i] * price[i] >= 0", "i in I"),),
    sentences=(
        Say(
            "intro",
            (
                "A shop sets the prices of its lamps.",
                "Ein Laden legt die Preise seiner Lampen fest.",
                "Una tienda fija los precios de sus lámparas.",
            ),
        ),
        Say(
            "data lamps",
            (
                "Lamp {i} @costs {cost[i]:eur} to make; for nothing it would find {base[i]} buyers, and with every euro of its price it loses {slope[i]} of them.",
                "Die Lampe {i} @costs {cost[i]:eur} in der Herstellung; umsonst fände sie {base[i]} Abnehmer, und mit jedem Euro Preis fallen {slope[i]} davon weg.",
                "Fabricar la lámpara {i} @costs {cost[i]:eur}; gratis tendría {base[i]} compradores, y con cada euro de precio pierde {slope[i]} de ellos.",
            ),
            "i in I",
        ),
        Say(
            "sold",
            (
                "The number sold cannot fall below zero; prices and numbers may be fractions.",
                "Die verkaufte Zahl kann nicht unter null fallen; Preise und Zahlen dürfen Brüche sein.",
                "El número vendido no puede bajar de cero; precios y cantidades pueden ser fracciones.",
            ),
        ),
        Say(
            "objective",
            (
                "Which prices make the total profit, price less cost times the number sold, @most?",
                "Welche Preise machen den gesamten Gewinn, also Preis minus Kosten mal verkaufte Zahl, @most?",
                "¿Qué precios hacen que el beneficio total, precio menos coste por número vendido, sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("lamp", "Lampe", "lámpara"),
        "base": ("buyers at zero", "Abnehmer bei null", "compradores a precio cero"),
        "slope": ("lost per euro", "Verlust je Euro", "pérdida por euro"),
        "cost": ("cost", "Kosten", "coste"),
    },
    units={"cost": "eur"},
    missing=("slope",),
)
