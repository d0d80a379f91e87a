"""As much as pipes can carry from one end to the other."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import TOWNS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """A ladder of stations in order, with some pipes that skip one."""
    stations = named(rng, size + 3, TOWNS, language)
    arcs = [
        (stations[i], stations[j])
        for i in range(len(stations))
        for j in range(i + 1, min(i + 3, len(stations)))
    ]
    return Data.of(
        {"N": stations, "A": arcs}, capacity=("A", {arc: rng.randint(5, 40) for arc in arcs})
    )


def own(data: Data) -> float:
    """Ford and Fulkerson: augment along shortest paths."""
    nodes = data.sets["N"]
    room = {(a, b): 0.0 for a in nodes for b in nodes} | dict(data.values["capacity"].cells)
    total = 0.0
    while True:
        before, queue = {nodes[0]: nodes[0]}, [nodes[0]]
        for a in queue:
            for b in nodes:
                if b not in before and room[a, b] > 0:
                    before[b] = a
                    queue.append(b)
        if nodes[-1] not in before:
            return total
        path, at = [], nodes[-1]
        while at != nodes[0]:
            path.append((before[at], at))
            at = before[at]
        step = min(room[arc] for arc in path)
        total += step
        for a, b in path:
            room[a, b] -= step
            room[b, a] += step


FAMILY = Family(
    name="max_flow",
    archetype="network_flow",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "flow",
            "A",
            meaning=(
                "litres a second in the pipe",
                "Liter je Sekunde im Rohr",
                "litros por segundo en la tubería",
            ),
        ),
    ),
    sense="maximize",
    objective="sum(flow[a, b] for (a, b) in A if a == first(N))",
    limits=(
        Limit("capacity", "flow[a, b] <= capacity[a, b]", "(a, b) in A"),
        Limit(
            "kept",
            "sum(flow[a, b] for (a, b) in A if b == n) == sum(flow[a, b] for (a, b) in A if a == n)",
            "n in N if n != first(N) and n != last(N)",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "Water runs through one-way pipes over the stations <n in N|{n}>, from the first of them to the last.",
                "Wasser fließt in Rohren, die nur eine Richtung haben, über die Stationen <n in N|{n}>, von der ersten bis zur letzten.",
                "El agua pasa por tuberías de un solo sentido por las estaciones <n in N|{n}>, de la primera a la última.",
            ),
        ),
        Say(
            "data capacity",
            (
                "The pipe from {a} to {b} carries {capacity[a,b]} litres a second.",
                "Das Rohr von {a} nach {b} fasst {capacity[a,b]} Liter je Sekunde.",
                "La tubería de {a} a {b} admite {capacity[a,b]} litros por segundo.",
            ),
            "a, b in A",
        ),
        Say(
            "capacity",
            (
                "No pipe takes more than that.",
                "Mehr geht durch kein Rohr.",
                "Por ninguna tubería pasa más.",
            ),
        ),
        Say(
            "kept",
            (
                "What reaches a station in between leaves it again.",
                "Was an einer Station dazwischen ankommt, fließt auch weiter.",
                "Lo que llega a una estación intermedia vuelve a salir.",
            ),
        ),
        Say(
            "objective",
            (
                "How much can be sent from the first station at the most?",
                "Wie viel lässt sich höchstens von der ersten Station wegschicken?",
                "¿Cuánto se puede enviar como máximo desde la primera estación?",
            ),
        ),
    ),
    labels={
        "N": ("station", "Station", "estación"),
        "A": ("from, to", "von, nach", "desde, hasta"),
        "capacity": ("litres per second", "Liter je Sekunde", "litros por segundo"),
    },
)
