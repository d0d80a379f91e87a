"""Bids on bundles, of which no two may share a lot."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
    PEOPLE,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Bids on one to three lots."""
    lots = named(rng, size + 3, LETTERS, language)
    bidders = named(rng, min(10, size + 4), PEOPLE, language)
    wants, price = [], []
    for bidder in bidders:
        bundle = rng.sample(lots, rng.randint(1, 3))
        wants += [(bidder, lot) for lot in sorted(bundle, key=lots.index)]
        price.append(len(bundle) * rng.randint(8, 20) + rng.randint(0, 9))
    return Data.of({"B": bidders, "L": lots, "W": wants}, price=("B", price))


def own(data: Data) -> float:
    """Every set of bids."""
    bundles = {b: {lot for c, lot in data.sets["W"] if c == b} for b in data.sets["B"]}
    best = 0.0
    for k in range(len(bundles) + 1):
        for won in itertools.combinations(bundles, k):
            lots = [lot for b in won for lot in bundles[b]]
            if len(lots) == len(set(lots)):
                best = max(best, sum(data.number("price", b) for b in won))
    return best


FAMILY = Family(
    name="auctions",
    archetype="selection",
    draw=draw,
    own=own,
    decisions=(Decision("win", "B", Domain.BINARY, ("bid wins", "Gebot gewinnt", "gana la puja")),),
    sense="maximize",
    objective="sum(price[b] * win[b] for b in B)",
    limits=(Limit("once", "sum(win[b] for (b, k) in W if k == j) <= 1", "j in L"),),
    sentences=(
        Say(
            "intro",
            (
                "An auction sells the lots <j in L|{j}>.",
                "Eine Auktion verkauft die Posten <j in L|{j}>.",
                "Una subasta vende los lotes <j in L|{j}>.",
            ),
        ),
        Say(
            "data price",
            (
                "{b} bids {price[b]:eur}.",
                "{b} bietet {price[b]:eur}.",
                "{b} ofrece {price[b]:eur}.",
            ),
            "b in B",
        ),
        Say(
            "data bundles",
            (
                "For that {b} wants <b, k in W|lot {k}>, all or nothing.",
                "Dafür will {b} <b, k in W|Posten {k}>, ganz oder gar nicht.",
                "Por eso {b} quiere <b, k in W|el lote {k}>, todo o nada.",
            ),
            "b in B",
        ),
        Say(
            "once",
            (
                "@each lot can be sold once, or not at all.",
                "Jeder Posten kann einmal oder gar nicht verkauft werden.",
                "@each lote se puede vender una vez o ninguna.",
            ),
        ),
        Say(
            "objective",
            (
                "Which bids should win so that the revenue is @most?",
                "Welche Gebote sollen gewinnen, damit der Erlös @most ist?",
                "¿Qué pujas deben ganar para que los ingresos sean lo más altos posible?",
            ),
        ),
    ),
    labels={
        "B": ("bidder", "Bieter", "postor"),
        "L": ("lot", "Posten", "lote"),
        "price": ("bid", "Gebot", "oferta"),
    },
    units={"price": "eur"},
)
