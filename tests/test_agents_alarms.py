"""Right models of texts that once raised an alarm: each stands for a kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.agents.checks.plans.generate import _tidy
from optwright.agents.checks.words.all_checks import findings
from optwright.agents.checks.words.reading import reading
from optwright.agents.findings import Finding
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.solvers.data.table import Table, from_columns


def found(text: str, reply: dict[str, Any], **tables: Table) -> tuple[Finding, ...]:
    return findings(reading(text, read_formulation(json.dumps(reply)), tables))


def test_coordinates_beside_the_distances_between_them_may_be_left_alone() -> None:
    far = {(i, j): 10 * (i + 1) + 7 * j for i in range(4) for j in range(4)}
    rows = ". ".join(
        f"From well {i} it is {', '.join(str(far[i, j]) for j in range(4))} m to the four barns"
        for i in range(4)
    )
    text = (
        f"Four wells may be dug, at 40, 55, 60 and 65 euros. {rows}. Every barn gets one pipe "
        "from a well that is dug. On the map the wells lie at (10, 31), (20, 17), (30, 24) and "
        "(40, 93). Dig and pipe as cheaply as possible, a metre of pipe costs a euro."
    )
    reply = {
        "sets": [{"name": "W", "expression": "0..3"}, {"name": "B", "expression": "0..3"}],
        "parameters": [
            {"name": "digging", "indices": ["W"], "values": [40, 55, 60, 65]},
            {"name": "far", "indices": ["W", "B"],
             "values": [[far[i, j] for j in range(4)] for i in range(4)]},
        ],
        "variables": [
            {"name": "dug", "indices": ["W"], "domain": "binary"},
            {"name": "pipe", "indices": ["W", "B"], "domain": "binary"},
        ],
        "objective": {"sense": "minimize", "quote": "as cheaply as possible",
                      "expression": "sum(digging[w]*dug[w] + sum(far[w, b]*pipe[w, b] for b in B) "
                                    "for w in W)"},
        "constraints": [
            {"expression": "sum(pipe[w, b] for w in W) == 1", "forall": "b in B",
             "quote": "Every barn gets one pipe"},
            {"expression": "pipe[w, b] <= dug[w]", "forall": "w in W, b in B",
             "quote": "from a well that is dug"},
        ],
    }  # fmt: skip
    assert found(text, reply) == ()
    misread = json.loads(json.dumps(reply).replace("[40, 55, 60, 65]", "[40, 55, 60, 68]"))
    assert found(text, misread)


def test_what_limits_a_number_of_the_data_by_its_name_limits_no_decision() -> None:
    table = from_columns("prices", {"item": ["late_factor"], "value": [1.4]})
    text = (
        "Send parcels at 3 euros by day or at late_factor times that by night, where late_factor "
        "is greater than 1. At most 20 go by day and 50 have to go. Pay as little as possible."
    )
    reply = {
        "sets": [{"name": "I", "column": {"table": "prices", "value": "item"}}],
        "parameters": [{"name": "given", "indices": ["I"],
                        "column": {"table": "prices", "keys": ["item"], "value": "value"}}],
        "variables": [{"name": "day", "domain": "integer"}, {"name": "night", "domain": "integer"}],
        "objective": {"sense": "minimize", "quote": "Pay as little as possible",
                      "expression": "3*day + 3*given[\"late_factor\"]*night"},
        "constraints": [{"quote": "At most 20 go by day", "expression": "day <= 20"},
                        {"quote": "50 have to go", "expression": "day + night == 50"}],
    }  # fmt: skip
    assert found(text, reply, prices=table) == ()


@pytest.mark.parametrize(
    "entry", ["Crate Delta: mass 40 kg", "Crate Delta: 40", "| Crate Delta | 40 kg | Hall A |"]
)
def test_a_long_list_of_names_does_not_hide_the_language_of_the_sentences(entry: str) -> None:
    lines = "\n".join([f"* {entry}"] * 30)
    told = "A shipper must load crates onto as few trucks as possible. A truck takes 90 kg."
    assert Problem(f"{told}\nCrates:\n{lines}").reads_as_english
    gesagt = "Eine Spedition will die Kisten auf so wenige Wagen wie möglich laden. Je 90 kg."
    assert not Problem(f"{gesagt}\nKisten:\n{lines}").reads_as_english


@pytest.mark.parametrize("scale", [1, 100])
def test_amounts_said_in_hundreds_may_be_counted_in_hundreds(scale: int) -> None:
    text = "A duty by day costs 38 hundred euros, one by night 45 hundred. Do 3. Spend the least."
    reply = {
        "variables": [{"name": "day", "domain": "integer"}, {"name": "night", "domain": "integer"}],
        "objective": {"sense": "minimize", "quote": "Spend the least",
                      "expression": f"{38 * scale}*day + {45 * scale}*night"},
        "constraints": [{"quote": "Do 3", "expression": "day + night == 3"}],
    }  # fmt: skip
    assert found(text, reply) == ()


def test_what_a_solver_leaves_of_nothing_is_nothing_in_a_plan() -> None:
    assert _tidy(3.33333332e-07) == 0.0
    assert _tidy(55.9999997) == 56.0
    assert _tidy(0.001234) == 0.001234
    assert _tidy(1_000_000.5) == 1_000_000.5
