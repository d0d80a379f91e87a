"""The corpus of right formulations holds what it promises, and its own checks see what is wrong."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.benchmarks.corpus.__main__ import main
from optwright.benchmarks.corpus.entries import Entry, read_entries, write_entries
from optwright.benchmarks.corpus.likeness import alike, near
from optwright.benchmarks.corpus.second_engine import by_scip, searched
from optwright.benchmarks.corpus.validate import (
    corpus_faults,
    same,
    shape_faults,
    solve_faults,
    solved,
)
from optwright.errors import InputError


@cache
def entries() -> Sequence[Entry]:
    return tuple(read_entries())


@cache
def stools() -> Entry:
    reply = {
        "decisions": [
            {"name": "stools", "meaning": "stools made", "whole": True},
            {"name": "legs", "meaning": "legs bought", "whole": True},
        ],
        "amounts": [{"name": "profit", "expression": "20*stools - 2*legs"}],
        "objective": {"text": "earn the most", "sense": "maximize", "expression": "profit"},
        "limits": [
            {"text": "A stool needs three legs", "expression": "legs >= 3*stools"},
            {"text": "30 legs at most", "expression": "legs <= 30"},
        ],
    }
    text = "A stool needs three legs and brings 20, a leg costs 2. 30 legs at most; earn the most."
    return Entry("stools", "requirements", "own", text, {}, reply, "optimal", 140.0)


def with_limit(entry: Entry, at: int, **changes: str) -> Entry:
    reply = json.loads(json.dumps(entry.reply))
    reply["limits"][at] |= changes
    return replace(entry, reply=reply)


def test_every_entry_reads_as_written_and_quotes_its_text() -> None:
    assert [f"{e.id}: {f}" for e in entries() for f in shape_faults(e)] == []


def test_no_two_entries_are_alike() -> None:
    assert list(corpus_faults(entries())) == []


def test_no_two_texts_share_half_of_their_word_runs() -> None:
    assert list(near(entries())) == []


def test_every_optimum_is_computed() -> None:
    assert [e.id for e in entries() if e.status == "optimal" and e.optimum is None] == []


@pytest.mark.parametrize("entry", entries()[::5], ids=lambda e: e.id)
def test_two_engines_find_the_optimum_of_one_entry_in_five(entry: Entry) -> None:
    assert list(solve_faults(entry, solved(entry))) == []


@pytest.mark.slow
def test_two_engines_find_the_optimum_of_every_entry() -> None:
    assert [f"{e.id}: {f}" for e in entries() for f in solve_faults(e, solved(e))] == []


def test_a_quote_that_the_text_does_not_hold_is_a_fault() -> None:
    (fault,) = shape_faults(with_limit(stools(), 1, text="at most 30 legs"))
    assert "does not hold 'at most 30 legs'" in fault


def test_an_expression_that_cannot_be_read_is_a_fault() -> None:
    (fault,) = shape_faults(with_limit(stools(), 1, expression="legs <= chairs"))
    assert "chairs" in fault


def test_a_typed_optimum_that_is_not_found_is_a_fault() -> None:
    wrong = replace(stools(), optimum=141.0)
    (fault,) = solve_faults(wrong, solved(wrong))
    assert "found optimal 140" in fault


def test_other_names_and_numbers_make_no_other_problem() -> None:
    text = stools().text.replace("stool", "bench").replace("20", "45").replace("three", "four")
    reply = json.loads(json.dumps(stools().reply).replace("stools", "benches").replace("30", "64"))
    twin = replace(stools(), id="twin", text=text, reply=reply)
    assert ("stools", "twin", "the same text") in list(alike([stools(), twin]))
    assert [pair[:2] for pair in near([stools(), twin])] == [("stools", "twin")]


def test_the_second_engine_says_infeasible_and_unbounded() -> None:
    nothing = with_limit(stools(), 1, expression="legs <= -1")
    endless = with_limit(stools(), 1, expression="legs >= 30")
    endless = with_limit(endless, 0, expression="stools >= 2*legs")
    assert by_scip(nothing.formulation, {}) == ("infeasible", None)
    assert by_scip(endless.formulation, {}) == ("unbounded", None)


def test_every_point_is_tried_where_all_decisions_are_whole_and_few() -> None:
    reply = json.loads(json.dumps(stools().reply))
    for decision in reply["decisions"]:
        decision["upper"] = 40
    assert searched(replace(stools(), reply=reply).formulation, {}) == 140.0


def test_none_is_the_same_as_none_alone() -> None:
    assert same(None, None)
    assert not same(None, 0.0)
    assert same(1e6, 1e6 + 0.1)


def test_filling_writes_what_both_engines_found(tmp_path: Path) -> None:
    path = tmp_path / "right_z.jsonl"
    write_entries(path, [replace(stools(), optimum=None)])
    assert CliRunner().invoke(main, ["--file", str(path)]).exit_code == 1
    assert CliRunner().invoke(main, ["--file", str(path), "--fill"]).exit_code == 0
    assert [e.optimum for e in read_entries([path])] == [140.0]


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "right_z.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(InputError, match="line 1"):
        read_entries([path])
