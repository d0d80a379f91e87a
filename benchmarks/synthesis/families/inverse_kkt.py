"""Linear programs made around their optimum, by the conditions of Karush, Kuhn and Tucker."""

import random
from dataclasses import replace

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Plan x >= 0 and prices y >= 0; tight resources have a price, made goods a profit of exactly
    what they use at these prices, the others less."""
    goods, stuff = (
        named(rng, size + 2, LETTERS, language),
        named(
            rng,
            size + 1,
            (
                "copper, zinc, tin, nickel, lead",
                "Kupfer, Zink, Zinn, Nickel, Blei",
                "cobre, cinc, estaño, níquel, plomo",
            ),
            language,
        ),
    )
    use = {(j, i): rng.randint(1, 9) for j in goods for i in stuff}
    made = [rng.random() < 0.7 for _ in goods]
    made[0] = True
    plan = {j: rng.randint(5, 40) if yes else 0 for j, yes in zip(goods, made, strict=True)}
    tight = [rng.random() < 0.7 for _ in stuff]
    tight[0] = True
    price = {i: rng.randint(1, 6) if yes else 0 for i, yes in zip(stuff, tight, strict=True)}
    profit, available = {}, {}
    for j in goods:
        worth = sum(price[i] * use[j, i] for i in stuff)
        profit[j] = worth if plan[j] else max(1, worth - rng.randint(1, 9))
        if not plan[j] and profit[j] >= worth:
            plan[j], profit[j] = rng.randint(5, 40), worth
    for i in stuff:
        available[i] = sum(use[j, i] * plan[j] for j in goods) + (
            0 if price[i] else rng.randint(5, 60)
        )
    made_around = Data.of(
        {"J": goods, "I": stuff}, profit=("J", profit), use=("J I", use), available=("I", available)
    )
    return replace(made_around, known=float(sum(profit[j] * plan[j] for j in goods)))


FAMILY = Family(
    name="inverse_kkt",
    archetype="product_mix",
    draw=draw,
    own=lambda data: data.known,
    decisions=(
        Decision("make", "J", meaning=("tonnes made", "hergestellte Tonnen", "toneladas hechas")),
    ),
    sense="maximize",
    objective="sum(profit[j] * make[j] for j in J)",
    limits=(Limit("available", "sum(use[j, i] * make[j] for j in J) <= available[i]", "i in I"),),
    sentences=(
        Say(
            "intro",
            (
                "A foundry makes alloys.",
                "Eine Gießerei stellt Legierungen her.",
                "Una fundición produce aleaciones.",
            ),
        ),
        Say(
            "data profit",
            (
                "A tonne of alloy {j} @earns {profit[j]:eur}.",
                "Eine Tonne der Legierung {j} @earns {profit[j]:eur}.",
                "Una tonelada de la aleación {j} @earns {profit[j]:eur}.",
            ),
            "j in J",
        ),
        Say(
            "data use",
            (
                "A tonne of {j} takes <i in I|{use[j,i]:kg} of {i}>.",
                "Eine Tonne {j} braucht <i in I|{use[j,i]:kg} {i}>.",
                "Una tonelada de {j} lleva <i in I|{use[j,i]:kg} de {i}>.",
            ),
            "j in J",
        ),
        Say(
            "available",
            (
                "Of {i} there are @atmost {available[i]:kg}.",
                "Von {i} sind @atmost {available[i]:kg} da.",
                "De {i} hay @atmost {available[i]:kg}.",
            ),
            "i in I",
        ),
        Say(
            "domain",
            (
                "Any part of a tonne can be made.",
                "Auch Teile einer Tonne sind möglich.",
                "Se puede hacer cualquier fracción de tonelada.",
            ),
        ),
        Say(
            "objective",
            (
                "What should be made so that the profit is @most?",
                "Was ist herzustellen, damit der Gewinn @most ist?",
                "¿Qué hay que hacer para que el beneficio sea @most?",
            ),
        ),
    ),
    labels={
        "J": ("alloy", "Legierung", "aleación"),
        "I": ("metal", "Metall", "metal"),
        "profit": ("profit", "Gewinn", "beneficio"),
        "use": ("kg per tonne", "kg je Tonne", "kg por tonelada"),
        "available": ("available", "vorhanden", "disponible"),
    },
    units={"profit": "eur", "use": "kg", "available": "kg"},
    missing=("available",),
)
