"""The gate: only a reader that does well on stored questions may verify anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from optwright.agents.checks.plans.question import Answer, Question, Reading, Reliability, Verdict
from optwright.agents.checks.readers.gate import (
    GateCase,
    GateResult,
    Known,
    case_from_json,
    case_to_json,
    stored_cases,
    try_reader,
)
from optwright.agents.checks.readers.standing import Standings

Choice = Callable[[Known], Verdict | float]


@dataclass
class Stored:
    """A reader that knows the stored answers, and answers as `choice` says."""

    choice: Choice
    name: str = "stored"
    arithmetic: float = 1e-3
    reliability: Reliability | None = None

    def read(self, question: Question) -> Reading:
        (case,) = [case for case in stored_cases() if case.question is question]
        return Reading(tuple(_answer(known, self.choice(known)) for known in case.known))


def _answer(known: Known, said: Verdict | float) -> Answer:
    if isinstance(said, Verdict):
        return Answer(known.plan.number, said)
    return Answer(known.plan.number, value=said)


def tried(choice: Choice) -> GateResult:
    return try_reader(Stored(choice))


def test_there_are_stored_questions_of_every_kind() -> None:
    known = [k for case in stored_cases() for k in case.known]
    assert len(stored_cases()) >= 20
    assert sum(k.truth is Verdict.ALLOWED for k in known) >= 60
    assert sum(k.truth is Verdict.NOT_ALLOWED for k in known) >= 100
    assert sum(k.is_misread for k in known) >= 30


def test_who_knows_the_answers_passes() -> None:
    result = tried(lambda known: known.truth)
    assert result.passed
    assert result.shared.count == 0


def test_who_reads_as_the_draft_does_does_not_pass() -> None:
    result = tried(lambda known: known.draft)
    assert not result.passed
    assert result.allowed_wrong.count == result.broken_wrong.count == 0
    assert "misreadings were shared" in str(result)


@pytest.mark.parametrize("verdict", [Verdict.ALLOWED, Verdict.NOT_ALLOWED])
def test_who_always_says_the_same_does_not_pass(verdict: Verdict) -> None:
    assert not tried(lambda known: verdict).passed


def test_who_cannot_tell_anything_does_not_pass() -> None:
    result = tried(lambda known: Verdict.CANNOT_TELL)
    assert not result.passed
    assert result.unanswered.share == 1


@pytest.mark.parametrize(("wrong", "passes"), [(0.02, True), (0.15, False)])
def test_a_few_errors_pass_and_many_do_not(wrong: float, passes: bool) -> None:
    rng = random.Random(0)

    def choice(known: Known) -> Verdict | float:
        if isinstance(known.truth, Verdict) and rng.random() < wrong:
            others = {Verdict.ALLOWED: Verdict.NOT_ALLOWED, Verdict.NOT_ALLOWED: Verdict.ALLOWED}
            return others[known.truth]
        return known.truth

    assert tried(choice).passed is passes


def test_a_case_comes_back_as_it_was_written() -> None:
    case = next(case for case in stored_cases() if not case.question.tables)
    assert case_from_json(case_to_json(case, {})) == case


def test_a_case_with_tables_shows_them() -> None:
    for case in stored_cases():
        for name, table in case.question.tables.items():
            assert table.name == name
            assert len(table) > 0


def test_progress_is_told_and_cases_can_be_chosen() -> None:
    heard: list[tuple[int, int]] = []
    cases: list[GateCase] = list(stored_cases()[:2])
    try_reader(Stored(lambda known: known.truth), cases, lambda done, of: heard.append((done, of)))
    assert heard == [(1, 2), (2, 2)]


def test_a_result_is_kept_and_read_again(tmp_path: Path) -> None:
    standings = Standings(tmp_path / "new")
    assert standings.of("stored") is None
    standings.keep(tried(lambda known: known.truth))
    found = standings.of("stored")
    assert found is not None
    assert found.reliability == Reliability(0, 0)
    standings.keep(tried(lambda known: known.draft))
    found = standings.of("stored")
    assert found is not None
    assert found.reliability is None
    assert found.complaints


def test_what_was_tried_with_other_questions_counts_no_more(tmp_path: Path) -> None:
    standings = Standings(tmp_path)
    standings.keep(tried(lambda known: known.truth))
    text = standings.path.read_text()
    standings.path.write_text(text.replace('"questions": "', '"questions": "0'))
    assert standings.of("stored") is None
    standings.path.write_text("no JSON")
    assert standings.of("stored") is None
