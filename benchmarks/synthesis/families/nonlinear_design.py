"""A box of a wanted volume at the lowest cost of material."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say


def draw(rng: random.Random, size: int, language: int) -> Data:
    """A square base; larger ones hold more."""
    return Data.of(
        {}, volume=rng.randint(10, 60) * size, base=rng.randint(3, 12), wall=rng.randint(1, 6)
    )


def own(data: Data) -> float:
    """Derived by hand: the side x with 2 b x^3 = 2 w V makes b 2 x^2 + 4 w V / x smallest."""
    volume, base, wall = (data.number(n) for n in ("volume", "base", "wall"))
    side = float((wall * volume / base) ** (1 / 3))
    return 2 * base * side**2 + 4 * wall * volume / side


FAMILY = Family(
    name="nonlinear_design",
    archetype="nonlinear",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "side",
            "",
            meaning=("side of the base", "Seite der Grundfläche", "lado de la base"),
            lower=0.1,
            upper=100.0,
        ),
        Decision("height", "", meaning=("height", "Höhe", "altura"), lower=0.01, upper=2000.0),
    ),
    sense="minimize",
    objective="2 * base * side ** 2 + 4 * wall * side * height",
    limits=(Limit("volume", "side ** 2 * height >= volume"),),
    sentences=(
        Say(
            "intro",
            (
                "A tank is a box with a square base.",
                "Ein Tank ist ein Quader mit quadratischer Grundfläche.",
                "Un depósito es una caja de base cuadrada.",
            ),
        ),
        Say(
            "volume",
            (
                "It must hold @atleast {volume} cubic metres.",
                "Er muss @atleast {volume} Kubikmeter fassen.",
                "Debe contener @atleast {volume} metros cúbicos.",
            ),
        ),
        Say(
            "data costs",
            (
                "A square metre of base or lid @costs {base:eur}, a square metre of wall {wall:eur}.",
                "Ein Quadratmeter Boden oder Deckel @costs {base:eur}, ein Quadratmeter Wand {wall:eur}.",
                "Un metro cuadrado de base o tapa @costs {base:eur}; uno de pared, {wall:eur}.",
            ),
        ),
        Say(
            "domain",
            (
                "Side and height may be any length.",
                "Seite und Höhe dürfen beliebig lang sein.",
                "El lado y la altura pueden tener cualquier medida.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the cost of base, lid and the four walls @cheapest?",
                "Wie werden die Kosten für Boden, Deckel und vier Wände @cheapest?",
                "¿Cómo es el coste de base, tapa y cuatro paredes @cheapest?",
            ),
        ),
    ),
    labels={
        "base": ("base", "Boden", "base"),
        "wall": ("wall", "Wand", "pared"),
        "volume": ("volume", "Volumen", "volumen"),
    },
    units={"base": "eur", "wall": "eur"},
    missing=("volume", "wall", "base"),
)
