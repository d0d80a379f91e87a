"""Goods through a network, each road with a price and a limit."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import TOWNS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Farms, markets in between, and shops; each road could carry half of everything."""
    towns = named(rng, size + 5, TOWNS, language)
    farms, markets, shops = towns[:2], towns[2:4], towns[4:]
    demand = {s: rng.randint(5, 25) for s in shops}
    total = sum(demand.values())
    supply = {farms[0]: total // 2 + rng.randint(1, 9), farms[1]: total // 2 + rng.randint(1, 9)}
    arcs = [(f, m) for f in farms for m in markets] + [(m, s) for m in markets for s in shops]
    return Data.of(
        {"F": farms, "M": markets, "S": shops, "A": arcs},
        supply=("F", supply),
        demand=("S", demand),
        cost=("A", {arc: rng.randint(2, 15) for arc in arcs}),
        limit=("A", {arc: rng.randint(total // 2, total) for arc in arcs}),
    )


FAMILY = Family(
    name="min_cost_flow",
    archetype="network_flow",
    draw=draw,
    decisions=(
        Decision(
            "move",
            "A",
            meaning=("crates on the road", "Kisten auf der Strecke", "cajas por la ruta"),
        ),
    ),
    sense="minimize",
    objective="sum(cost[a, b] * move[a, b] for (a, b) in A)",
    limits=(
        Limit("supply", "sum(move[a, b] for (a, b) in A if a == f) <= supply[f]", "f in F"),
        Limit("demand", "sum(move[a, b] for (a, b) in A if b == s) >= demand[s]", "s in S"),
        Limit(
            "through",
            "sum(move[a, b] for (a, b) in A if b == m) == sum(move[a, b] for (a, b) in A if a == m)",
            "m in M",
        ),
        Limit("road", "move[a, b] <= limit[a, b]", "(a, b) in A"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "Farms send crates of fruit to shops by way of the markets <m in M|{m}>.",
                "Höfe schicken Obstkisten über die Märkte <m in M|{m}> an Läden.",
                "Unas granjas envían cajas de fruta a tiendas a través de los mercados <m in M|{m}>.",
            ),
        ),
        Say(
            "supply",
            (
                "The farm {f} has @atmost {supply[f]} crates.",
                "Der Hof {f} hat @atmost {supply[f]} Kisten.",
                "La granja {f} tiene @atmost {supply[f]} cajas.",
            ),
            "f in F",
        ),
        Say(
            "demand",
            (
                "The shop {s} @needs @atleast {demand[s]} crates.",
                "Der Laden {s} @needs @atleast {demand[s]} Kisten.",
                "La tienda {s} @needs @atleast {demand[s]} cajas.",
            ),
            "s in S",
        ),
        Say(
            "data roads",
            (
                "From {a} to {b} a crate @costs {cost[a,b]:eur}, and {limit[a,b]} crates fit on the lorry.",
                "Von {a} nach {b} @costs eine Kiste {cost[a,b]:eur}, und {limit[a,b]} Kisten passen auf den Lastwagen.",
                "De {a} a {b} una caja @costs {cost[a,b]:eur}, y en el camión caben {limit[a,b]} cajas.",
            ),
            "a, b in A",
        ),
        Say(
            "road",
            (
                "A lorry takes no more than fits on it.",
                "Kein Lastwagen nimmt mehr mit, als darauf passt.",
                "Ningún camión lleva más de lo que cabe.",
            ),
        ),
        Say(
            "through",
            (
                "Nothing stays at a market: all that arrives goes on to shops.",
                "Auf einem Markt bleibt nichts: Alles, was ankommt, geht weiter an Läden.",
                "En un mercado no se queda nada: todo lo que llega sigue hacia las tiendas.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total cost of transport @cheapest?",
                "Wie werden die gesamten Transportkosten @cheapest?",
                "¿Cómo es el coste total del transporte @cheapest?",
            ),
        ),
    ),
    labels={
        "F": ("farm", "Hof", "granja"),
        "M": ("market", "Markt", "mercado"),
        "S": ("shop", "Laden", "tienda"),
        "A": ("from, to", "von, nach", "desde, hasta"),
        "cost": ("cost per crate", "Kosten je Kiste", "coste por caja"),
        "limit": ("most crates", "Höchstzahl Kisten", "máximo de cajas"),
        "supply": ("supply", "Vorrat", "oferta"),
        "demand": ("demand", "Bedarf", "demanda"),
    },
    units={"cost": "eur"},
    missing=("supply", "demand"),
)
