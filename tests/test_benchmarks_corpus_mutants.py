"""Mutants are one mistake away from a right formulation, and checks are measured by what is new."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.agents.checks.context import CheckContext
from optwright.benchmarks.corpus import measure as measuring
from optwright.benchmarks.corpus.__main__ import main
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.benchmarks.corpus.measure import measure, table
from optwright.benchmarks.corpus.mistakes import Kind, miscopied
from optwright.benchmarks.corpus.mutants import Mutant, mutants
from optwright.benchmarks.corpus.trees import places, with_node
from optwright.solvers.language.expressions import parse, to_text
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.syntax import Number

TEXT = (
    "Gift boxes earn 9, plain ones 6. 150 g a gift box, 200 g a plain one, 1200 g. 5 plain or more."
)
REPLY = {
    "decisions": [
        {"name": "gift", "meaning": "gift boxes", "whole": True},
        {"name": "plain", "meaning": "plain boxes", "whole": True},
    ],
    "objective": {"text": "earn", "sense": "maximize", "expression": "9*gift + 6*plain"},
    "limits": [
        {"text": "1200 g", "expression": "150*gift + 200*plain <= 1200"},
        {"text": "5 plain or more", "expression": "plain >= 5"},
    ],
}


@cache
def boxes() -> Entry:
    return Entry("boxes", "production mix", "own", TEXT, {}, REPLY, "optimal", 39.0)


@cache
def made() -> dict[Kind, Mutant]:
    return {m.kind: m for m in mutants([boxes()])}


def test_every_kind_of_mistake_is_made() -> None:
    assert set(made()) == set(Kind)


def test_the_same_seed_makes_the_same_mutants_whatever_stands_beside() -> None:
    others = replace(boxes(), id="others")
    again = [m.row for m in mutants([others, boxes()]) if m.of.id == "boxes"]
    assert again == [m.row for m in made().values()]


def test_another_seed_makes_other_mutants() -> None:
    assert [m.row for m in mutants([boxes()], 1)] != [m.row for m in made().values()]


def test_no_mutant_is_the_right_formulation_or_another_mutant() -> None:
    written = [m.formulation.to_json() for m in made().values()]
    assert len({*written, boxes().formulation.to_json()}) == len(Kind) + 1


def test_each_mistake_is_of_its_kind() -> None:
    right = boxes().formulation
    assert len(made()[Kind.OMISSION].formulation.constraints) == 1
    assert made()[Kind.SENSE].formulation.objective.sense == "minimize"
    assert made()[Kind.TERM].formulation.objective.expression in ("9 * gift", "6 * plain")
    swapped = made()[Kind.RIGHT_SIDE].formulation
    assert [c.expression for c in swapped.constraints] == [
        "150 * gift + 200 * plain <= 5",
        "plain >= 1200",
    ]
    turned = made()[Kind.DIRECTION].formulation
    assert sum(a != b for a, b in zip(turned.constraints, right.constraints, strict=True)) == 1
    assert made()[Kind.DIRECTION].change.endswith((">= became <=", "<= became >="))


def test_a_mutant_knows_whether_it_solves_to_something_else() -> None:
    mutant = made()[Kind.SENSE]
    assert (mutant.status, mutant.optimum, mutant.differs) == ("optimal", 30.0, True)
    assert not replace(mutant, optimum=39.0).differs
    assert replace(mutant, status="infeasible", optimum=None).differs
    assert replace(mutant, status="time_limit", optimum=None).differs is None


def test_a_number_is_copied_with_digits_turned_lost_and_doubled() -> None:
    assert {21.0, 1.0, 2.0, 112.0, 122.0} <= set(miscopied(12.0))
    assert list(miscopied(7.0)) == []


def test_numbers_in_indices_and_conditions_are_no_amounts() -> None:
    tree = parse("sum(3*stock[t-1] for t in T if t > 2)")
    numbers = [(path, node) for path, node in places(tree) if isinstance(node, Number)]
    assert [node.value for _, node in numbers] == [3.0]
    changed = with_node(tree, numbers[0][0], Number(4.0))
    assert to_text(changed) == "sum(4 * stock[t - 1] for t in T if t > 2)"


def test_the_corpus_gives_mutants_of_a_table_problem() -> None:
    entry = next(e for e in read_entries() if e.id == "bread-vans")
    kinds = {m.kind for m in mutants([entry])}
    assert {Kind.DIRECTION, Kind.OMISSION, Kind.SENSE, Kind.COEFFICIENT} <= kinds


def test_a_false_alarm_is_no_catch(monkeypatch: pytest.MonkeyPatch) -> None:
    from optwright.agents.findings import Fault, Finding

    def grumbles(case: CheckContext) -> tuple[Finding, ...]:
        always = Finding(Fault.UNITS, "odd units", "gift")
        return (always, *((Finding(Fault.SENSE, "turned", "objective"),) if turned(case) else ()))

    def turned(case: CheckContext) -> bool:
        return case.formulation.objective.sense == "minimize"

    monkeypatch.setattr(measuring, "findings", grumbles)
    measured = measure([boxes()], made().values())
    assert (measured.right, measured.flagged["units"], measured.flagged["sense"]) == (1, 1, 0)
    assert measured.recall("units") == 0.0
    assert measured.caught["sense", Kind.SENSE] == 1
    assert measured.precision("sense") == 1.0
    assert measured.precision("units") == 0.0
    assert measured.precision("relation") is None
    assert "| sense | 0 |" in table(measured)


def test_mutants_are_written_as_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optwright.benchmarks.corpus.__main__.read_entries", lambda: [boxes()])
    out = tmp_path / "mutants.jsonl"
    result = CliRunner().invoke(main, ["mutants", "--out", str(out)])
    assert result.exit_code == 0
    assert "| together |" in result.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["class"] for row in rows] == [k.value for k in made()]
    assert all(Formulation.model_validate(row["formulation"]) for row in rows)
