"""One job for each person, at the lowest cost."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    PEOPLE,
    TASKS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """As many people as jobs."""
    people, jobs = named(rng, size + 2, PEOPLE, language), named(rng, size + 2, TASKS, language)
    return Data.of(
        {"I": people, "J": jobs},
        hours=("I J", {(i, j): rng.randint(3, 30) for i in people for j in jobs}),
    )


def own(data: Data) -> float:
    """Every order of the jobs."""
    people, jobs = data.sets["I"], data.sets["J"]
    return min(
        sum(data.number("hours", i, j) for i, j in zip(people, order, strict=True))
        for order in itertools.permutations(jobs)
    )


FAMILY = Family(
    name="assignment",
    archetype="assignment",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "does", "I J", Domain.BINARY, ("does the job", "übernimmt die Aufgabe", "hace la tarea")
        ),
    ),
    sense="minimize",
    objective="sum(hours[i, j] * does[i, j] for i in I for j in J)",
    limits=(
        Limit("person", "sum(does[i, j] for j in J) == 1", "i in I"),
        Limit("job", "sum(does[i, j] for i in I) == 1", "j in J"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A building firm shares out the jobs of a house.",
                "Eine Baufirma verteilt die Aufgaben an einem Haus.",
                "Una constructora reparte las tareas de una casa.",
            ),
        ),
        Say(
            "data hours",
            (
                "{i} @needs <j in J|{hours[i,j]:h} for {j}>.",
                "{i} @needs <j in J|{hours[i,j]:h} für {j}>.",
                "{i} @needs <j in J|{hours[i,j]:h} para {j}>.",
            ),
            "i in I",
        ),
        Say(
            "person",
            (
                "Everybody does @exactly one of the jobs.",
                "Jede Person übernimmt @exactly eine Aufgabe.",
                "Cada persona hace @exactly una tarea.",
            ),
        ),
        Say(
            "job",
            (
                "@each job is done by one person.",
                "@each Aufgabe wird von einer Person erledigt.",
                "@each tarea la hace una sola persona.",
            ),
        ),
        Say(
            "objective",
            (
                "Who should do what so that the total of hours is @cheapest?",
                "Wer soll was tun, damit die Summe der Stunden @cheapest ist?",
                "¿Quién debe hacer qué para que el total de horas sea @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("person", "Person", "persona"),
        "J": ("job", "Aufgabe", "tarea"),
        "hours": ("hours", "Stunden", "horas"),
    },
    units={"hours": "h"},
)
