"""A correction takes the place of what it corrects, and of nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.replies.corrections import corrected
from optwright.agents.replies.parse import formulation_of
from optwright.agents.replies.read import Reply, read_reply
from optwright.errors import ReplyError

DECISIONS = [{"name": "tin"}, {"name": "scrap"}]
OBJECTIVE = {"sense": "minimize", "expression": "tin + scrap"}
WORDS = "between 20 and 22 percent tin"
LEAST = {"text": WORDS, "expression": "tin + 0.2*scrap >= 0.48"}
MOST = {"text": WORDS, "expression": "tin + 0.2*scrap <= 0.528"}
DIRT = {"text": "1 percent dirt", "expression": "0.02*scrap <= 0.024"}


def reply(**content: Any) -> Reply:
    return read_reply(json.dumps(content))


def draft(*limits: dict[str, Any]) -> Reply:
    return reply(decisions=DECISIONS, objective=OBJECTIVE, limits=list(limits))


def rows(merged: Reply | None) -> list[str]:
    assert merged is not None
    return [c.expression for c in formulation_of(merged).constraints]


def test_a_draft_that_is_repeated_is_no_correction() -> None:
    before = draft(LEAST, MOST, DIRT)
    again = draft(LEAST, MOST, DIRT)
    assert corrected(before, again) is None


def test_two_limits_of_the_same_words_stay_two() -> None:
    before = draft(LEAST, MOST, DIRT)
    changed = {**DIRT, "expression": "0.02*scrap <= 0.03"}
    merged = corrected(before, draft(LEAST, MOST, changed))
    assert rows(merged) == [LEAST["expression"], MOST["expression"], "0.02*scrap <= 0.03"]


def test_one_of_two_limits_of_the_same_words_is_corrected_beside_the_other() -> None:
    changed = {**LEAST, "expression": "tin + 0.2*scrap >= 0.5"}
    merged = corrected(draft(LEAST, MOST), draft(changed, MOST))
    assert rows(merged) == ["tin + 0.2*scrap >= 0.5", MOST["expression"]]


def test_a_correction_that_does_not_say_of_which_limit_it_is_is_refused() -> None:
    with pytest.raises(ReplyError, match="does not say which"):
        corrected(draft(LEAST, MOST), reply(limits=[{**LEAST, "expression": "tin >= 1"}]))


def test_a_limit_without_a_name_is_found_by_the_name_made_of_its_words() -> None:
    before = draft(LEAST, MOST, DIRT)
    names = [c.name for c in formulation_of(before).constraints]
    merged = corrected(before, reply(limits=[{"name": names[1], "expression": "tin <= 2"}]))
    assert rows(merged) == [LEAST["expression"], "tin <= 2", DIRT["expression"]]
    without = corrected(before, reply(remove=[names[1]]))
    assert rows(without) == [LEAST["expression"], DIRT["expression"]]


def test_half_of_a_limit_with_two_rows_is_not_taken_for_both() -> None:
    both = {"name": "mix", "text": WORDS, "expression": "tin >= 1, tin <= 4"}
    assert len(rows(draft(both))) == 2
    with pytest.raises(ReplyError, match="has 2 rows"):
        corrected(draft(both), reply(limits=[{"name": "mix_2", "expression": "tin <= 3"}]))
    whole = reply(limits=[{"name": "mix", "expression": "tin >= 1, tin <= 3"}])
    assert rows(corrected(draft(both), whole)) == ["tin >= 1", "tin <= 3"]


def test_a_goal_without_a_name_does_not_take_the_place_of_the_first() -> None:
    goals = [
        {"text": "work", "expression": "tin", "target": 4, "over": 1.0},
        {"text": "waste", "expression": "scrap", "target": 2, "over": 1.0},
    ]
    before = reply(decisions=DECISIONS, objective=OBJECTIVE, goals=goals)
    merged = corrected(before, reply(goals=[{**goals[1], "target": 3}]))
    assert merged is not None
    assert [(g.name, g.target) for g in formulation_of(merged).goals] == [
        ("goal_1", "4"),
        ("goal_2", "3"),
    ]


@given(
    texts=st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=5),
    names=st.lists(st.sampled_from(["n", "m", None]), min_size=5, max_size=5),
    changed=st.integers(0, 4),
)
def test_repeating_a_draft_with_one_part_changed_changes_that_part_alone(
    texts: list[str], names: list[str | None], changed: int
) -> None:
    limits: list[dict[str, Any]] = []
    for at, (text, name) in enumerate(zip(texts, names, strict=False)):
        limit = {"text": text, "expression": f"tin + scrap >= {at}"}
        is_free = name is not None and all(known.get("name") != name for known in limits)
        limits.append({**limit, "name": name} if is_free else limit)
    changed %= len(limits)
    if not (limits[changed]["text"] or limits[changed].get("name")):
        return  # neither words nor a name: nothing says that it is the old one
    new = [dict(limit) for limit in limits]
    new[changed]["expression"] = "tin + scrap >= 99"
    merged = corrected(draft(*limits), draft(*new))
    assert rows(merged) == [limit["expression"] for limit in new]
