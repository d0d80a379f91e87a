"""Buying ahead while prices are low, in a store of limited room."""

import math
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, Vague


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Prices move by more than storage costs."""
    weeks = range(1, size + 4)
    return Data.of(
        {"T": weeks},
        price=("T", [rng.randint(10, 30) for _ in weeks]),
        need=("T", [rng.randint(5, 20) for _ in weeks]),
        hold=rng.choice([0.5, 1.0, 1.5, 2.0]),
        room=rng.randint(10, 30),
        start=rng.randint(2, 5),
    )


def own(data: Data) -> float:
    """All amounts are whole, so whole stocks suffice: the best for each stock, week by week."""
    best = {int(data.number("start")): 0.0}
    for week in data.sets["T"]:
        price, need = data.number("price", week), int(data.number("need", week))
        after: dict[int, float] = {}
        for stock, paid in best.items():
            for left in range(max(0, stock - need), int(data.number("room")) + 1):
                bought = left + need - stock
                cost = paid + price * bought + data.number("hold") * left
                after[left] = min(after.get(left, math.inf), cost)
        best = after
    return min(best.values())


FAMILY = Family(
    name="inventory",
    archetype="inventory",
    draw=draw,
    own=own,
    decisions=(
        Decision("buy", "T", meaning=("tonnes bought", "gekaufte Tonnen", "toneladas compradas")),
        Decision(
            "stock",
            "T",
            meaning=(
                "tonnes in stock at the end",
                "Tonnen auf Lager am Ende",
                "toneladas en almacén al final",
            ),
        ),
    ),
    sense="minimize",
    objective="sum(price[t] * buy[t] + hold * stock[t] for t in T)",
    limits=(
        Limit("start", "stock[first(T)] == start + buy[first(T)] - need[first(T)]"),
        Limit("kept", "stock[t] == stock[prev(t)] + buy[t] - need[t]", "t in T if t != first(T)"),
        Limit("room", "stock[t] <= room", "t in T"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A mill buys grain at prices that change.",
                "Eine Mühle kauft Getreide zu wechselnden Preisen.",
                "Un molino compra grano a precios cambiantes.",
            ),
        ),
        Say(
            "data weeks",
            (
                "In week {t} a tonne @costs {price[t]:eur}, and {need[t]:t} are milled.",
                "In Woche {t} @costs eine Tonne {price[t]:eur}, gemahlen werden {need[t]:t}.",
                "En la semana {t} una tonelada @costs {price[t]:eur} y se muelen {need[t]:t}.",
            ),
            "t in T",
        ),
        Say(
            "start",
            (
                "There are {start:t} in the store before week 1.",
                "Vor Woche 1 liegen {start:t} im Speicher.",
                "Antes de la semana 1 hay {start:t} en el silo.",
            ),
        ),
        Say(
            "kept",
            (
                "What is left over stays for the next week.",
                "Was übrig ist, bleibt für die nächste Woche.",
                "Lo que sobra queda para la semana siguiente.",
            ),
        ),
        Say(
            "room",
            (
                "The store holds @atmost {room:t} at the end of a week.",
                "Der Speicher fasst am Ende einer Woche @atmost {room:t}.",
                "En el silo caben @atmost {room:t} al final de la semana.",
            ),
        ),
        Say(
            "data hold",
            (
                "Each tonne in the store at the end of a week @costs {hold:eur}.",
                "Jede Tonne im Speicher @costs am Ende einer Woche {hold:eur}.",
                "Cada tonelada en el silo al final de la semana @costs {hold:eur}.",
            ),
        ),
        Say(
            "objective",
            (
                "How much should be bought when, so that the total cost is @cheapest?",
                "Wann soll wie viel gekauft werden, damit die Gesamtkosten @cheapest sind?",
                "¿Cuánto hay que comprar y cuándo para que el coste total sea @cheapest?",
            ),
        ),
    ),
    labels={
        "T": ("week", "Woche", "semana"),
        "price": ("price", "Preis", "precio"),
        "need": ("milled", "Verbrauch", "consumo"),
        "hold": ("storage", "Lagerkosten", "almacenaje"),
    },
    units={"price": "eur", "hold": "eur", "need": "t", "room": "t", "start": "t"},
    missing=("room", "start", "hold"),
    contrary=(
        Limit("contrary", "stock[t] >= room + 1", "t in T"),
        Say(
            "contrary",
            (
                "As a reserve, 1 tonne more than the store holds must be left at the end of every week.",
                "Als Reserve muss am Ende jeder Woche 1 Tonne mehr übrig sein, als der Speicher fasst.",
                "Como reserva, al final de cada semana debe quedar 1 tonelada más de lo que cabe en el silo.",
            ),
        ),
    ),
    vague=Vague(
        "room",
        (
            "The store holds @atmost {room:t}.",
            "Der Speicher fasst @atmost {room:t}.",
            "En el silo caben @atmost {room:t}.",
        ),
        {"room": Limit("room", "stock[t] + need[t] <= room", "t in T")},
    ),
)
