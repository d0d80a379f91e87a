"""Shifts of five days in a row that cover a week."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say
from optwright.benchmarks.synthesis.names import DAYS, in_order
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """A week is always seven days; a larger one needs more people."""
    days = in_order(7, DAYS, language)
    return Data.of(
        {"D": days},
        need=("D", [rng.randint(2 * size, 6 * size + 2) for _ in days]),
        pay=("D", [rng.randint(3, 5) * 100 + (50 if d > 2 else 0) for d in range(7)]),
    )


FAMILY = Family(
    name="rostering",
    archetype="staffing",
    draw=draw,
    decisions=(
        Decision(
            "start",
            "D",
            Domain.INTEGER,
            (
                "people whose week begins on the day",
                "Personen, deren Woche an dem Tag beginnt",
                "personas cuya semana empieza ese día",
            ),
        ),
    ),
    sense="minimize",
    objective="sum(pay[d] * start[d] for d in D)",
    limits=(
        Limit(
            "need",
            "start[d] + start[prev_cyclic(d)] + start[prev_cyclic(d, 2)] + start[prev_cyclic(d, 3)] + start[prev_cyclic(d, 4)] >= need[d]",
            "d in D",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A hospital ward plans its nurses; everybody works five days in a row and then has two days off, week after week.",
                "Eine Station plant ihre Pflegekräfte; jede arbeitet fünf Tage am Stück und hat dann zwei Tage frei, Woche für Woche.",
                "Una planta de hospital planifica su enfermería; cada persona trabaja cinco días seguidos y libra dos, semana tras semana.",
            ),
        ),
        Say(
            "need",
            (
                "On {d}, @atleast {need[d]} nurses are needed.",
                "Am {d} sind @atleast {need[d]} Pflegekräfte nötig.",
                "El {d} hacen falta @atleast {need[d]} personas.",
            ),
            "d in D",
        ),
        Say(
            "data pay",
            (
                "Whoever begins on {d} @costs {pay[d]:eur} a week.",
                "Wer am {d} beginnt, @costs {pay[d]:eur} in der Woche.",
                "Quien empieza el {d} @costs {pay[d]:eur} a la semana.",
            ),
            "d in D",
        ),
        Say(
            "objective",
            (
                "How many should begin on which day so that the weekly pay is @cheapest?",
                "Wie viele sollen an welchem Tag beginnen, damit die Wochenlöhne @cheapest sind?",
                "¿Cuántas deben empezar cada día para que el pago semanal sea @cheapest?",
            ),
        ),
    ),
    labels={
        "D": ("day", "Tag", "día"),
        "need": ("need", "Bedarf", "necesidad"),
        "pay": ("pay", "Lohn", "pago"),
    },
    units={"pay": "eur"},
    missing=("need",),
)
