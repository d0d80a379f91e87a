"""Long texts as people write them, with dates, headings, lists, examples and numbers beside the
point: checks have to say nothing of a right model, and something of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.checks.words.all_checks import findings
from optwright.agents.checks.words.reading import reading
from optwright.agents.replies import read_formulation
from optwright.solvers.model.formulation import Formulation

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/long_texts.jsonl").read_text("utf-8").splitlines()
]


def formulation(case: dict[str, Any], change: dict[str, Any] | None = None) -> Formulation:
    return read_formulation(json.dumps({**case["right"], **(change or {})}))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_nothing_is_found_against_a_right_model_of_a_long_text(case: dict[str, Any]) -> None:
    assert findings(reading(case["text"], formulation(case), {})) == ()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_something_is_found_against_a_wrong_model_of_it(case: dict[str, Any]) -> None:
    for change in case["wrong"]:
        assert findings(reading(case["text"], formulation(case, change), {}))
