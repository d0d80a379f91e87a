"""Projects that need money over several years."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """About half of all projects can be paid; one of them needs another."""
    projects, years = named(rng, size + 3, LETTERS, language), range(1, size + 2)
    cost = {(i, t): rng.randint(1, 12) for i in projects for t in years}
    needs = [tuple(rng.sample(projects, 2))]
    return Data.of(
        {"I": projects, "T": years, "D": needs},
        value=("I", [rng.randint(10, 50) for _ in projects]),
        cost=("I T", cost),
        budget=("T", [sum(cost[i, t] for i in projects) // 2 + 3 for t in years]),
    )


def own(data: Data) -> float:
    """Every set of projects."""
    projects, years = data.sets["I"], data.sets["T"]
    best = 0.0
    for k in range(len(projects) + 1):
        for some in itertools.combinations(projects, k):
            paid = all(
                sum(data.number("cost", i, t) for i in some) <= data.number("budget", t)
                for t in years
            )
            if paid and all(b in some or a not in some for a, b in data.sets["D"]):
                best = max(best, sum(data.number("value", i) for i in some))
    return best


FAMILY = Family(
    name="capital_budgeting",
    archetype="selection",
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
    objective="sum(value[i] * do[i] for i in I)",
    limits=(
        Limit("budget", "sum(cost[i, t] * do[i] for i in I) <= budget[t]", "t in T"),
        Limit("needs", "do[a] <= do[b]", "(a, b) in D"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A port chooses among building projects.",
                "Ein Hafen wählt unter Bauprojekten.",
                "Un puerto elige entre proyectos de obra.",
            ),
        ),
        Say(
            "data value",
            (
                "Project {i} is worth {value[i]} million euros.",
                "Projekt {i} ist {value[i]} Millionen Euro wert.",
                "El proyecto {i} vale {value[i]} millones de euros.",
            ),
            "i in I",
        ),
        Say(
            "data cost",
            (
                "Project {i} takes <t in T|{cost[i,t]} million euros in year {t}>.",
                "Projekt {i} erfordert <t in T|{cost[i,t]} Millionen Euro in Jahr {t}>.",
                "El proyecto {i} requiere <t in T|{cost[i,t]} millones de euros en el año {t}>.",
            ),
            "i in I",
        ),
        Say(
            "budget",
            (
                "In year {t} there are @atmost {budget[t]} million euros.",
                "In Jahr {t} stehen @atmost {budget[t]} Millionen Euro bereit.",
                "En el año {t} hay @atmost {budget[t]} millones de euros.",
            ),
            "t in T",
        ),
        Say(
            "needs",
            (
                "Project <a, b in D|{a} makes sense only together with project {b}>.",
                "Projekt <a, b in D|{a} ist nur zusammen mit Projekt {b} sinnvoll>.",
                "El proyecto <a, b in D|{a} solo tiene sentido junto con el proyecto {b}>.",
            ),
        ),
        Say(
            "domain",
            (
                "A project is done as a whole or not at all.",
                "Ein Projekt wird ganz oder gar nicht gemacht.",
                "Un proyecto se hace entero o no se hace.",
            ),
        ),
        Say(
            "objective",
            (
                "Which projects make the total value @most?",
                "Welche Projekte machen den Gesamtwert @most?",
                "¿Qué proyectos hacen que el valor total sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("project", "Projekt", "proyecto"),
        "T": ("year", "Jahr", "año"),
        "D": ("project, needs", "Projekt, braucht", "proyecto, necesita"),
        "value": ("value", "Wert", "valor"),
        "cost": ("cost", "Kosten", "coste"),
        "budget": ("budget", "Budget", "presupuesto"),
    },
    missing=("budget",),
    vague=Vague(
        "needs",
        (
            "Project <a, b in D|{a} goes together with project {b}>.",
            "Projekt <a, b in D|{a} gehört mit Projekt {b} zusammen>.",
            "El proyecto <a, b in D|{a} va junto con el proyecto {b}>.",
        ),
        {"needs": Limit("needs", "do[a] == do[b]", "(a, b) in D")},
    ),
)
