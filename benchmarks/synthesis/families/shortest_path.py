"""The quickest way through a town."""

import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import TOWNS
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Roads lead forwards, to the next place or one of the two after it."""
    places = named(rng, size + 3, TOWNS, language)
    roads = [
        (places[i], places[j])
        for i in range(len(places))
        for j in range(i + 1, min(i + 4, len(places)))
    ]
    minutes = {
        (a, b): (places.index(b) - places.index(a)) * rng.randint(4, 15) + rng.randint(1, 9)
        for a, b in roads
    }
    return Data.of({"N": places, "A": roads}, minutes=("A", minutes))


def own(data: Data) -> float:
    """Dijkstra."""
    best = {data.sets["N"][0]: 0.0}
    done: set[str] = set()
    while True:
        at = min((n for n in best if n not in done), key=best.__getitem__)
        if at == data.sets["N"][-1]:
            return best[at]
        done.add(at)
        for (a, b), minutes in data.values["minutes"].cells.items():
            if a == at:
                best[str(b)] = min(best.get(str(b), math.inf), best[at] + minutes)


FAMILY = Family(
    name="shortest_path",
    archetype="network_flow",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "go", "A", Domain.BINARY, ("road is taken", "Straße wird genommen", "se toma la calle")
        ),
    ),
    sense="minimize",
    objective="sum(minutes[a, b] * go[a, b] for (a, b) in A)",
    limits=(
        Limit("leave", "sum(go[a, b] for (a, b) in A if a == first(N)) == 1"),
        Limit("arrive", "sum(go[a, b] for (a, b) in A if b == last(N)) == 1", says="leave"),
        Limit(
            "on",
            "sum(go[a, b] for (a, b) in A if b == n) == sum(go[a, b] for (a, b) in A if a == n)",
            "n in N if n != first(N) and n != last(N)",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "An ambulance drives through the places <n in N|{n}>.",
                "Ein Krankenwagen fährt durch die Orte <n in N|{n}>.",
                "Una ambulancia circula por los lugares <n in N|{n}>.",
            ),
        ),
        Say(
            "data minutes",
            (
                "The road from {a} to {b} takes {minutes[a,b]:min}, one way only.",
                "Die Straße von {a} nach {b} dauert {minutes[a,b]:min}, nur in dieser Richtung.",
                "La calle de {a} a {b} lleva {minutes[a,b]:min}, solo en ese sentido.",
            ),
            "a, b in A",
        ),
        Say(
            "leave",
            (
                "It starts at the first of these places and has to get to the last.",
                "Er beginnt am ersten dieser Orte und muss zum letzten.",
                "Sale del primero de esos lugares y tiene que llegar al último.",
            ),
        ),
        Say(
            "on",
            (
                "Where it arrives on the way, it drives on from.",
                "Wo er unterwegs ankommt, fährt er auch weiter.",
                "De donde llega por el camino, vuelve a salir.",
            ),
        ),
        Say(
            "objective",
            (
                "Which way has the smallest number of minutes?",
                "Welcher Weg dauert am kürzesten?",
                "¿Qué camino lleva menos minutos?",
            ),
        ),
    ),
    labels={
        "N": ("place", "Ort", "lugar"),
        "A": ("from, to", "von, nach", "desde, hasta"),
        "minutes": ("minutes", "Minuten", "minutos"),
    },
    units={"minutes": "min"},
)
