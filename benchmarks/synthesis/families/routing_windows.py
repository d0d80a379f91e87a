"""One van, customers with hours at which they can be visited."""

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
    """Windows lie around the times of a route that is drawn, so that there is one."""
    towns = named(rng, size + 3, TOWNS, language)
    at = {t: (rng.randint(0, 30), rng.randint(0, 30)) for t in towns}
    drive = {
        (a, b): max(1, round(math.dist(at[a], at[b]))) for a, b in itertools.combinations(towns, 2)
    }
    both = drive | {(b, a): v for (a, b), v in drive.items()}
    stay, clock, here = rng.randint(3, 9), 0, towns[0]
    opens, closes = {}, {}
    for town in rng.sample(towns[1:], len(towns) - 1):
        clock += both[here, town] + (stay if here != towns[0] else 0)
        opens[town], closes[town] = max(0, clock - rng.randint(5, 30)), clock + rng.randint(5, 40)
        here = town
    return Data.of(
        {"N": towns, "V": towns[1:], "E": list(drive)},
        drive=("E", drive),
        opens=("V", {t: opens[t] for t in towns[1:]}),
        closes=("V", {t: closes[t] for t in towns[1:]}),
        stay=stay,
    )


def own(data: Data) -> float:
    """Every order that keeps the windows."""
    base, *towns = data.sets["N"]
    drive = dict(data.values["drive"].cells)
    drive |= {(b, a): value for (a, b), value in drive.items()}
    best = math.inf
    for order in itertools.permutations(towns):
        clock, here, kept = 0.0, base, True
        for town in order:
            clock = max(
                clock + drive[here, town] + (data.number("stay") if here != base else 0.0),
                data.number("opens", town),
            )
            kept, here = kept and clock <= data.number("closes", town), town
        if kept:
            best = min(best, sum(drive[a, b] for a, b in itertools.pairwise((base, *order, base))))
    return best


FAMILY = Family(
    name="routing_windows",
    archetype="routing",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "go",
            "N N",
            Domain.BINARY,
            ("drives from one to the other", "fährt vom einen zum anderen", "va de uno a otro"),
            forall="i in N, j in N if i != j",
        ),
        Decision(
            "arrive",
            "V",
            meaning=("minute of arrival", "Minute der Ankunft", "minuto de llegada"),
            lower="opens[v]",
            upper="closes[v]",
            forall="v in V",
        ),
    ),
    sense="minimize",
    objective="sum(drive[a, b] * (go[a, b] + go[b, a]) for (a, b) in E)",
    limits=(
        Limit("out", "sum(go[i, j] for j in N if j != i) == 1", "i in N", says="visit"),
        Limit("in_", "sum(go[i, j] for i in N if i != j) == 1", "j in N", says="visit"),
        Limit(
            "first_leg",
            "implies(go[a, b], arrive[b] >= drive[a, b])",
            "(a, b) in E if a == first(N)",
            says="time",
        ),
        Limit(
            "there",
            "implies(go[a, b], arrive[b] >= arrive[a] + stay + drive[a, b])",
            "(a, b) in E if a != first(N)",
            says="time",
        ),
        Limit(
            "back",
            "implies(go[b, a], arrive[a] >= arrive[b] + stay + drive[a, b])",
            "(a, b) in E if a != first(N)",
            says="time",
        ),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A courier starts from the depot when the clock starts; the depot is the first of <n in N|{n}>.",
                "Ein Kurier startet am Depot, wenn die Uhr zu laufen beginnt; das ist der erste der Orte <n in N|{n}>.",
                "Un mensajero sale del depósito cuando empieza a contar el reloj; es el primero de los lugares <n in N|{n}>.",
            ),
        ),
        Say(
            "data drive",
            (
                "Between {a} and {b} the drive takes {drive[a,b]:min} either way.",
                "Zwischen {a} und {b} dauert die Fahrt in beiden Richtungen {drive[a,b]:min}.",
                "Entre {a} y {b} se tarda {drive[a,b]:min} en ambos sentidos.",
            ),
            "a, b in E",
        ),
        Say(
            "data windows",
            (
                "At {v} one has to arrive between minute {opens[v]} and minute {closes[v]}.",
                "In {v} muss man zwischen Minute {opens[v]} und Minute {closes[v]} ankommen.",
                "A {v} hay que llegar entre el minuto {opens[v]} y el minuto {closes[v]}.",
            ),
            "v in V",
        ),
        Say(
            "visit",
            (
                "All places are visited once in one trip, which ends at the depot.",
                "Alle Orte werden in einer Tour einmal besucht, die am Depot endet.",
                "Todos los lugares se visitan una vez en un solo viaje, que acaba en el depósito.",
            ),
        ),
        Say(
            "time",
            (
                "A stop at a customer takes {stay:min} before the courier can drive on; waiting is allowed.",
                "Ein Halt beim Kunden dauert {stay:min}, dann geht es weiter; Warten ist erlaubt.",
                "Una parada en un cliente dura {stay:min} antes de seguir; se puede esperar.",
            ),
        ),
        Say(
            "objective",
            (
                "How are the minutes of driving @cheapest in all?",
                "Wie wird die gesamte Fahrzeit @cheapest?",
                "¿Cómo son los minutos de conducción @cheapest?",
            ),
        ),
    ),
    labels={
        "N": ("place", "Ort", "lugar"),
        "V": ("customer", "Kunde", "cliente"),
        "E": ("one place, other place", "ein Ort, anderer Ort", "un lugar, otro lugar"),
        "drive": ("minutes", "Minuten", "minutos"),
        "opens": ("opens", "öffnet", "abre"),
        "closes": ("closes", "schließt", "cierra"),
    },
    units={"drive": "min", "stay": "min"},
    missing=("stay",),
)
