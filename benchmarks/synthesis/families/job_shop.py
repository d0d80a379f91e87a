"""Jobs that go over machines in an order of their own."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
    in_order,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Two machines, and a third one for large ones."""
    jobs = named(rng, 3 if size < 3 else 4, LETTERS, language)
    machines = in_order(
        2 if size == 1 else 3,
        ("lathe, mill, drill", "Drehbank, Fräse, Bohrer", "torno, fresadora, taladro"),
        language,
    )
    if size == 3:
        machines = machines[:2]
    order = {
        (j, m): at for j in jobs for at, m in enumerate(rng.sample(machines, len(machines)), 1)
    }
    return Data.of(
        {"J": jobs, "M": machines},
        order=("J M", order),
        time=("J M", {key: rng.randint(1, 9) for key in order}),
    )


def own(data: Data) -> float:
    """Every order of the jobs on every machine, each as early as it can be."""
    jobs, machines = data.sets["J"], data.sets["M"]
    route = {j: sorted(machines, key=lambda m: data.number("order", j, m)) for j in jobs}
    best = math.inf
    for orders in itertools.product(itertools.permutations(jobs), repeat=len(machines)):
        queue = {m: list(order) for m, order in zip(machines, orders, strict=True)}
        step, free, ready = (
            dict.fromkeys(jobs, 0),
            dict.fromkeys(machines, 0.0),
            dict.fromkeys(jobs, 0.0),
        )
        moved = True
        while moved:
            moved = False
            for m in machines:
                while queue[m] and route[queue[m][0]][step[queue[m][0]]] == m:
                    job = queue[m].pop(0)
                    free[m] = ready[job] = max(free[m], ready[job]) + data.number("time", job, m)
                    step[job] = min(step[job] + 1, len(machines) - 1)
                    moved = True
        if not any(queue.values()):
            best = min(best, max(ready.values()))
    return best


FAMILY = Family(
    name="job_shop",
    archetype="machine_scheduling",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "start",
            "J M",
            Domain.INTEGER,
            ("hour at which it begins", "Stunde des Beginns", "hora de comienzo"),
            upper="sum(time[k, n] for k in J for n in M)",
        ),
        Decision(
            "end",
            "",
            Domain.INTEGER,
            (
                "hour at which all is done",
                "Stunde, in der alles fertig ist",
                "hora en que todo acaba",
            ),
        ),
    ),
    sense="minimize",
    objective="end",
    limits=(
        Limit(
            "order",
            "start[j, m] + time[j, m] <= start[j, n]",
            "j in J, m in M, n in M if order[j, m] + 1 == order[j, n]",
        ),
        Limit("one", "nooverlap((start[j, m], time[j, m]) for j in J)", "m in M"),
        Limit("end", "end >= start[j, m] + time[j, m]", "j in J, m in M", says="objective"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "Orders go over the machines <m in M|{m}>.",
                "Aufträge laufen über die Maschinen <m in M|{m}>.",
                "Unos pedidos pasan por las máquinas <m in M|{m}>.",
            ),
        ),
        Say(
            "data order",
            (
                "For order {j}, <m in M|{m} is step {order[j,m]}>.",
                "Beim Auftrag {j} gilt: <m in M|{m} ist Schritt {order[j,m]}>.",
                "En el pedido {j}, <m in M|{m} es el paso {order[j,m]}>.",
            ),
            "j in J",
        ),
        Say(
            "data time",
            (
                "Order {j} takes <m in M|{time[j,m]:h} on the {m}>.",
                "Der Auftrag {j} dauert <m in M|{time[j,m]:h} ({m})>.",
                "El pedido {j} ocupa <m in M|{time[j,m]:h} ({m})>.",
            ),
            "j in J",
        ),
        Say(
            "order",
            (
                "A step begins when the one before it is done.",
                "Ein Schritt beginnt erst, wenn der vorige fertig ist.",
                "Un paso empieza cuando ha acabado el anterior.",
            ),
        ),
        Say(
            "one",
            (
                "A machine works on one order at a time, without a break.",
                "Eine Maschine bearbeitet immer nur einen Auftrag, ohne Pause.",
                "Una máquina trabaja en un solo pedido a la vez, sin pausa.",
            ),
        ),
        Say(
            "objective",
            (
                "After how many hours can the last order be done at the earliest?",
                "Nach wie vielen Stunden kann der letzte Auftrag frühestens fertig sein?",
                "¿A cuántas horas puede estar listo como muy pronto el último pedido?",
            ),
        ),
    ),
    labels={
        "J": ("order", "Auftrag", "pedido"),
        "M": ("machine", "Maschine", "máquina"),
        "order": ("step", "Schritt", "paso"),
        "time": ("hours", "Stunden", "horas"),
    },
    units={"time": "h"},
)
