"""Two aims at once, weighed against each other."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Projects that earn more also emit more."""
    projects = named(rng, size + 4, LETTERS, language)
    gain = [rng.randint(10, 60) for _ in projects]
    budget_of = [rng.randint(5, 30) for _ in projects]
    return Data.of(
        {"I": projects},
        gain=("I", gain),
        dirt=("I", [g // 2 + rng.randint(0, 20) for g in gain]),
        cost=("I", budget_of),
        budget=sum(budget_of) // 2,
        weight=rng.choice([0.5, 0.8, 1.2, 1.5]),
    )


def own(data: Data) -> float:
    """Every set of projects."""
    projects, weight = data.sets["I"], data.number("weight")
    sets = (c for k in range(len(projects) + 1) for c in itertools.combinations(projects, k))
    kept = (c for c in sets if sum(data.number("cost", i) for i in c) <= data.number("budget"))
    return max(
        sum(data.number("gain", i) - weight * data.number("dirt", i) for i in c) for c in kept
    )


FAMILY = Family(
    name="multi_objective",
    archetype="goals",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "do",
            "I",
            Domain.BINARY,
            ("project is done", "Projekt wird gemacht", "se hace el proyecto"),
        ),
    ),
    sense="maximize",
    objective="sum(gain[i] * do[i] for i in I) - weight * sum(dirt[i] * do[i] for i in I)",
    limits=(Limit("budget", "sum(cost[i] * do[i] for i in I) <= budget"),),
    sentences=(
        Say(
            "intro",
            (
                "A town weighs projects by what they earn and what they emit.",
                "Eine Stadt wägt Projekte nach Ertrag und Ausstoß ab.",
                "Una ciudad valora proyectos según lo que rinden y lo que emiten.",
            ),
        ),
        Say(
            "data projects",
            (
                "Project {i} earns {gain[i]} thousand euros, emits {dirt[i]:t} and needs {cost[i]} places of the staff.",
                "Projekt {i}: Ertrag {gain[i]} Tausend Euro, Ausstoß {dirt[i]:t}, Personalstellen {cost[i]}.",
                "El proyecto {i} rinde {gain[i]} mil euros, emite {dirt[i]:t} y ocupa {cost[i]} puestos.",
            ),
            "i in I",
        ),
        Say(
            "budget",
            (
                "There are @atmost {budget} places.",
                "Es gibt @atmost {budget} Stellen.",
                "Hay @atmost {budget} puestos.",
            ),
        ),
        Say(
            "objective",
            (
                "Which projects should be done, if a tonne counts like a loss of {weight} thousand euros and the balance is to be @most?",
                "Welche Projekte sind zu machen, wenn eine Tonne wie ein Verlust von {weight} Tausend Euro zählt und die Bilanz @most sein soll?",
                "¿Qué proyectos hay que hacer, si una tonelada cuenta como una pérdida de {weight} mil euros y el balance ha de ser @most?",
            ),
        ),
    ),
    labels={
        "I": ("project", "Projekt", "proyecto"),
        "gain": ("earnings", "Ertrag", "rendimiento"),
        "dirt": ("tonnes", "Tonnen", "toneladas"),
        "cost": ("places", "Stellen", "puestos"),
    },
    units={"dirt": "t"},
    missing=("budget", "weight"),
)
