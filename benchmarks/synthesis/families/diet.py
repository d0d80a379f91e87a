"""The cheapest basket that has enough of everything."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named
from optwright.benchmarks.synthesis.names import FOODS

NUTRIENTS = (
    "protein, iron, fibre, calcium",
    "Protein, Eisen, Ballaststoffe, Kalzium",
    "proteína, hierro, fibra, calcio",
)


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Any two foods together can reach what is needed."""
    foods, nutrients = (
        named(rng, size + 2, FOODS, language),
        named(rng, size + 1, NUTRIENTS, language),
    )
    content = {(f, n): rng.randint(2, 20) for f in foods for n in nutrients}
    return Data.of(
        {"F": foods, "N": nutrients},
        price=("F", [rng.randint(2, 9) for _ in foods]),
        content=("F N", content),
        need=("N", [rng.randint(20, 60) for _ in nutrients]),
        most=rng.randint(3, 6),
    )


FAMILY = Family(
    name="diet",
    archetype="blending",
    draw=draw,
    decisions=(Decision("buy", "F", meaning=("kg bought", "gekaufte kg", "kg comprados")),),
    sense="minimize",
    objective="sum(price[f] * buy[f] for f in F)",
    limits=(
        Limit("need", "sum(content[f, n] * buy[f] for f in F) >= need[n]", "n in N"),
        Limit("most", "buy[f] <= most", "f in F"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A camp kitchen buys food for a week.",
                "Eine Lagerküche kauft für eine Woche ein.",
                "La cocina de un campamento compra para una semana.",
            ),
        ),
        Say(
            "data price",
            (
                "One kilogram of {f} @costs {price[f]:eur}.",
                "Ein Kilogramm {f} @costs {price[f]:eur}.",
                "Un kilogramo de {f} @costs {price[f]:eur}.",
            ),
            "f in F",
        ),
        Say(
            "data content",
            (
                "A kilogram of {f} holds <n in N|{content[f,n]} units of {n}>.",
                "Ein Kilogramm {f} enthält <n in N|{content[f,n]} Einheiten {n}>.",
                "Un kilogramo de {f} contiene <n in N|{content[f,n]} unidades de {n}>.",
            ),
            "f in F",
        ),
        Say(
            "need",
            (
                "@atleast {need[n]} units of {n} are needed.",
                "Es sind @atleast {need[n]} Einheiten {n} nötig.",
                "Hacen falta @atleast {need[n]} unidades de {n}.",
            ),
            "n in N",
        ),
        Say(
            "most",
            (
                "Of each food @atmost {most:kg} can be stored.",
                "Von jedem Lebensmittel lassen sich @atmost {most:kg} lagern.",
                "De cada alimento se pueden guardar @atmost {most:kg}.",
            ),
        ),
        Say(
            "objective",
            (
                "What should be bought so that the total cost is @cheapest?",
                "Was ist zu kaufen, damit die Gesamtkosten @cheapest sind?",
                "¿Qué hay que comprar para que el coste total sea @cheapest?",
            ),
        ),
    ),
    labels={
        "F": ("food", "Lebensmittel", "alimento"),
        "N": ("nutrient", "Nährstoff", "nutriente"),
        "price": ("price", "Preis", "precio"),
        "content": ("content", "Gehalt", "contenido"),
        "need": ("need", "Bedarf", "necesidad"),
    },
    units={"price": "eur", "most": "kg"},
    missing=("most",),
    vague=Vague(
        "most",
        (
            "@atmost {most:kg} of the foods can be stored.",
            "Von den Lebensmitteln lassen sich @atmost {most:kg} lagern.",
            "De los alimentos se pueden guardar @atmost {most:kg}.",
        ),
        {"most": Limit("most", "sum(buy[f] for f in F) <= most")},
    ),
)
