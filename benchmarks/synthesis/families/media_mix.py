"""Money for advertising, where a little is not taken."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named


def draw(rng: random.Random, size: int, language: int) -> Data:
    """The budget is below the sum of all largest amounts."""
    media = named(
        rng,
        size + 2,
        (
            "radio, television, posters, newspapers, podcasts, cinema",
            "Radio, Fernsehen, Plakate, Zeitungen, Podcasts, Kino",
            "radio, televisión, carteles, periódicos, pódcast, cine",
        ),
        language,
    )
    least = [rng.randint(5, 15) for _ in media]
    most = [k + rng.randint(10, 40) for k in least]
    return Data.of(
        {"I": media},
        reach=("I", [rng.randint(2, 12) for _ in media]),
        least=("I", least),
        most=("I", most),
        budget=round(sum(most) * rng.uniform(0.3, 0.7)),
    )


FAMILY = Family(
    name="media_mix",
    archetype="product_mix",
    draw=draw,
    decisions=(
        Decision(
            "spend",
            "I",
            meaning=("thousand euros spent", "ausgegebene Tausend Euro", "miles de euros gastados"),
            lower="least[i]",
            upper="most[i]",
            forall="i in I",
            semicontinuous=True,
        ),
    ),
    sense="maximize",
    objective="sum(reach[i] * spend[i] for i in I)",
    limits=(Limit("budget", "sum(spend[i] for i in I) <= budget"),),
    sentences=(
        Say(
            "intro",
            (
                "A museum advertises its new show.",
                "Ein Museum wirbt für seine neue Ausstellung.",
                "Un museo anuncia su nueva exposición.",
            ),
        ),
        Say(
            "data media",
            (
                "With {i}, a thousand euros reach {reach[i]} thousand people; one spends nothing there, or between {least[i]} and {most[i]} thousand euros.",
                "Mit {i} erreichen tausend Euro {reach[i]} Tausend Menschen; man gibt dort nichts aus oder zwischen {least[i]} und {most[i]} Tausend Euro.",
                "Con {i}, mil euros llegan a {reach[i]} mil personas; no se gasta nada o entre {least[i]} y {most[i]} mil euros.",
            ),
            "i in I",
        ),
        Say(
            "budget",
            (
                "The budget is @atmost {budget} thousand euros.",
                "Das Budget beträgt @atmost {budget} Tausend Euro.",
                "El presupuesto es de @atmost {budget} mil euros.",
            ),
        ),
        Say(
            "objective",
            (
                "How should it be spent so that the number of people reached is @most?",
                "Wie ist es auszugeben, damit die Zahl der erreichten Menschen @most ist?",
                "¿Cómo hay que gastarlo para que el número de personas alcanzadas sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("medium", "Medium", "medio"),
        "reach": ("reach", "Reichweite", "alcance"),
        "least": ("least", "mindestens", "mínimo"),
        "most": ("most", "höchstens", "máximo"),
    },
    missing=("budget",),
)
