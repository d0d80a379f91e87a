"""Tasks of a project that share a few workers."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say
from optwright.benchmarks.synthesis.names import (
    TASKS,
    in_order,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Each task but the first follows an earlier one."""
    tasks = in_order(size + 3, TASKS, language)
    before = sorted(
        {(tasks[rng.randint(max(0, k - 2), k - 1)], tasks[k]) for k in range(1, len(tasks))},
        key=lambda p: (tasks.index(p[0]), tasks.index(p[1])),
    )
    need = [rng.randint(1, 4) for _ in tasks]
    return Data.of(
        {"I": tasks, "B": before},
        days=("I", [rng.randint(1, 6) for _ in tasks]),
        need=("I", need),
        workers=max(4, *need) + rng.randint(0, 1),
    )


def own(data: Data) -> float:
    """Every order of tasks, each put where it fits first: one of these schedules is the best."""
    tasks, before, workers = data.sets["I"], data.sets["B"], data.number("workers")
    best = math.inf
    for order in itertools.permutations(tasks):
        if any(order.index(a) > order.index(b) for a, b in before):
            continue
        busy: dict[int, float] = {}
        end: dict[str, int] = {}
        for task in order:
            days, need = int(data.number("days", task)), data.number("need", task)
            start = max((end[a] for a, b in before if b == task), default=0)
            while any(busy.get(start + d, 0.0) + need > workers for d in range(days)):
                start += 1
            for d in range(days):
                busy[start + d] = busy.get(start + d, 0.0) + need
            end[task] = start + days
        best = min(best, max(end.values()))
    return float(best)


FAMILY = Family(
    name="project",
    archetype="project_scheduling",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "start",
            "I",
            Domain.INTEGER,
            ("day at which it begins", "Tag des Beginns", "día de comienzo"),
            upper="sum(days[k] for k in I)",
        ),
        Decision(
            "end",
            "",
            Domain.INTEGER,
            ("days until all is done", "Tage, bis alles fertig ist", "días hasta acabar todo"),
            upper="sum(days[k] for k in I)",
        ),
    ),
    sense="minimize",
    objective="end",
    limits=(
        Limit("before", "start[j] >= start[i] + days[i]", "(i, j) in B"),
        Limit("workers", "cumulative(workers, (start[i], days[i], need[i]) for i in I)"),
        Limit("end", "end >= start[i] + days[i]", "i in I", says="objective"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A house is built in the tasks <i in I|{i}>.",
                "Ein Haus entsteht in den Schritten <i in I|{i}>.",
                "Una casa se construye en las tareas <i in I|{i}>.",
            ),
        ),
        Say(
            "data tasks",
            (
                "The task {i} takes {days[i]:d} and {need[i]} of the workers.",
                "Der Schritt {i}: Dauer {days[i]:d}, nötige Arbeitskräfte {need[i]}.",
                "La tarea {i} dura {days[i]:d} y ocupa a {need[i]} personas.",
            ),
            "i in I",
        ),
        Say(
            "before",
            (
                "Before others come: <i, j in B|{i} before {j}>.",
                "Zuerst kommt: <i, j in B|{i} vor {j}>.",
                "Van antes: <i, j in B|{i} antes que {j}>.",
            ),
        ),
        Say(
            "workers",
            (
                "There are never more than {workers} workers on the site.",
                "Auf der Baustelle sind nie mehr als {workers} Arbeitskräfte.",
                "En la obra nunca hay más de {workers} personas.",
            ),
        ),
        Say(
            "domain",
            (
                "Tasks begin on whole days and are not interrupted.",
                "Schritte beginnen an ganzen Tagen und werden nicht unterbrochen.",
                "Las tareas empiezan en días enteros y no se interrumpen.",
            ),
        ),
        Say(
            "objective",
            (
                "In how many days can the house be done at the earliest?",
                "Nach wie vielen Tagen kann das Haus frühestens fertig sein?",
                "¿En cuántos días puede estar lista la casa como muy pronto?",
            ),
        ),
    ),
    labels={
        "I": ("task", "Schritt", "tarea"),
        "B": ("task before, task after", "vorher, nachher", "antes, después"),
        "days": ("days", "Tage", "días"),
        "need": ("workers", "Arbeitskräfte", "personas"),
    },
    units={"days": "d"},
    missing=("workers",),
)
