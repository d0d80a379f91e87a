"""When to set up and how much to make, with stock in between."""

import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """A set-up costs about as much as holding two weeks' demand for two weeks."""
    weeks = range(1, size + 4)
    return Data.of(
        {"T": weeks},
        demand=("T", [rng.randint(10, 50) for _ in weeks]),
        setup=rng.randint(40, 150),
        hold=rng.randint(1, 3),
    )


def own(data: Data) -> float:
    """Wagner and Whitin: the last set-up makes all that is left."""
    demand, setup, hold = data.column("demand"), data.number("setup"), data.number("hold")
    best = [0.0]
    for end in range(1, len(demand) + 1):
        best.append(
            min(
                best[start] + setup + hold * sum((t - start) * demand[t] for t in range(start, end))
                for start in range(end)
            )
        )
    return best[-1]


FAMILY = Family(
    name="lot_sizing",
    archetype="inventory",
    draw=draw,
    own=own,
    decisions=(
        Decision("make", "T", meaning=("pieces made", "gefertigte Stück", "piezas fabricadas")),
        Decision(
            "stock",
            "T",
            meaning=(
                "pieces in stock at the end",
                "Stück auf Lager am Ende",
                "piezas en existencias al final",
            ),
        ),
        Decision(
            "set_up",
            "T",
            Domain.BINARY,
            ("machine is set up", "Maschine wird gerüstet", "se prepara la máquina"),
        ),
    ),
    sense="minimize",
    objective="sum(setup * set_up[t] + hold * stock[t] for t in T)",
    limits=(
        Limit("begin", "stock[first(T)] == make[first(T)] - demand[first(T)]"),
        Limit(
            "go_on",
            "stock[t] == stock[prev(t)] + make[t] - demand[t]",
            "t in T if t != first(T)",
            says="demand",
        ),
        Limit("setup", "make[t] <= sum(demand[s] for s in T) * set_up[t]", "t in T"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A workshop makes pumps week by week.",
                "Eine Werkstatt fertigt Pumpen, Woche für Woche.",
                "Un taller fabrica bombas semana a semana.",
            ),
        ),
        Say(
            "data demand",
            (
                "In week {t}, {demand[t]} pumps are due.",
                "In Woche {t} sind {demand[t]} Pumpen fällig.",
                "En la semana {t} hay que entregar {demand[t]} bombas.",
            ),
            "t in T",
        ),
        Say(
            "demand",
            (
                "What is due must be there in its week; what is made earlier waits in stock.",
                "Was fällig ist, muss in seiner Woche da sein; früher Gefertigtes wartet im Lager.",
                "Lo que vence debe estar en su semana; lo que se hace antes espera en el almacén.",
            ),
        ),
        Say(
            "begin",
            (
                "At first the stock is empty.",
                "Am Anfang ist das Lager leer.",
                "Al principio el almacén está vacío.",
            ),
        ),
        Say(
            "setup",
            (
                "In a week in which anything is made, the machine is set up once, for {setup:eur}; then it can make any number.",
                "In jeder Woche, in der gefertigt wird, ist die Maschine einmal für {setup:eur} zu rüsten; danach schafft sie beliebig viel.",
                "En cada semana en que se fabrica hay que preparar la máquina una vez, por {setup:eur}; después puede hacer cualquier cantidad.",
            ),
        ),
        Say(
            "data hold",
            (
                "A pump in stock at the end of a week @costs {hold:eur}.",
                "Eine Pumpe, die am Ende einer Woche auf Lager ist, @costs {hold:eur}.",
                "Una bomba en el almacén al final de la semana @costs {hold:eur}.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the sum of set-ups and storage @cheapest?",
                "Wie wird die Summe aus Rüst- und Lagerkosten @cheapest?",
                "¿Cómo es la suma de preparación y almacenaje @cheapest?",
            ),
        ),
    ),
    labels={
        "T": ("week", "Woche", "semana"),
        "demand": ("demand", "Bedarf", "demanda"),
        "hold": ("storage", "Lagerkosten", "almacenaje"),
    },
    units={"setup": "eur", "hold": "eur"},
    missing=("setup", "hold"),
)
