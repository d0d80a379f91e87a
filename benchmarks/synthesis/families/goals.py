"""Wishes that cannot all be met: miss them as little as possible."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Goals are above what the hours allow."""
    goods = named(rng, size + 1, LETTERS, language)
    hours = [rng.randint(2, 9) for _ in goods]
    goal = [rng.randint(8, 25) for _ in goods]
    need = sum(h * g for h, g in zip(hours, goal, strict=True))
    return Data.of(
        {"P": goods},
        hours=("P", hours),
        goal=("P", goal),
        weight=("P", [rng.randint(1, 6) for _ in goods]),
        open=round(need * rng.uniform(0.5, 0.85)),
    )


FAMILY = Family(
    name="goals",
    archetype="goals",
    draw=draw,
    decisions=(
        Decision("make", "P", meaning=("pieces made", "gefertigte Stück", "piezas hechas")),
        Decision(
            "short",
            "P",
            meaning=("pieces short of the goal", "fehlende Stück", "piezas que faltan"),
        ),
    ),
    sense="minimize",
    objective="sum(weight[p] * short[p] for p in P)",
    limits=(
        Limit("goal", "make[p] + short[p] >= goal[p]", "p in P"),
        Limit("open", "sum(hours[p] * make[p] for p in P) <= open"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A potter has promised more than there is time for.",
                "Ein Töpfer hat mehr versprochen, als die Zeit hergibt.",
                "Un alfarero ha prometido más de lo que permite el tiempo.",
            ),
        ),
        Say(
            "data goods",
            (
                "A vase of type {p} takes {hours[p]:h}, and every vase that is missing @costs {weight[p]} points.",
                "Eine Vase vom Typ {p} dauert {hours[p]:h}, und jede fehlende @costs {weight[p]} Punkte.",
                "Un jarrón del tipo {p} lleva {hours[p]:h}, y cada uno que falte @costs {weight[p]} puntos.",
            ),
            "p in P",
        ),
        Say(
            "goal",
            (
                "Of type {p}, {goal[p]} vases are wished for; whatever is made less is missing.",
                "Vom Typ {p} sind {goal[p]} Vasen gewünscht; was weniger gefertigt wird, fehlt.",
                "Del tipo {p} se desean {goal[p]} jarrones; los que no se hagan faltan.",
            ),
            "p in P",
        ),
        Say(
            "open",
            (
                "There are @atmost {open:h} of work.",
                "Es gibt @atmost {open:h} Arbeit.",
                "Hay @atmost {open:h} de trabajo.",
            ),
        ),
        Say(
            "domain",
            (
                "Parts of a vase may be left for later, so fractions are fine.",
                "Angefangene Vasen zählen anteilig, Brüche sind also erlaubt.",
                "Un jarrón puede quedar a medias, así que valen fracciones.",
            ),
        ),
        Say(
            "objective",
            (
                "What keeps the sum of points for missing vases @cheapest?",
                "Wie bleibt die Summe der Punkte für fehlende Vasen @cheapest?",
                "¿Cómo queda la suma de puntos por jarrones que faltan @cheapest?",
            ),
        ),
    ),
    labels={
        "P": ("type", "Typ", "tipo"),
        "hours": ("hours", "Stunden", "horas"),
        "goal": ("goal", "Ziel", "objetivo"),
        "weight": ("points", "Punkte", "puntos"),
    },
    units={"hours": "h", "open": "h"},
    missing=("open",),
)
