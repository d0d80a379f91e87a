"""Water from two suppliers whose bills bend with the amount."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say


def draw(rng: random.Random, size: int, language: int) -> Data:
    """One bill gets steeper, the other one flatter."""
    points = range(1, size + 3)
    at = [0]
    steep, flat = [0], [0]
    first, second = rng.randint(2, 5), rng.randint(6, 9)
    for k in points:
        step = rng.randint(10, 30)
        at.append(at[-1] + step)
        steep.append(steep[-1] + step * (first + k))
        flat.append(flat[-1] + step * max(1, second - k))
    return Data.of(
        {"K": range(len(at))},
        amount=("K", at),
        city=("K", steep),
        river=("K", flat),
        need=rng.randint(at[-1] // 2, at[-1]),
    )


FAMILY = Family(
    name="piecewise_tariff",
    archetype="piecewise",
    draw=draw,
    decisions=(
        Decision(
            "a",
            "",
            meaning=(
                "cubic metres from the city",
                "Kubikmeter von der Stadt",
                "metros cúbicos de la ciudad",
            ),
            upper="amount[last(K)]",
        ),
        Decision(
            "b",
            "",
            meaning=(
                "cubic metres from the river board",
                "Kubikmeter vom Flussverband",
                "metros cúbicos del río",
            ),
            upper="amount[last(K)]",
        ),
    ),
    sense="minimize",
    objective="piecewise(a, (amount[k], city[k]) for k in K) + piecewise(b, (amount[k], river[k]) for k in K)",
    limits=(Limit("need", "a + b >= need"),),
    sentences=(
        Say(
            "intro",
            (
                "A brewery takes water from the city and from the river board.",
                "Eine Brauerei bezieht Wasser von der Stadt und vom Flussverband.",
                "Una cervecera toma agua de la ciudad y de la junta del río.",
            ),
        ),
        Say(
            "data bill",
            (
                "For {amount[k]} cubic metres the city asks {city[k]:eur} and the river board {river[k]:eur}.",
                "Für {amount[k]} Kubikmeter verlangt die Stadt {city[k]:eur} und der Flussverband {river[k]:eur}.",
                "Por {amount[k]} metros cúbicos la ciudad pide {city[k]:eur} y la junta {river[k]:eur}.",
            ),
            "k in K",
        ),
        Say(
            "domain",
            (
                "Between these amounts a bill grows in a straight line, and no supplier gives more than the largest of them.",
                "Zwischen diesen Mengen wächst eine Rechnung linear, und mehr als die größte gibt niemand ab.",
                "Entre esas cantidades la factura crece en línea recta, y nadie da más que la mayor.",
            ),
        ),
        Say(
            "need",
            (
                "The brewery @needs @atleast {need} cubic metres.",
                "Die Brauerei @needs @atleast {need} Kubikmeter.",
                "La cervecera @needs @atleast {need} metros cúbicos.",
            ),
        ),
        Say(
            "objective",
            (
                "How much should it take from each so that both bills together are @cheapest?",
                "Wie viel soll sie von beiden nehmen, damit die Rechnungen zusammen @cheapest sind?",
                "¿Cuánto debe tomar de cada uno para que las dos facturas juntas sean lo más bajas posible?",
            ),
        ),
    ),
    labels={
        "K": ("line", "Zeile", "línea"),
        "amount": ("cubic metres", "Kubikmeter", "metros cúbicos"),
        "city": ("city", "Stadt", "ciudad"),
        "river": ("river board", "Flussverband", "junta del río"),
    },
    units={"city": "eur", "river": "eur"},
    missing=("need",),
    contrary=(
        Limit("contrary", "a + b <= need - 1"),
        Say(
            "contrary",
            (
                "Its tank must stay at least 1 cubic metre below that.",
                "Ihr Tank muss mindestens 1 Kubikmeter darunter bleiben.",
                "Su depósito debe quedar al menos 1 metro cúbico por debajo.",
            ),
        ),
    ),
)
