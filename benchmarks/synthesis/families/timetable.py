"""Lessons in hours, with teachers who cannot be in two places."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """As many hours as two thirds of the lessons, and few clashes."""
    lessons = named(
        rng,
        size + 3,
        (
            "maths, music, history, biology, art, French, sport, physics",
            "Mathematik, Musik, Geschichte, Biologie, Kunst, Französisch, Sport, Physik",
            "matemáticas, música, historia, biología, arte, francés, deporte, física",
        ),
        language,
    )
    hours = range(1, (2 * len(lessons)) // 3 + 1)
    pairs = list(itertools.combinations(lessons, 2))
    clash = sorted(rng.sample(pairs, size + 1), key=pairs.index)
    return Data.of(
        {"L": lessons, "T": hours, "X": clash},
        liking=("L T", {(k, t): rng.randint(1, 9) for k in lessons for t in hours}),
        rooms=rng.randint(2, 3),
    )


def own(data: Data) -> float | None:
    """Every timetable."""
    lessons, hours = data.sets["L"], data.sets["T"]
    best = -math.inf
    for plan in itertools.product(hours, repeat=len(lessons)):
        at = dict(zip(lessons, plan, strict=True))
        full = max(plan.count(t) for t in hours) > data.number("rooms")
        if not full and all(at[a] != at[b] for a, b in data.sets["X"]):
            best = max(best, sum(data.number("liking", k, t) for k, t in at.items()))
    return None if best == -math.inf else best


FAMILY = Family(
    name="timetable",
    archetype="colouring",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "at",
            "L T",
            Domain.BINARY,
            ("lesson is in the hour", "Stunde liegt auf dem Platz", "la clase va a esa hora"),
        ),
    ),
    sense="maximize",
    objective="sum(liking[k, t] * at[k, t] for k in L for t in T)",
    limits=(
        Limit("once", "sum(at[k, t] for t in T) == 1", "k in L"),
        Limit("clash", "at[a, t] + at[b, t] <= 1", "(a, b) in X, t in T"),
        Limit("rooms", "sum(at[k, t] for k in L) <= rooms", "t in T"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A school plans one morning.",
                "Eine Schule plant einen Vormittag.",
                "Una escuela planifica una mañana.",
            ),
        ),
        Say(
            "data liking",
            (
                "The wishes for {k} are <t in T|{liking[k,t]} points for period {t}>.",
                "Die Wünsche für {k}: <t in T|{liking[k,t]} Punkte für Block {t}>.",
                "Los deseos para {k}: <t in T|{liking[k,t]} puntos para el bloque {t}>.",
            ),
            "k in L",
        ),
        Say(
            "once",
            (
                "@each subject is taught once.",
                "Jedes Fach wird einmal unterrichtet.",
                "@each asignatura se da una vez.",
            ),
        ),
        Say(
            "clash",
            (
                "These share a teacher and cannot be in the same period: <a, b in X;|{a} with {b}>.",
                "Diese haben dieselbe Lehrkraft und können nicht im selben Block liegen: <a, b in X;|{a} mit {b}>.",
                "Comparten profesor y no pueden ir en el mismo bloque: <a, b in X;|{a} con {b}>.",
            ),
        ),
        Say(
            "rooms",
            (
                "There are @atmost {rooms} rooms in a period.",
                "In einem Block sind @atmost {rooms} Räume frei.",
                "En un bloque hay @atmost {rooms} aulas.",
            ),
        ),
        Say(
            "objective",
            (
                "Which plan makes the sum of points @most?",
                "Welcher Plan macht die Summe der Punkte @most?",
                "¿Qué plan hace que la suma de puntos sea @most?",
            ),
        ),
    ),
    labels={
        "L": ("subject", "Fach", "asignatura"),
        "T": ("period", "Block", "bloque"),
        "X": ("one, other", "eines, anderes", "una, otra"),
        "liking": ("points", "Punkte", "puntos"),
    },
    missing=("rooms",),
)
