"""Shares of money with the least risk for a wanted return."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import LETTERS


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Risks are independent; the wanted return is below the best one."""
    funds = named(rng, size + 2, LETTERS, language)
    returns = [rng.randint(2, 12) for _ in funds]
    returns[0] = rng.randint(8, 12)
    return Data.of(
        {"I": funds},
        gain=("I", returns),
        risk=("I", [2 * r + rng.randint(1, 12) for r in returns]),
        wanted=rng.randint(3, 6),
        most=rng.choice([0.5, 0.6, 0.7]),
    )


FAMILY = Family(
    name="portfolio",
    archetype="nonlinear",
    draw=draw,
    decisions=(
        Decision(
            "share", "I", meaning=("share of the money", "Anteil am Geld", "parte del dinero")
        ),
    ),
    sense="minimize",
    objective="sum(risk[i] * share[i] ** 2 for i in I)",
    limits=(
        Limit("all", "sum(share[i] for i in I) == 1"),
        Limit("wanted", "sum(gain[i] * share[i] for i in I) >= wanted"),
        Limit("most", "share[i] <= most", "i in I"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A foundation divides its money among funds that move independently of each other.",
                "Eine Stiftung verteilt ihr Geld auf Fonds, die unabhängig voneinander schwanken.",
                "Una fundación reparte su dinero entre fondos que se mueven de forma independiente.",
            ),
        ),
        Say(
            "data funds",
            (
                "Fund {i} yields {gain[i]} percent on average, with a variance of {risk[i]}.",
                "Der Fonds {i} bringt im Mittel {gain[i]} Prozent, bei einer Varianz von {risk[i]}.",
                "El fondo {i} rinde en promedio {gain[i]} por ciento, con una varianza de {risk[i]}.",
            ),
            "i in I",
        ),
        Say(
            "all",
            (
                "All the money is invested.",
                "Das gesamte Geld wird angelegt.",
                "Se invierte todo el dinero.",
            ),
        ),
        Say(
            "wanted",
            (
                "The average yield must be @atleast {wanted} percent.",
                "Die mittlere Rendite muss @atleast {wanted} Prozent betragen.",
                "El rendimiento medio debe ser de @atleast {wanted} por ciento.",
            ),
        ),
        Say(
            "most",
            (
                "No fund may get more than {most:pct} of the money.",
                "Kein Fonds darf mehr als {most:pct} des Geldes bekommen.",
                "Ningún fondo puede recibir más del {most:pct} del dinero.",
            ),
        ),
        Say(
            "objective",
            (
                "Which shares keep the variance of the whole, the sum of each variance times the square of its share, @cheapest?",
                "Welche Anteile halten die Varianz des Ganzen, also die Summe aus Varianz mal Quadrat des Anteils, @cheapest?",
                "¿Qué partes mantienen la varianza del conjunto, la suma de cada varianza por el cuadrado de su parte, @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("fund", "Fonds", "fondo"),
        "gain": ("yield", "Rendite", "rendimiento"),
        "risk": ("variance", "Varianz", "varianza"),
    },
    missing=("wanted",),
    contrary=(
        Limit("contrary", "sum(share[i] for i in I) <= 0.9"),
        Say(
            "contrary",
            (
                "A tenth of the money has to stay in cash.",
                "Ein Zehntel des Geldes muss bar bleiben.",
                "Una décima parte del dinero debe quedar en efectivo.",
            ),
        ),
    ),
)
