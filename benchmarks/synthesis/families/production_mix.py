"""What to make of scarce hours and material: the textbook's first program."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named
from optwright.solvers.model.formulation import Domain

PRODUCTS = (
    "chair, table, shelf, bench, cabinet, stool, desk, bed",
    "Stuhl, Tisch, Regal, Bank, Schrank, Hocker, Schreibtisch, Bett",
    "silla, mesa, estantería, banco, armario, taburete, escritorio, cama",
)
STEPS = (
    "sawing, assembly, painting, packing",
    "Zuschnitt, Montage, Lackierung, Verpackung",
    "corte, montaje, pintura, embalaje",
)


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Hours are enough for about ten pieces of each product."""
    products = named(rng, size + 2, PRODUCTS, language)
    steps = named(rng, size + 1, STEPS, language)
    hours = {(p, s): rng.randint(2, 9) for p in products for s in steps}
    return Data.of(
        {"P": products, "S": steps},
        profit=("P", [rng.randint(20, 120) for _ in products]),
        hours=("P S", hours),
        available=("S", [sum(hours[p, s] for p in products) * rng.randint(6, 12) for s in steps]),
        least=rng.randint(1, 3),
        most=rng.randint(15, 40),
    )


FAMILY = Family(
    name="production_mix",
    archetype="product_mix",
    draw=draw,
    decisions=(
        Decision("make", "P", Domain.INTEGER, ("pieces made", "gefertigte Stück", "piezas hechas")),
    ),
    sense="maximize",
    objective="sum(profit[p] * make[p] for p in P)",
    limits=(
        Limit("available", "sum(hours[p, s] * make[p] for p in P) <= available[s]", "s in S"),
        Limit("least", "make[p] >= least", "p in P"),
        Limit("most", "sum(make[p] for p in P) <= most"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A workshop [makes~builds~produces] furniture and plans the next month.",
                "Eine Werkstatt [baut~fertigt] Möbel und plant den nächsten Monat.",
                "Un taller [hace~fabrica] muebles y planifica el próximo mes.",
            ),
        ),
        Say(
            "data profit",
            (
                "One {p} @earns {profit[p]:eur}.",
                "Ein Stück {p} @earns {profit[p]:eur} Gewinn.",
                "Una unidad de {p} @earns {profit[p]:eur} de beneficio.",
            ),
            "p in P",
        ),
        Say(
            "data hours",
            (
                "One {p} @needs <s in S|{hours[p,s]:h} of {s}>.",
                "Ein Stück {p} @needs <s in S|{hours[p,s]:h} {s}>.",
                "Una unidad de {p} @needs <s in S|{hours[p,s]:h} de {s}>.",
            ),
            "p in P",
        ),
        Say(
            "available",
            (
                "For {s} there are @atmost {available[s]:h} in the month.",
                "Für {s} stehen im Monat @atmost {available[s]:h} zur Verfügung.",
                "Para {s} hay @atmost {available[s]:h} al mes.",
            ),
            "s in S",
        ),
        Say(
            "least",
            (
                "Of each product @atleast {least:pc} must be made.",
                "Von jedem Produkt sind @atleast {least:pc} zu fertigen.",
                "De cada producto hay que hacer @atleast {least:pc}.",
            ),
        ),
        Say(
            "most",
            (
                "The warehouse takes @atmost {most:pc} altogether.",
                "Das Lager fasst insgesamt @atmost {most:pc}.",
                "En el almacén caben en total @atmost {most:pc}.",
            ),
        ),
        Say(
            "domain",
            (
                "@only whole pieces are made.",
                "Es werden @only ganze Stücke gefertigt.",
                "@only se hacen piezas enteras.",
            ),
        ),
        Say(
            "objective",
            (
                "How many of each should be made so that the total profit is @most?",
                "Wie viele Stück von jedem sind zu fertigen, damit der gesamte Gewinn @most ist?",
                "¿Cuántas unidades de cada uno hay que hacer para que el beneficio total sea @most?",
            ),
        ),
    ),
    labels={
        "P": ("product", "Produkt", "producto"),
        "S": ("step", "Arbeitsschritt", "proceso"),
        "profit": ("profit", "Gewinn", "beneficio"),
        "hours": ("hours", "Stunden", "horas"),
        "available": ("available hours", "verfügbare Stunden", "horas disponibles"),
        "least": ("minimum", "Mindestmenge", "mínimo"),
        "most": ("maximum", "Höchstmenge", "máximo"),
    },
    units={"profit": "eur", "hours": "h", "available": "h"},
    missing=("most", "least"),
    contrary=(
        Limit("contrary", "sum(make[p] for p in P) >= most + 5"),
        Say(
            "contrary",
            (
                "In all, @atleast 5 pieces more than the warehouse takes have to be made.",
                "Insgesamt sind @atleast 5 Stück mehr zu fertigen, als das Lager fasst.",
                "En total hay que hacer @atleast 5 piezas más de las que caben en el almacén.",
            ),
        ),
    ),
    vague=Vague(
        "least",
        (
            "@atleast {least:pc} of the products must be made.",
            "Es sind @atleast {least:pc} der Produkte zu fertigen.",
            "Hay que hacer @atleast {least:pc} de los productos.",
        ),
        {"least": Limit("least", "sum(make[p] for p in P) >= least")},
    ),
)
