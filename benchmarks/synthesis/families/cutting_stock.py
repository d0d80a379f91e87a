"""Lengths to be cut from as few bars as possible."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    LETTERS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """As many bars as a simple way of cutting needs, and one more."""
    kinds = named(rng, size + 1, LETTERS, language)
    length = rng.randint(30, 60)
    cut = rng.sample(range(6, length * 2 // 3), len(kinds))
    demand = [rng.randint(2, 4) for _ in kinds]
    pieces = sorted((c for c, n in zip(cut, demand, strict=True) for _ in range(n)), reverse=True)
    rest: list[int] = []
    for piece in pieces:
        at = next((k for k, room in enumerate(rest) if room >= piece), None)
        if at is None:
            rest.append(length - piece)
        else:
            rest[at] -= piece
    return Data.of(
        {"W": kinds, "R": range(1, len(rest) + 1)},
        width=("W", cut),
        demand=("W", demand),
        length=length,
    )


def own(data: Data) -> float:
    """Fewest bars for what is left, by what one more bar may hold."""
    widths, length = [int(w) for w in data.column("width")], int(data.number("length"))
    known: dict[tuple[int, ...], int] = {}

    def least(left: tuple[int, ...]) -> int:
        if not any(left):
            return 0
        if left not in known:
            cuts = itertools.product(
                *(range(min(n, length // w) + 1) for n, w in zip(left, widths, strict=True))
            )
            full = [
                c
                for c in cuts
                if any(c) and sum(k * w for k, w in zip(c, widths, strict=True)) <= length
            ]
            known[left] = 1 + min(
                least(tuple(n - k for n, k in zip(left, c, strict=True))) for c in full
            )
        return known[left]

    return float(least(tuple(int(d) for d in data.column("demand"))))


FAMILY = Family(
    name="cutting_stock",
    archetype="cutting_stock",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "cut",
            "W R",
            Domain.INTEGER,
            ("pieces cut from the bar", "Stücke aus der Stange", "piezas cortadas de la barra"),
        ),
        Decision(
            "used", "R", Domain.BINARY, ("bar is used", "Stange wird gebraucht", "se usa la barra")
        ),
    ),
    sense="minimize",
    objective="sum(used[r] for r in R)",
    limits=(
        Limit("demand", "sum(cut[w, r] for r in R) >= demand[w]", "w in W"),
        Limit("length", "sum(width[w] * cut[w, r] for w in W) <= length * used[r]", "r in R"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A metal shop cuts pieces from bars; there are plenty of bars.",
                "Eine Schlosserei schneidet Stücke aus Stangen; Stangen gibt es genug.",
                "Un taller corta piezas de barras; barras hay de sobra.",
            ),
        ),
        Say(
            "data pieces",
            (
                "Type {w} is {width[w]:cm} long, and {demand[w]:pc} of it are ordered.",
                "Typ {w} ist {width[w]:cm} lang, bestellt sind davon {demand[w]:pc}.",
                "El tipo {w} mide {width[w]:cm} y se han pedido {demand[w]:pc}.",
            ),
            "w in W",
        ),
        Say(
            "length",
            (
                "Every bar is {length:cm} long, and the pieces cut from it cannot be longer together.",
                "Jede Stange ist {length:cm} lang, mehr geben die Stücke daraus zusammen nicht her.",
                "Cada barra mide {length:cm}, y las piezas que se cortan de ella no pueden medir más en total.",
            ),
        ),
        Say(
            "demand",
            (
                "All pieces that are ordered must be cut, whole ones only.",
                "Alles Bestellte ist zu schneiden, nur ganze Stücke zählen.",
                "Hay que cortar todo lo pedido, en piezas enteras.",
            ),
        ),
        Say(
            "objective",
            (
                "What is the smallest number of bars?",
                "Wie viele Stangen reichen aus, wenn es so wenige wie möglich sein sollen?",
                "¿Cuál es el menor número de barras?",
            ),
        ),
    ),
    labels={
        "W": ("type", "Typ", "tipo"),
        "R": ("bar", "Stange", "barra"),
        "width": ("length", "Länge", "longitud"),
        "demand": ("ordered", "bestellt", "pedido"),
    },
    units={"width": "cm", "length": "cm", "demand": "pc"},
    missing=("length",),
)
