"""Crates on vans, the most valuable ones first."""

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
    """The vans take about two thirds of all."""
    crates = named(rng, size + 3, LETTERS, language)
    vans = in_order(2, ("red, blue", "rot, blau", "roja, azul"), language)
    weight = [rng.randint(20, 120) for _ in crates]
    load = [round(sum(weight) * rng.uniform(0.25, 0.4)) for _ in vans]
    return Data.of(
        {"I": crates, "V": vans},
        weight=("I", weight),
        value=("I", [rng.randint(10, 90) for _ in crates]),
        load=("V", load),
    )


def own(data: Data) -> float:
    """Every way to load."""
    crates, vans = data.sets["I"], data.sets["V"]
    best = 0.0
    for plan in itertools.product((None, *vans), repeat=len(crates)):
        loads = {
            v: sum(data.number("weight", i) for i, at in zip(crates, plan, strict=True) if at == v)
            for v in vans
        }
        if all(loads[v] <= data.number("load", v) for v in vans):
            best = max(
                best, sum(data.number("value", i) for i, at in zip(crates, plan, strict=True) if at)
            )
    return best


FAMILY = Family(
    name="multiple_knapsack",
    archetype="selection",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "on",
            "I V",
            Domain.BINARY,
            ("crate goes on the van", "Kiste kommt auf den Wagen", "la caja va en la furgoneta"),
        ),
    ),
    sense="maximize",
    objective="sum(value[i] * on[i, v] for i in I for v in V)",
    limits=(
        Limit("once", "sum(on[i, v] for v in V) <= 1", "i in I"),
        Limit("load", "sum(weight[i] * on[i, v] for i in I) <= load[v]", "v in V"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A removal firm drives once with its vans <v in V|{v}>.",
                "Ein Umzugsunternehmen fährt einmal mit seinen Wagen <v in V|{v}>.",
                "Una empresa de mudanzas sale una vez con sus furgonetas <v in V|{v}>.",
            ),
        ),
        Say(
            "data crates",
            (
                "Crate {i} weighs {weight[i]:kg} and pays {value[i]:eur}.",
                "Kiste {i} wiegt {weight[i]:kg} und bringt {value[i]:eur}.",
                "La caja {i} pesa {weight[i]:kg} y paga {value[i]:eur}.",
            ),
            "i in I",
        ),
        Say(
            "load",
            (
                "The van {v} carries @atmost {load[v]:kg}.",
                "Der Wagen {v} trägt @atmost {load[v]:kg}.",
                "La furgoneta {v} lleva @atmost {load[v]:kg}.",
            ),
            "v in V",
        ),
        Say(
            "once",
            (
                "A crate goes on one van or stays behind.",
                "Eine Kiste kommt auf einen Wagen oder bleibt stehen.",
                "Una caja va en una furgoneta o se queda.",
            ),
        ),
        Say(
            "objective",
            (
                "Which crates should go on which van so that the pay is @most?",
                "Welche Kisten kommen auf welchen Wagen, damit die Einnahmen @most sind?",
                "¿Qué cajas van en qué furgoneta para que el pago sea @most?",
            ),
        ),
    ),
    labels={
        "I": ("crate", "Kiste", "caja"),
        "V": ("van", "Wagen", "furgoneta"),
        "weight": ("weight", "Gewicht", "peso"),
        "value": ("pay", "Einnahmen", "pago"),
        "load": ("load", "Traglast", "carga"),
    },
    units={"weight": "kg", "load": "kg", "value": "eur"},
    missing=("load",),
)
