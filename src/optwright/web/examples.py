"""Problems to begin with, one click away: words, and the tables that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from optwright.solvers.data.table import from_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optwright.solvers.data.table import Table


@dataclass(frozen=True, slots=True)
class Example:
    """A problem by the name its button has; `tables` are CSV text by the name of the table."""

    name: str
    title: str
    text: str
    tables: Mapping[str, str]

    def read(self) -> dict[str, Table]:
        """Its tables, typed."""
        return {name: _read(name, text) for name, text in self.tables.items()}


def _read(name: str, text: str) -> Table:
    import csv

    head, *rows = csv.reader(StringIO(text))
    return from_columns(name, {key: [row[at] for row in rows] for at, key in enumerate(head)})


EXAMPLES = (
    Example(
        "boxes",
        "What to make: boxes of chocolates",
        "A store packs regular boxes and gift boxes. A regular box takes 200 grams of chocolate "
        "and earns $6, a gift box takes 300 grams and earns $9 and also needs a ribbon. There are "
        "12000 grams of chocolate and 30 ribbons, and at least 10 regular boxes are promised. "
        "How many boxes of each kind should be packed to maximize the profit?",
        {},
    ),
    Example(
        "flour",
        "What to send where: mills and bakeries, with three tables",
        "A company sends flour from its mills to its bakeries. Every mill can send at most its "
        "capacity, every bakery must get its demand, and no route may carry more than 60 tons. "
        "Find the cheapest plan.",
        {
            "mills": "mill,capacity_tons\nWeir,120\nHill,80\nLake,100\n",
            "bakeries": "bakery,demand_tons\nHarbour,70\nMarket,55\nStation,45\nCastle,60\n",
            "routes": (
                "mill,bakery,dollars_per_ton\nWeir,Harbour,4\nWeir,Market,3\nWeir,Station,7\n"
                "Weir,Castle,6\nHill,Harbour,5\nHill,Market,4\nHill,Station,2.5\nHill,Castle,5\n"
                "Lake,Harbour,6\nLake,Market,5.5\nLake,Station,4\nLake,Castle,3.5\n"
            ),
        },
    ),
    Example(
        "shifts",
        "Who works when: a week of shifts",
        "A café needs 2 people on each weekday from Monday to Friday, and 3 on Saturday and on "
        "Sunday. Anna, Ben, Carla, Dimitri and Elena can work at most 4 days a week each, and Anna "
        "does not work on Sunday. A day's work costs $80 on weekdays and $110 at the weekend. "
        "Plan the week at the lowest cost.",
        {},
    ),
    Example(
        "jobs",
        "In which order: jobs on two machines",
        "A workshop has four jobs: frame, paint, wheels and test. Every job goes over the bench "
        "first and then into the booth, and no machine does two jobs at once. On the bench the "
        "jobs take 3, 1, 2 and 2 hours, in the booth 1, 4, 2 and 3 hours. Plan the jobs so that "
        "everything is done as early as possible.",
        {},
    ),
)


def named(name: str) -> Example | None:
    """The example of that name."""
    return next((example for example in EXAMPLES if example.name == name), None)
