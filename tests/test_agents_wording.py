"""What words say about a limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.text.wording import Relation, Way, phrases, plain_way, relation, sentences

AB = (["apples"], ["pears"])


def ways(words: str) -> list[str]:
    return [p.way.value for p in phrases(words)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("at least 5", [">="]),
        ("no more than 5", ["<="]),
        ("more gift boxes than regular boxes", [">="]),
        ("there cannot be more gift boxes than regular boxes", ["<="]),
        ("20 or more and less than 50", [">=", "<="]),
        ("it earns more but less than 50", ["<="]),
        ("must not exceed the vans", ["<="]),
        ("cannot be greater than the vans", ["<="]),
        ("no fewer than 5", [">="]),
        ("not less than 5", [">="]),
        ("must exceed 5", [">="]),
        ("more than 5 and up to 9", [">=", "<="]),
        ("exactly 5", ["=="]),
        ("at least 5 vans, and no more than twice as many cars", [">=", "<="]),
        ("a truck carries 5 tons", []),
    ],
)
def test_phrases_point_the_way_they_are_meant(words: str, expected: list[str]) -> None:
    assert ways(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("at least 3 times as many pears as apples", Relation(1, Way.AT_LEAST, 3, 0, False)),
        (
            "the number of pears must be at least twice the number of apples",
            Relation(1, Way.AT_LEAST, 2, 0, False),
        ),
        ("the pears must not exceed the apples", Relation(1, Way.AT_MOST, 1, 0, False)),
        ("there must be more ripe pears than apples", Relation(1, Way.AT_LEAST, 1, 0, False)),
        ("no more pears than apples are sold", Relation(1, Way.AT_MOST, 1, 0, False)),
        (
            "apples must be at least half as much as pears",
            Relation(0, Way.AT_LEAST, 0.5, 1, False),
        ),
        ("at most 40% of the fruit can be pears", Relation(1, Way.AT_MOST, 0.4, None, True)),
        (
            "at least 40% of fruit be pears since apples rot",
            Relation(1, Way.AT_LEAST, 0.4, None, True),
        ),
    ],
)
def test_comparisons_of_decisions_are_read(words: str, expected: Relation) -> None:
    assert relation(words, AB) == expected


@pytest.mark.parametrize(
    "words",
    ["at least 5 pears", "pears cost more", "at least 3 pears and at most 4 apples", "exactly 2"],
)
def test_words_that_compare_nothing_clearly_give_no_relation(words: str) -> None:
    assert relation(words, AB) is None


def test_a_letter_names_a_thing_only_in_upper_case() -> None:
    machines = (["machine", "a"], ["machine", "b"])
    distinct = (["a"], ["b"])
    assert relation("at most 30% of a batch must be of type B", distinct) == Relation(
        1, Way.AT_MOST, 0.3, None, True
    )
    assert relation("at most 30% of the machines", machines) is None


def test_decimals_do_not_end_a_sentence() -> None:
    assert sentences("Vans cost $1.50. Use 3.") == ("Vans cost $1.50.", "Use 3.")


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(0 <= p.start < p.end <= len(text) for p in phrases(text))
    relation(text, AB)


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("nobody takes more than 3", None),
        ("must not be run at less than 6", None),
        ("any more than 2 and the desk says no", None),
        ("no more than 3", "<="),
        ("must not exceed 60 percent", "<="),
        ("at least 5", ">="),
        ("at least 5 and at most 7", None),
    ],
)
def test_a_denial_beside_the_phrase_leaves_the_way_open(words: str, way: str | None) -> None:
    assert plain_way(words) == way
