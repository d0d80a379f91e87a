"""Loads on machines so that the busiest has as little as can be."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
    in_order,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Two or three equal presses."""
    jobs = named(rng, size + 4, LETTERS, language)
    presses = in_order(
        2 if size < 3 else 3,
        ("north, south, west", "Nord, Süd, West", "norte, sur, oeste"),
        language,
    )
    return Data.of({"J": jobs, "M": presses}, hours=("J", [rng.randint(2, 20) for _ in jobs]))


def own(data: Data) -> float:
    """Every way to share out the jobs."""
    hours, presses = data.column("hours"), len(data.sets["M"])
    return min(
        max(sum(h for h, at in zip(hours, where, strict=True) if at == m) for m in range(presses))
        for where in itertools.product(range(presses), repeat=len(hours))
    )


FAMILY = Family(
    name="minimax",
    archetype="goals",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "on",
            "J M",
            Domain.BINARY,
            ("job runs on the press", "Auftrag läuft auf der Presse", "el trabajo va en la prensa"),
        ),
    ),
    sense="minimize",
    objective="max(sum(hours[j] * on[j, m] for j in J) for m in M)",
    limits=(Limit("once", "sum(on[j, m] for m in M) == 1", "j in J"),),
    sentences=(
        Say(
            "intro",
            (
                "A printer shares out jobs over the equal presses <m in M|{m}>.",
                "Eine Druckerei verteilt Aufträge auf die gleichen Pressen <m in M|{m}>.",
                "Una imprenta reparte trabajos entre las prensas iguales <m in M|{m}>.",
            ),
        ),
        Say(
            "data hours",
            (
                "Job {j} runs for {hours[j]:h}.",
                "Auftrag {j} läuft {hours[j]:h}.",
                "El trabajo {j} dura {hours[j]:h}.",
            ),
            "j in J",
        ),
        Say(
            "once",
            (
                "@each job runs on one press from beginning to end.",
                "@each Arbeit läuft von Anfang bis Ende auf einer Presse.",
                "@each trabajo se hace de principio a fin en una prensa.",
            ),
        ),
        Say(
            "objective",
            (
                "How few hours can the busiest press have?",
                "Wie wenige Stunden kann die am stärksten belegte Presse haben?",
                "¿Cuántas horas tiene como poco la prensa más cargada?",
            ),
        ),
    ),
    labels={
        "J": ("job", "Auftrag", "trabajo"),
        "M": ("press", "Presse", "prensa"),
        "hours": ("hours", "Stunden", "horas"),
    },
    units={"hours": "h"},
    missing=("hours",),
)
