"""A mixture of a wanted quality at the lowest cost."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named

OILS = (
    "light crude, heavy crude, naphtha, residue, condensate",
    "Leichtöl, Schweröl, Naphtha, Rückstand, Kondensat",
    "crudo ligero, crudo pesado, nafta, residuo, condensado",
)


def draw(rng: random.Random, size: int, language: int) -> Data:
    """The best oil is above the wanted quality and there is enough of it."""
    oils = named(rng, size + 2, OILS, language)
    quality = [rng.randint(70, 100) for _ in oils]
    quality[0] = rng.randint(96, 105)
    amount = rng.randint(40, 120)
    stock = [rng.randint(amount // 3, amount) for _ in oils]
    stock[0] = amount + rng.randint(1, 20)
    return Data.of(
        {"I": oils},
        price=("I", [q // 2 + rng.randint(-8, 12) for q in quality]),
        quality=("I", quality),
        stock=("I", stock),
        amount=amount,
        least=rng.randint(84, 94),
        share=rng.choice([0.5, 0.6, 0.7, 0.8]),
    )


FAMILY = Family(
    name="blending",
    archetype="blending",
    draw=draw,
    decisions=(
        Decision("use", "I", meaning=("tonnes used", "verwendete Tonnen", "toneladas usadas")),
    ),
    sense="minimize",
    objective="sum(price[i] * use[i] for i in I)",
    limits=(
        Limit("amount", "sum(use[i] for i in I) == amount"),
        Limit("quality", "sum(quality[i] * use[i] for i in I) >= least * sum(use[i] for i in I)"),
        Limit("stock", "use[i] <= stock[i]", "i in I"),
        Limit("share", "use[i] <= share * sum(use[k] for k in I)", "i in I"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A refinery mixes fuel from several oils.",
                "Eine Raffinerie mischt Kraftstoff aus mehreren Ölen.",
                "Una refinería mezcla combustible a partir de varios crudos.",
            ),
        ),
        Say(
            "data oils",
            (
                "A tonne of {i} @costs {price[i]:eur} and has grade {quality[i]}; {stock[i]:t} are in stock.",
                "Eine Tonne {i} @costs {price[i]:eur} und hat die Güte {quality[i]}; vorrätig sind {stock[i]:t}.",
                "Una tonelada de {i} @costs {price[i]:eur} y tiene grado {quality[i]}; hay {stock[i]:t} en existencias.",
            ),
            "i in I",
        ),
        Say(
            "amount",
            (
                "@exactly {amount:t} of fuel must be made.",
                "Es sind @exactly {amount:t} Kraftstoff herzustellen.",
                "Hay que producir @exactly {amount:t} de combustible.",
            ),
        ),
        Say(
            "quality",
            (
                "The grade of the mixture, weighted by amounts, must be @atleast {least}.",
                "Die Güte der Mischung, nach Mengen gewichtet, muss @atleast {least} betragen.",
                "El grado de la mezcla, ponderado por cantidades, debe ser @atleast {least}.",
            ),
        ),
        Say(
            "stock",
            (
                "No more of an oil can be used than is in stock.",
                "Von keinem Öl kann mehr verwendet werden, als vorrätig ist.",
                "De ningún crudo se puede usar más de lo que hay en existencias.",
            ),
        ),
        Say(
            "share",
            (
                "No oil may make up more than {share:pct} of the mixture.",
                "Kein Öl darf mehr als {share:pct} der Mischung ausmachen.",
                "Ningún crudo puede suponer más del {share:pct} de la mezcla.",
            ),
        ),
        Say(
            "objective",
            (
                "Which mixture keeps the cost @cheapest?",
                "Welche Mischung hält die Kosten @cheapest?",
                "¿Qué mezcla mantiene el coste @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("oil", "Öl", "crudo"),
        "price": ("price", "Preis", "precio"),
        "quality": ("grade", "Güte", "grado"),
        "stock": ("stock", "Vorrat", "existencias"),
    },
    units={"price": "eur", "stock": "t", "amount": "t"},
    missing=("amount", "least"),
    contrary=(
        Limit("contrary", "sum(use[i] for i in I) <= amount - 1"),
        Say(
            "contrary",
            (
                "On the other hand the tank must stay at least 1 tonne below that amount.",
                "Andererseits muss der Tank mindestens 1 Tonne unter dieser Menge bleiben.",
                "Por otro lado, el depósito debe quedar al menos 1 tonelada por debajo de esa cantidad.",
            ),
        ),
    ),
    vague=Vague(
        "share",
        (
            "Of no oil may more than {share:pct} be used.",
            "Von keinem Öl dürfen mehr als {share:pct} verwendet werden.",
            "De ningún crudo se puede usar más del {share:pct}.",
        ),
        {"share": Limit("share", "use[i] <= share * stock[i]", "i in I")},
    ),
)
