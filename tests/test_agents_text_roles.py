"""What each number of a text is, by how it stands there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.text.roles import Role, roles


def role_of(text: str, number: str) -> Role:
    return next(n.role for n in roles(text) if n.quantity.text == number)


@pytest.mark.parametrize(
    ("text", "number", "role"),
    [
        ("There are 480 hours.", "480", Role.AMOUNT),
        ("The field in Area 17 has 480 rows.", "17", Role.NAME),
        ("We run Line 17A for 480 hours.", "17", Role.NAME),
        ("Notice 88/B: at most 480.", "88", Role.NAME),
        ("A 911 Porsche: $40000.", "911", Role.NAME),
        ("Products A_{1} and A_{3} share it.", "3", Role.NAME),
        ("Node 0 is the depot, node 1 and node 2 are shops.", "2", Role.NAME),
        ("Costs are given in Table 10.", "10", Role.NAME),
        ("Mainz 650 t, Basel 400 t", "650", Role.AMOUNT),
        ("Leeds 300, Derby 250 parcels", "250", Role.AMOUNT),
        ("5. There are 480 hours.", "5", Role.LIST),
        ("We must (1) load 40 boxes and (2) ship them.", "2", Role.LIST),
        ("Task A (2) comes before B (4).", "4", Role.AMOUNT),
        ("# Plan for 7 teams\n\nWork is short.", "7", Role.HEADER),
        ("| Item | 2 |\n| --- | --- |\n| Oil | 40 |\n", "2", Role.HEADER),
        ("| Item | 2 |\n| --- | --- |\n| Oil | 40 |\n", "40", Role.CELL),
        ("It began in 2019 with 480 hours.", "2019", Role.DATE),
        ("The budget is 2000.", "2000", Role.AMOUNT),
        ("On the 13th there are 480 hours.", "13", Role.DATE),
        ("From 17:30 on there are 480 hours.", "17", Role.DATE),
        ("We open at 7am, until 22:00.", "7", Role.DATE),
        ("Due on 12/05/2026.", "05", Role.DATE),
        ("Due on 3 June with 40 boxes.", "3", Role.DATE),
        ("Due on June 3, 2026.", "2026", Role.DATE),
        ("Freight is 18 per 100 kg.", "100", Role.UNIT),
        ("Blended, (80x + 90y)/(x+y) is the octane.", "80", Role.FORMULA),
        ("For example, a load of 30 boxes fits.", "30", Role.EXAMPLE),
        ("The third shift has 480 hours.", "third", Role.ORDINAL),
        ("A third of it is lost.", "third", Role.AMOUNT),
        ("Bins lie at (41, 99) and (82, 72).", "72", Role.CELL),
    ],
)
def test_structure_tells_what_a_number_is(text: str, number: str, role: Role) -> None:
    assert role_of(text, number) is role


def test_lists_in_brackets_are_one_column_each() -> None:
    found = roles("cap = {'A': [5, 6], 'B': [7, 8]} and cost = [3, 4]")
    assert len({n.column for n in found}) == 2


@given(st.text(alphabet=st.sampled_from("ab 1234567890.,:;()[]{}|&/\\\n-%$'\""), max_size=120))
def test_no_text_breaks_the_roles(text: str) -> None:
    assert all(text[n.quantity.start : n.quantity.end] == n.quantity.text for n in roles(text))
