"""Rosters that cover every flight exactly once."""

import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named
from optwright.benchmarks.synthesis.names import TOWNS, in_order
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Single flights are always possible, longer rosters are cheaper per flight."""
    flights = named(rng, size + 3, TOWNS, language)
    rosters: list[tuple[str, ...]] = [(f,) for f in flights]
    while len(rosters) < len(flights) + 2 * size + 2:
        roster = tuple(sorted(rng.sample(flights, rng.randint(2, 3)), key=flights.index))
        if roster not in rosters:
            rosters.append(roster)
    names = in_order(len(rosters), (", ".join(f"R{k}" for k in range(1, 30)),) * 3, language)
    covers = [(name, f) for name, roster in zip(names, rosters, strict=True) for f in roster]
    cost = [rng.randint(20, 40) + 12 * (len(r) - 1) for r in rosters]
    return Data.of({"F": flights, "R": names, "C": covers}, cost=("R", cost))


def own(data: Data) -> float:
    """Cheapest roster for the first flight that is not covered, and so on."""
    flights = data.sets["F"]
    bits = {
        r: sum(1 << flights.index(f) for q, f in data.sets["C"] if q == r) for r in data.sets["R"]
    }
    best = {0: 0.0}
    for done in range(1 << len(flights)):
        if done in best:
            for roster, mask in bits.items():
                if not done & mask:
                    cost = best[done] + data.number("cost", roster)
                    best[done | mask] = min(best.get(done | mask, math.inf), cost)
    return best[(1 << len(flights)) - 1]


FAMILY = Family(
    name="crew",
    archetype="set_covering",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "use", "R", Domain.BINARY, ("roster is used", "Dienst wird gefahren", "se usa el turno")
        ),
    ),
    sense="minimize",
    objective="sum(cost[r] * use[r] for r in R)",
    limits=(Limit("once", "sum(use[r] for (r, g) in C if g == f) == 1", "f in F"),),
    sentences=(
        Say(
            "intro",
            (
                "An airline covers its flights to <f in F|{f}> with crew duties.",
                "Eine Fluglinie besetzt ihre Flüge nach <f in F|{f}> mit Diensten.",
                "Una aerolínea cubre sus vuelos a <f in F|{f}> con turnos.",
            ),
        ),
        Say(
            "data cost",
            (
                "Duty {r} @costs {cost[r]} hundred euros.",
                "Dienst {r} @costs {cost[r]} Hundert Euro.",
                "El turno {r} @costs {cost[r]} cientos de euros.",
            ),
            "r in R",
        ),
        Say(
            "data covers",
            (
                "Duty {r} flies to <r, f in C|{f}>.",
                "Dienst {r} fliegt nach <r, f in C|{f}>.",
                "El turno {r} vuela a <r, f in C|{f}>.",
            ),
            "r in R",
        ),
        Say(
            "once",
            (
                "@each flight is in @exactly one of the duties that are used.",
                "Jeder Flug ist in @exactly einem der gewählten Dienste.",
                "@each vuelo está en @exactly uno de los turnos usados.",
            ),
        ),
        Say(
            "objective",
            (
                "Which duties should be used so that the cost is @cheapest?",
                "Welche Dienste sind zu wählen, damit die Kosten @cheapest sind?",
                "¿Qué turnos hay que usar para que el coste sea @cheapest?",
            ),
        ),
    ),
    labels={
        "F": ("flight", "Flug", "vuelo"),
        "R": ("duty", "Dienst", "turno"),
        "cost": ("cost", "Kosten", "coste"),
    },
    vague=Vague(
        "once",
        (
            "@each flight must be covered by the duties that are used.",
            "Jeder Flug muss von den gewählten Diensten abgedeckt sein.",
            "@each vuelo debe quedar cubierto por los turnos usados.",
        ),
        {"once": Limit("once", "sum(use[r] for (r, g) in C if g == f) >= 1", "f in F")},
    ),
)
