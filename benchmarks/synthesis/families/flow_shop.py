"""Two machines in a row: in which order do the jobs go through?"""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Washing and drying."""
    jobs = named(rng, size + 2, LETTERS, language)
    return Data.of(
        {"J": jobs},
        wash=("J", [rng.randint(1, 9) for _ in jobs]),
        dry=("J", [rng.randint(1, 9) for _ in jobs]),
    )


def own(data: Data) -> float:
    """Johnson's rule."""

    def key(job: str) -> tuple[int, float]:
        wash, dry = data.number("wash", job), data.number("dry", job)
        return (0, wash) if wash < dry else (1, -dry)

    washed = dried = 0.0
    for job in sorted(data.sets["J"], key=key):
        washed += data.number("wash", job)
        dried = max(washed, dried) + data.number("dry", job)
    return dried


FAMILY = Family(
    name="flow_shop",
    archetype="machine_scheduling",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "washes",
            "J",
            Domain.INTEGER,
            (
                "hour at which washing begins",
                "Stunde, in der das Waschen beginnt",
                "hora en que empieza el lavado",
            ),
            upper="sum(wash[k] + dry[k] for k in J)",
        ),
        Decision(
            "dries",
            "J",
            Domain.INTEGER,
            (
                "hour at which drying begins",
                "Stunde, in der das Trocknen beginnt",
                "hora en que empieza el secado",
            ),
            upper="sum(wash[k] + dry[k] for k in J)",
        ),
        Decision(
            "end",
            "",
            Domain.INTEGER,
            (
                "hour at which all is dry",
                "Stunde, in der alles trocken ist",
                "hora en que todo está seco",
            ),
        ),
    ),
    sense="minimize",
    objective="end",
    limits=(
        Limit("after", "dries[j] >= washes[j] + wash[j]", "j in J"),
        Limit("washer", "nooverlap((washes[j], wash[j]) for j in J)", says="one"),
        Limit("dryer", "nooverlap((dries[j], dry[j]) for j in J)", says="one"),
        Limit("end", "end >= dries[j] + dry[j]", "j in J", says="objective"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A laundry has one washer and one dryer.",
                "Eine Wäscherei hat eine Waschmaschine und einen Trockner.",
                "Una lavandería tiene una lavadora y una secadora.",
            ),
        ),
        Say(
            "data loads",
            (
                "Load {j} needs {wash[j]:h} in the washer and {dry[j]:h} in the dryer.",
                "Ladung {j} braucht {wash[j]:h} in der Waschmaschine und {dry[j]:h} im Trockner.",
                "La carga {j} necesita {wash[j]:h} de lavadora y {dry[j]:h} de secadora.",
            ),
            "j in J",
        ),
        Say(
            "after",
            (
                "A load is dried after it was washed.",
                "Getrocknet wird eine Ladung nach dem Waschen.",
                "Una carga se seca después de lavarse.",
            ),
        ),
        Say(
            "one",
            (
                "Each machine takes one load at a time.",
                "Jede Maschine nimmt immer nur eine Ladung.",
                "Cada máquina admite una sola carga a la vez.",
            ),
        ),
        Say(
            "objective",
            (
                "After how many hours can everything be dry at the earliest?",
                "Nach wie vielen Stunden kann frühestens alles trocken sein?",
                "¿A cuántas horas puede estar todo seco como muy pronto?",
            ),
        ),
    ),
    labels={
        "J": ("load", "Ladung", "carga"),
        "wash": ("washing hours", "Waschstunden", "horas de lavado"),
        "dry": ("drying hours", "Trockenstunden", "horas de secado"),
    },
    units={"wash": "h", "dry": "h"},
)
