"""Two or more products on one machine over weeks, with set-up time."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """The machine has about a third more hours than are needed."""
    goods, weeks = named(rng, size + 1, LETTERS, language), range(1, size + 3)
    demand = {(p, t): rng.randint(4, 15) for p in goods for t in weeks}
    hours = {p: rng.randint(1, 4) for p in goods}
    busy = max(sum(hours[p] * demand[p, t] for p in goods) for t in weeks)
    setup = rng.randint(2, 5)
    return Data.of(
        {"P": goods, "T": weeks},
        demand=("P T", demand),
        hours=("P", hours),
        hold=("P", [rng.randint(1, 4) for _ in goods]),
        cost=("P", [rng.randint(10, 60) for _ in goods]),
        setup=setup,
        open=busy + setup * len(goods) + rng.randint(2, 12),
    )


FAMILY = Family(
    name="multi_period",
    archetype="inventory",
    draw=draw,
    decisions=(
        Decision("make", "P T", meaning=("pieces made", "gefertigte Stück", "piezas fabricadas")),
        Decision(
            "stock", "P T", meaning=("pieces in stock", "Stück auf Lager", "piezas en existencias")
        ),
        Decision(
            "on",
            "P T",
            Domain.BINARY,
            ("machine is set up for it", "Maschine ist dafür gerüstet", "máquina preparada"),
        ),
    ),
    sense="minimize",
    objective="sum(cost[p] * on[p, t] + hold[p] * stock[p, t] for p in P for t in T)",
    limits=(
        Limit("begin", "stock[p, first(T)] == make[p, first(T)] - demand[p, first(T)]", "p in P"),
        Limit(
            "go_on",
            "stock[p, t] == stock[p, prev(t)] + make[p, t] - demand[p, t]",
            "p in P, t in T if t != first(T)",
            says="kept",
        ),
        Limit("on", "make[p, t] <= sum(demand[p, s] for s in T) * on[p, t]", "p in P, t in T"),
        Limit("open", "sum(hours[p] * make[p, t] + setup * on[p, t] for p in P) <= open", "t in T"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "One press makes several parts.",
                "Eine Presse fertigt mehrere Teile.",
                "Una prensa fabrica varias piezas.",
            ),
        ),
        Say(
            "data demand",
            (
                "Of part {p} the orders are <t in T|{demand[p,t]} in week {t}>.",
                "Von Teil {p} sind bestellt: <t in T|{demand[p,t]} in Woche {t}>.",
                "De la pieza {p} se han pedido <t in T|{demand[p,t]} en la semana {t}>.",
            ),
            "p in P",
        ),
        Say(
            "data parts",
            (
                "A piece of {p} takes {hours[p]:h} on the press; in stock at the end of a week it @costs {hold[p]:eur}; setting the press up for {p} @costs {cost[p]:eur}.",
                "Ein Stück {p} belegt die Presse {hours[p]:h}; auf Lager @costs es am Ende der Woche {hold[p]:eur}; das Rüsten für {p} @costs {cost[p]:eur}.",
                "Una pieza {p} ocupa la prensa {hours[p]:h}; en el almacén al final de la semana @costs {hold[p]:eur}; preparar la prensa para {p} @costs {cost[p]:eur}.",
            ),
            "p in P",
        ),
        Say(
            "kept",
            (
                "Orders of a week are delivered from what was made until then; the rest waits in stock.",
                "Bestellungen einer Woche werden aus dem bis dahin Gefertigten bedient; der Rest wartet im Lager.",
                "Los pedidos de una semana se sirven con lo hecho hasta entonces; el resto espera en el almacén.",
            ),
        ),
        Say(
            "begin",
            (
                "In the beginning nothing is in stock.",
                "Zu Beginn liegt nichts auf Lager.",
                "Al comienzo no hay nada en el almacén.",
            ),
        ),
        Say(
            "on",
            (
                "A part is made @only in weeks in which the press was set up for it.",
                "Ein Teil wird @only in Wochen gefertigt, in denen die Presse dafür gerüstet wurde.",
                "Una pieza se hace @only en semanas en que se preparó la prensa para ella.",
            ),
        ),
        Say(
            "open",
            (
                "The press runs @atmost {open:h} a week, and each set-up takes {setup:h} of that.",
                "Die Presse läuft @atmost {open:h} in der Woche, und jedes Rüsten nimmt davon {setup:h}.",
                "La prensa funciona @atmost {open:h} a la semana, y cada preparación ocupa {setup:h} de ellas.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total of set-up and storage cost @cheapest?",
                "Wie wird die Summe aus Rüst- und Lagerkosten @cheapest?",
                "¿Cómo es el coste total de preparación y almacenaje @cheapest?",
            ),
        ),
    ),
    labels={
        "P": ("part", "Teil", "pieza"),
        "T": ("week", "Woche", "semana"),
        "demand": ("orders", "Bestellungen", "pedidos"),
        "hours": ("hours", "Stunden", "horas"),
        "hold": ("storage cost", "Lagerkosten", "coste de almacén"),
        "cost": ("set-up cost", "Rüstkosten", "coste de preparación"),
    },
    units={"hours": "h", "hold": "eur", "cost": "eur", "setup": "h", "open": "h"},
    missing=("open", "setup"),
)
