"""What was counted of the rules that propose decides which of them are shown."""

from __future__ import annotations

import pytest

from optwright.agents.render import render
from optwright.agents.repair.quality import LEAST_PRECISION, RuleQuality, is_likely, qualities
from optwright.agents.solving import solve
from optwright.benchmarks.corpus.proposals import RULES
from optwright.testing import ScriptedModel
from tests.drafts import draft


def test_every_rule_was_counted_on_the_whole_corpus() -> None:
    assert set(qualities()) == set(RULES)
    assert all(q.right >= 400 and q.wrong >= 2_000 for q in qualities().values())


def test_a_rule_that_spoils_more_than_it_mends_is_not_shown() -> None:
    assert RuleQuality(4, 100, 3, 100).precision == pytest.approx(3 / 7)
    assert RuleQuality(0, 100, 0, 100).precision is None
    for rule, quality in qualities().items():
        seldom = quality.precision is not None and quality.precision < LEAST_PRECISION
        assert is_likely(rule) is not seldom
    assert not is_likely("unfounded")
    assert is_likely("sense")


def test_a_proposal_that_is_not_shown_is_kept_for_programs() -> None:
    text = (
        "A shop makes mugs and jars. A mug earns $4 and takes 2 hours, a jar earns $7 and takes 4 "
        "hours. There are 41 hours. A mug requires a jar. Maximize the profit."
    )
    reply = draft(
        ("There are 41 hours", "2*mugs + 4*jars <= 41"),
        ("A mug requires a jar", "jars >= mugs"),
        decisions={"mugs": "number of mugs", "jars": "number of jars"},
        words="Maximize the profit",
        objective="4*mugs + 7*jars",
    )
    solution = solve(text, model=ScriptedModel(lambda _: reply))
    assert [p.rule for p in solution.proposals if p.moves] == ["unfounded"]
    assert "limits nothing" not in render(solution)
