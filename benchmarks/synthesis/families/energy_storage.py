"""A battery that buys cheap power and sells it dear."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Prices swing by more than the loss."""
    hours = range(1, 2 * size + 3)
    return Data.of(
        {"T": hours},
        price=("T", [rng.randint(5, 40) for _ in hours]),
        room=rng.randint(8, 30),
        speed=rng.randint(4, 10),
        kept=rng.choice([0.8, 0.9, 0.95]),
    )


FAMILY = Family(
    name="energy_storage",
    archetype="inventory",
    draw=draw,
    decisions=(
        Decision("buy", "T", meaning=("kWh bought", "gekaufte kWh", "kWh comprados")),
        Decision("sell", "T", meaning=("kWh sold", "verkaufte kWh", "kWh vendidos")),
        Decision(
            "level",
            "T",
            meaning=(
                "kWh in the battery at the end",
                "kWh im Speicher am Ende",
                "kWh en la batería al final",
            ),
        ),
    ),
    sense="maximize",
    objective="sum(price[t] * (sell[t] - buy[t]) for t in T)",
    limits=(
        Limit("empty", "level[first(T)] == kept * buy[first(T)] - sell[first(T)]"),
        Limit(
            "kept",
            "level[t] == level[prev(t)] + kept * buy[t] - sell[t]",
            "t in T if t != first(T)",
        ),
        Limit("room", "level[t] <= room", "t in T"),
        Limit("speed_in", "buy[t] <= speed", "t in T", says="speed"),
        Limit("speed_out", "sell[t] <= speed", "t in T", says="speed"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A farm trades power with a battery.",
                "Ein Hof handelt mit Strom aus einem Speicher.",
                "Una granja comercia con electricidad mediante una batería.",
            ),
        ),
        Say(
            "data price",
            (
                "In hour {t} a kilowatt hour is bought or sold for {price[t]} cents.",
                "In Stunde {t} @costs oder bringt eine Kilowattstunde {price[t]} Cent.",
                "En la hora {t} un kilovatio hora se compra o se vende a {price[t]} céntimos.",
            ),
            "t in T",
        ),
        Say(
            "empty",
            (
                "At first the battery is empty.",
                "Am Anfang ist der Speicher leer.",
                "Al principio la batería está vacía.",
            ),
        ),
        Say(
            "kept",
            (
                "Of what is bought {kept:pct} arrive in the battery; what is in it stays from hour to hour.",
                "Vom gekauften Strom kommen {kept:pct} im Speicher an; was darin ist, bleibt von Stunde zu Stunde.",
                "De lo comprado llega a la batería el {kept:pct}; lo que hay dentro se conserva de hora en hora.",
            ),
        ),
        Say(
            "room",
            (
                "The battery holds @atmost {room:kwh}.",
                "Der Speicher fasst @atmost {room:kwh}.",
                "En la batería caben @atmost {room:kwh}.",
            ),
        ),
        Say(
            "speed",
            (
                "In an hour @atmost {speed:kwh} can be bought, and as much sold.",
                "In einer Stunde lassen sich @atmost {speed:kwh} kaufen und ebenso viel verkaufen.",
                "En una hora se pueden comprar @atmost {speed:kwh} y vender otro tanto.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the gain, sales less purchases, @most?",
                "Wie wird der Ertrag aus Verkauf minus Einkauf @most?",
                "¿Cómo es la ganancia, ventas menos compras, @most?",
            ),
        ),
    ),
    labels={
        "T": ("hour", "Stunde", "hora"),
        "price": ("cents per kWh", "Cent je kWh", "céntimos por kWh"),
    },
    units={"room": "kwh", "speed": "kwh"},
    missing=("room", "speed", "kept"),
)
