"""The complete formulations of the page on the language: each solves to what the page says of it,
and comes back the same from every form it is written out in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.export.latex import mathematics
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
WHOLE = re.findall(
    r"```json\n(\{\n  \"title\".*?)\n```\n\nIt comes to ([\d.,]+)\.\n", PAGE.read_text(), re.DOTALL
)
TITLES = [json.loads(text)["title"] for text, _ in WHOLE]


def test_the_page_has_a_formulation_of_each_kind() -> None:
    kinds = [{"nooverlap"}, {"prev"}, {"goals"}, {"scenarios"}, {"implies"}, {"(p, c) in L"}]
    assert all(any(word in text for text, _ in WHOLE) for (word,) in kinds)


@pytest.mark.parametrize(("text", "best"), WHOLE, ids=TITLES)
def test_a_formulation_of_the_page_comes_to_what_it_says(text: str, best: str) -> None:
    stated = Formulation.from_json(text)
    assert check(stated) == ()
    outcome = solve(Program(stated))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(float(best.replace(",", "")), abs=1e-4)
    again = Formulation.from_json(stated.to_json())
    assert again == stated
    assert Program(stated).doubts == ()
    assert mathematics(stated)
