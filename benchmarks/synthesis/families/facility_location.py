"""Which depots to open, and who is served from where."""

import itertools
import random

from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.family import Decision, Family, Limit, Say, named
from optwright.benchmarks.synthesis.names import (
    TOWNS,
)
from optwright.solvers.model.formulation import Domain


def draw(rng: random.Random, size: int, language: int) -> Data:
    """Opening costs about as much as serving two customers."""
    towns = named(rng, 2 * size + 4, TOWNS, language)
    sites, shops = towns[: size + 1], towns[size + 1 :]
    return Data.of(
        {"I": sites, "J": shops},
        fixed=("I", [rng.randint(30, 90) for _ in sites]),
        cost=("I J", {(i, j): rng.randint(5, 50) for i in sites for j in shops}),
        most=rng.randint(1, size + 1),
    )


def own(data: Data) -> float:
    """Every set of depots, each shop served from the cheapest."""
    sites, shops, most = data.sets["I"], data.sets["J"], int(data.number("most"))
    return min(
        sum(data.number("fixed", i) for i in opened)
        + sum(min(data.number("cost", i, j) for i in opened) for j in shops)
        for k in range(1, most + 1)
        for opened in itertools.combinations(sites, k)
    )


FAMILY = Family(
    name="facility_location",
    archetype="facility_location",
    draw=draw,
    own=own,
    decisions=(
        Decision(
            "open",
            "I",
            Domain.BINARY,
            ("depot is opened", "Lager wird eröffnet", "se abre el almacén"),
        ),
        Decision(
            "serve",
            "I J",
            Domain.BINARY,
            (
                "shop is served from the depot",
                "Laden wird vom Lager beliefert",
                "la tienda se sirve desde el almacén",
            ),
        ),
    ),
    sense="minimize",
    objective="sum(fixed[i] * open[i] for i in I) + sum(cost[i, j] * serve[i, j] for i in I for j in J)",
    limits=(
        Limit("once", "sum(serve[i, j] for i in I) == 1", "j in J"),
        Limit("opened", "serve[i, j] <= open[i]", "i in I, j in J"),
        Limit("most", "sum(open[i] for i in I) <= most"),
    ),
    sentences=(
        Say(
            "intro",
            (
                "A chain opens depots for its shops.",
                "Eine Kette eröffnet Lager für ihre Läden.",
                "Una cadena abre almacenes para sus tiendas.",
            ),
        ),
        Say(
            "data fixed",
            (
                "A depot at {i} @costs {fixed[i]:eur} a day.",
                "Ein Lager in {i} @costs {fixed[i]:eur} am Tag.",
                "Un almacén en {i} @costs {fixed[i]:eur} al día.",
            ),
            "i in I",
        ),
        Say(
            "data cost",
            (
                "From {i} it takes <j in J|{cost[i,j]:eur} a day to serve {j}>.",
                "Von {i} aus kostet die Belieferung täglich <j in J|{cost[i,j]:eur} für {j}>.",
                "Desde {i} el reparto cuesta al día <j in J|{cost[i,j]:eur} para {j}>.",
            ),
            "i in I",
        ),
        Say(
            "once",
            (
                "@each shop is served from one depot.",
                "Jeder Laden wird von einem Lager beliefert.",
                "@each tienda se sirve desde un solo almacén.",
            ),
        ),
        Say(
            "opened",
            (
                "@only a depot that is open can serve a shop.",
                "@only ein eröffnetes Lager kann liefern.",
                "@only puede servir un almacén abierto.",
            ),
        ),
        Say(
            "most",
            (
                "@atmost {most} of the depots may be opened.",
                "Es dürfen @atmost {most} Lager eröffnet werden.",
                "Se pueden abrir @atmost {most} almacenes.",
            ),
        ),
        Say(
            "objective",
            (
                "How is the total daily cost @cheapest?",
                "Wie werden die täglichen Gesamtkosten @cheapest?",
                "¿Cómo es el coste diario total @cheapest?",
            ),
        ),
    ),
    labels={
        "I": ("depot", "Lager", "almacén"),
        "J": ("shop", "Laden", "tienda"),
        "fixed": ("daily cost", "Tageskosten", "coste diario"),
        "cost": ("serving cost", "Lieferkosten", "coste de reparto"),
    },
    units={"fixed": "eur", "cost": "eur"},
    missing=("most",),
    contrary=(
        Limit("contrary", "sum(open[i] for i in I) >= most + 1"),
        Say(
            "contrary",
            (
                "One depot more than that number has to be opened.",
                "Ein Lager mehr als diese Zahl muss eröffnet werden.",
                "Hay que abrir un almacén más que ese número.",
            ),
        ),
    ),
)
