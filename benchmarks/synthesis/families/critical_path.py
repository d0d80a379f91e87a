"""How long a project takes when nothing but its order counts."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say
from optwright.benchmarks.synthesis.names import TASKS, in_order


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Each task follows one or two earlier ones."""
    tasks = in_order(size + 4, TASKS, language)
    before = {
        (tasks[rng.randint(0, k - 1)], tasks[k]) for k in range(1, len(tasks)) for _ in range(2)
    }
    return Data.of(
        {"I": tasks, "B": sorted(before, key=lambda p: (tasks.index(p[0]), tasks.index(p[1])))},
        days=("I", [rng.randint(2, 15) for _ in tasks]),
    )


def own(data: Data) -> float:
    """The longest chain; tasks are in an order that keeps the rules."""
    end: dict[str, float] = {}
    for task in data.sets["I"]:
        end[task] = data.number("days", task) + max(
            (end[a] for a, b in data.sets["B"] if b == task), default=0.0
        )
    return max(end.values())


FAMILY = Family(
    name="critical_path",
    archetype="project_scheduling",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "start", "I", meaning=("day at which it begins", "Tag des Beginns", "día de comienzo")
        ),
        Decision(
            "end",
            "",
            meaning=(
                "days until all is done",
                "Tage, bis alles fertig ist",
                "días hasta acabar todo",
            ),
        ),
    ),
    sense="minimize",
    objective="end",
    limits=(
        Limit("before", "start[j] >= start[i] + days[i]", "(i, j) in B"),
        Limit("end", "end >= start[i] + days[i]", "i in I", says="objective"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "An office is refitted; several tasks may go on at once.",
                "Ein Büro wird umgebaut; mehrere Schritte dürfen gleichzeitig laufen.",
                "Se reforma una oficina; varias tareas pueden ir a la vez.",
            ),
        ),
        Say(
            "data days",
            (
                "The task {i} takes {days[i]:d}.",
                "Der Schritt {i} dauert {days[i]:d}.",
                "La tarea {i} dura {days[i]:d}.",
            ),
            "i in I",
        ),
        Say(
            "before",
            (
                "These must wait for others: <i, j in B|{j} for {i}>.",
                "Warten müssen: <i, j in B|{j} auf {i}>.",
                "Tienen que esperar: <i, j in B|{j} a {i}>.",
            ),
        ),
        Say(
            "objective",
            (
                "In how many days can all be done at the earliest?",
                "Nach wie vielen Tagen kann frühestens alles fertig sein?",
                "¿En cuántos días puede estar todo listo como muy pronto?",
            ),
        ),
    ),
    labels={
        "I": ("task", "Schritt", "tarea"),
        "B": ("before, after", "vorher, nachher", "antes, después"),
        "days": ("days", "Tage", "días"),
    },
    units={"days": "d"},
    missing=("days",),
)
