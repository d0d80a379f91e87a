"""As few radio channels as possible, none shared by neighbours."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    TOWNS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """About half of all pairs are neighbours, and there are four channels."""
    masts = named(rng, size + 3, TOWNS, language)
    pairs = list(itertools.combinations(masts, 2))
    near = sorted(rng.sample(pairs, len(pairs) // 2 + 1), key=pairs.index)
    return Data.of(
        {"N": masts, "E": near, "K": range(1, 5)},
        fee=("K", sorted(rng.randint(5, 30) for _ in range(4))),
    )


def own(data: Data) -> float | None:
    """Every choice of channels."""
    masts = data.sets["N"]
    best = math.inf
    for plan in itertools.product(data.sets["K"], repeat=len(masts)):
        at = dict(zip(masts, plan, strict=True))
        if all(at[a] != at[b] for a, b in data.sets["E"]):
            best = min(best, sum(data.number("fee", k) for k in set(plan)))
    return None if best == math.inf else best


FAMILY = Family(
    name="graph_colouring",
    archetype="colouring",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "sends",
            "N K",
            Domain.BINARY,
            (
                "mast sends on the channel",
                "Mast sendet auf dem Kanal",
                "la antena emite en el canal",
            ),
        ),
        Decision(
            "rent",
            "K",
            Domain.BINARY,
            ("channel is rented", "Kanal wird gemietet", "se alquila el canal"),
        ),
    ),
    sense="minimize",
    objective="sum(fee[k] * rent[k] for k in K)",
    limits=(
        Limit("one", "sum(sends[n, k] for k in K) == 1", "n in N"),
        Limit("near", "sends[a, k] + sends[b, k] <= 1", "(a, b) in E, k in K"),
        Limit("rented", "sends[n, k] <= rent[k]", "n in N, k in K"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "The masts at <n in N|{n}> need radio channels.",
                "Die Masten in <n in N|{n}> brauchen Funkkanäle.",
                "Las antenas de <n in N|{n}> necesitan canales.",
            ),
        ),
        Say(
            "data fee",
            (
                "Channel {k} @costs {fee[k]} thousand euros of rent.",
                "Kanal {k} @costs {fee[k]} Tausend Euro Miete.",
                "El canal {k} @costs {fee[k]} mil euros de alquiler.",
            ),
            "k in K",
        ),
        Say(
            "one",
            (
                "@each mast sends on one channel.",
                "Jeder Mast sendet auf einem Kanal.",
                "@each antena emite en un canal.",
            ),
        ),
        Say(
            "near",
            (
                "Neighbours must not send on the same channel; these are neighbours: <a, b in E;|{a} and {b}>.",
                "Nachbarn dürfen nicht auf demselben Kanal senden; benachbart sind: <a, b in E;|{a} und {b}>.",
                "Las vecinas no pueden emitir en el mismo canal; son vecinas: <a, b in E;|{a} y {b}>.",
            ),
        ),
        Say(
            "rented",
            (
                "A channel that is used has to be rented, once for all masts.",
                "Ein genutzter Kanal ist zu mieten, einmal für alle Masten.",
                "Un canal usado hay que alquilarlo, una vez para todas las antenas.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total rent @cheapest?",
                "Wie wird die gesamte Miete @cheapest?",
                "¿Cómo es el alquiler total @cheapest?",
            ),
        ),
    ),
    labels={
        "N": ("mast", "Mast", "antena"),
        "K": ("channel", "Kanal", "canal"),
        "E": ("one, other", "einer, anderer", "una, otra"),
        "fee": ("rent", "Miete", "alquiler"),
    },
)
