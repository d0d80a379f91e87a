"""Pairs of people who work well together."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    PEOPLE,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Everybody could be paired with everybody."""
    people = named(rng, size + 4, PEOPLE, language)
    pairs = list(itertools.combinations(people, 2))
    return Data.of(
        {"I": people, "E": pairs},
        score=("E", {pair: rng.randint(1, 20) for pair in pairs}),
        most=rng.randint(2, len(people) // 2),
    )


def own(data: Data) -> float:
    """Every set of pairs that share nobody."""
    score = data.values["score"].cells

    def best(free: tuple[str, ...], left: int) -> float:
        if len(free) < 2 or not left:
            return 0.0
        first, *rest = free
        options = [best(tuple(rest), left)]
        options += [
            score[first, other] + best(tuple(r for r in rest if r != other), left - 1)
            for other in rest
        ]
        return max(options)

    return best(data.sets["I"], int(data.number("most")))


FAMILY = Family(
    name="matching",
    archetype="assignment",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "pair", "E", Domain.BINARY, ("work together", "arbeiten zusammen", "trabajan juntas")
        ),
    ),
    sense="maximize",
    objective="sum(score[a, b] * pair[a, b] for (a, b) in E)",
    limits=(
        Limit("one", "sum(pair[a, b] for (a, b) in E if a == i or b == i) <= 1", "i in I"),
        Limit("most", "sum(pair[a, b] for (a, b) in E) <= most"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A lab forms teams of two from <i in I|{i}>.",
                "Ein Labor bildet Zweierteams aus <i in I|{i}>.",
                "Un laboratorio forma parejas entre <i in I|{i}>.",
            ),
        ),
        Say(
            "data score",
            (
                "{a} and {b} would score {score[a,b]}.",
                "{a} und {b} kämen zusammen auf {score[a,b]}.",
                "{a} y {b} lograrían {score[a,b]}.",
            ),
            "a, b in E",
        ),
        Say(
            "one",
            (
                "Nobody is in more than one team; somebody may be left out.",
                "Niemand ist in mehr als einem Team; es darf jemand übrig bleiben.",
                "Nadie está en más de una pareja; alguien puede quedar fuera.",
            ),
        ),
        Say(
            "most",
            (
                "There is room for @atmost {most} teams.",
                "Platz ist für @atmost {most} Teams.",
                "Hay sitio para @atmost {most} parejas.",
            ),
        ),
        Say(
            "objective",
            (
                "Which teams make the total score @most?",
                "Welche Teams machen die Gesamtpunktzahl @most?",
                "¿Qué parejas hacen que la puntuación total sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("person", "Person", "persona"),
        "E": ("one, other", "eine, andere", "una, otra"),
        "score": ("score", "Punkte", "puntos"),
    },
    missing=("most",),
)
