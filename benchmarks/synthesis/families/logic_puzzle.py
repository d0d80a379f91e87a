"""Who sits where, by rules, and with wishes."""

import itertools
import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague, named
from optwright.benchmarks.synthesis.names import (
    PEOPLE,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """The rules hold in a seating that is drawn, so that there is one."""
    people = named(rng, size + 3, PEOPLE, language)
    row = rng.sample(people, len(people))
    pairs = list(itertools.combinations(row, 2))
    left = rng.sample(pairs, size)
    apart = [p for p in pairs if abs(row.index(p[0]) - row.index(p[1])) > 1]
    return Data.of(
        {"P": people, "L": left, "X": rng.sample(apart, min(len(apart), size))},
        weight=("P", [rng.randint(1, 9) for _ in people]),
    )


def own(data: Data) -> float:
    """Every seating."""
    people = data.sets["P"]
    best = math.inf
    for order in itertools.permutations(range(1, len(people) + 1)):
        seat = dict(zip(people, order, strict=True))
        if all(seat[a] < seat[b] for a, b in data.sets["L"]) and all(
            abs(seat[a] - seat[b]) > 1 for a, b in data.sets["X"]
        ):
            best = min(best, sum(data.number("weight", p) * seat[p] for p in people))
    return best


FAMILY = Family(
    name="logic_puzzle",
    archetype="colouring",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "seat",
            "P",
            Domain.INTEGER,
            ("number of the seat", "Nummer des Platzes", "número de asiento"),
            lower=1.0,
            upper="len(P)",
        ),
    ),
    sense="minimize",
    objective="sum(weight[p] * seat[p] for p in P)",
    limits=(
        Limit("own_seat", "alldifferent(seat[p] for p in P)"),
        Limit("left", "seat[a] + 1 <= seat[b]", "(a, b) in L"),
        Limit("apart", "seat[a] - seat[b] >= 2 or seat[b] - seat[a] >= 2", "(a, b) in X"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "<p in P|{p}> sit in one row; its seats are numbered from 1 at the left, and there are as many as people.",
                "<p in P|{p}> sitzen in einer Reihe; die Plätze sind von links ab 1 gezählt, und es sind so viele wie Personen.",
                "<p in P|{p}> se sientan en una fila; los asientos se numeran desde 1 por la izquierda, y hay tantos como personas.",
            ),
        ),
        Say(
            "own_seat",
            ("Nobody shares a seat.", "Niemand teilt sich einen Platz.", "Nadie comparte asiento."),
        ),
        Say(
            "left",
            (
                "Somewhere further left than the other sits: <a, b in L;|{a} before {b}>.",
                "Weiter links als die andere Person sitzt: <a, b in L;|{a} vor {b}>.",
                "Se sienta más a la izquierda que la otra persona: <a, b in L;|{a} antes que {b}>.",
            ),
        ),
        Say(
            "apart",
            (
                "Not side by side sit: <a, b in X;|{a} and {b}>.",
                "Nicht nebeneinander sitzen: <a, b in X;|{a} und {b}>.",
                "No se sientan juntos: <a, b in X;|{a} y {b}>.",
            ),
        ),
        Say(
            "data weight",
            (
                "For {p} a seat further right @costs {weight[p]} points.",
                "Für {p} @costs jeder Platz weiter rechts {weight[p]} Punkte.",
                "Para {p} cada asiento más a la derecha @costs {weight[p]} puntos.",
            ),
            "p in P",
        ),
        Say(
            "objective",
            (
                "Seat number times points, added up over all: how small can it be?",
                "Platznummer mal Punkte, über alle summiert: Wie klein kann das werden?",
                "Número de asiento por puntos, sumado para todos: ¿cómo de pequeño puede ser?",
            ),
        ),
    ),
    labels={
        "P": ("person", "Person", "persona"),
        "L": ("left, right", "links, rechts", "izquierda, derecha"),
        "X": ("one, other", "eine, andere", "una, otra"),
        "weight": ("points", "Punkte", "puntos"),
    },
    vague=Vague(
        "left",
        (
            "These rules hold: <a, b in L;|{a} sits to the left of {b}>.",
            "Es gilt: <a, b in L;|{a} sitzt links von {b}>.",
            "Se cumple: <a, b in L;|{a} se sienta a la izquierda de {b}>.",
        ),
        {"left": Limit("left", "seat[a] + 1 == seat[b]", "(a, b) in L")},
    ),
)
