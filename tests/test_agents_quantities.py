"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.text.quantities import Kind, quantities, same, says


def values(text: str) -> list[float]:
    return [q.value for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at most 1,200 seats", [1200]),
        ("$600,000 and $1.5 million", [600_000, 1_500_000]),
        ("fifty-five or twenty five", [55, 25]),
        ("a dozen, 3 dozen", [12, 36]),
        ("a half, two thirds, 3/4", [0.5, 2 / 3, 0.75]),
        ("twice, double, thrice", [2, 2, 3]),
        ("30 % of them and 12.5 percent", [30, 12.5]),
        ("5kg, 20cm, .5 l", [5, 20, 0.5]),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, expected: list[float]) -> None:
    assert values(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["medicine Z1 and D3", "x1 and x2", "type II", "a 4-wheeler"])
def test_a_number_inside_a_name_is_no_quantity(text: str) -> None:
    assert values(text) == []


def test_a_percentage_reads_as_share_complement_and_odds() -> None:
    (percent,) = quantities("at most 40%")
    assert percent.kind is Kind.PERCENT
    for number in (0.4, 40, 0.6, 1.4, 0.4 / 0.6):
        assert says((percent,), number)
    assert not says((percent,), 0.5)


def test_small_words_and_ones_need_not_be_used() -> None:
    assert [q.must_be_used for q in quantities("two kinds, 1 hour, 7 days")] == [False, False, True]


def test_a_rounded_third_is_a_third() -> None:
    assert same(1 / 3, 0.333)
    assert not same(1 / 3, 0.34)


@given(st.floats(min_value=0.01, max_value=1e9, allow_nan=False).map(lambda x: round(x, 2)))
def test_any_number_written_out_plainly_is_found(number: float) -> None:
    assert values(f"it costs {number:,.2f} dollars") == pytest.approx([number])


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for q in quantities(text):
        assert text[q.start : q.end]
