"""The expression language: what is read, what is refused, and how it is said."""

from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import FormulationError
from optwright.solvers.language.expressions import (
    FUNCTIONS,
    KEYWORDS,
    MAX_LENGTH,
    Add,
    Binary,
    Call,
    Comparison,
    Expr,
    Forall,
    Generator,
    Negate,
    Number,
    Quoted,
    Ref,
    names,
    numbers,
    parse,
    parse_comparison,
    parse_forall,
    to_text,
)
from tests.trees import generators, trees

SIDES = ["<=", ">=", "=="]


@given(trees())
def test_what_is_written_reads_back_as_the_same_tree(expression: Expr) -> None:
    assert parse(to_text(expression)) == expression


@given(st.builds(Comparison, st.sampled_from(SIDES), trees(2), trees(2)))
def test_a_comparison_reads_back(comparison: Comparison) -> None:
    assert parse_comparison(to_text(comparison)) == (comparison,)


@given(st.lists(generators(), max_size=4))
def test_loops_read_back(loops: list[Generator]) -> None:
    forall = Forall(tuple(loops))
    assert parse_forall(to_text(forall)) == forall


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a - b + c", Add((Ref("a"), Negate(Ref("b")), Ref("c")))),
        ("-x ** 2", Negate(Binary("**", Ref("x"), Number(2)))),
        ('x["Lyon", t - 1]', Ref("x", (Quoted("Lyon"), Add((Ref("t"), Negate(Number(1))))))),
        ("max(a, 3)", Call("max", (Ref("a"), Number(3)))),
        ("+2", Number(2)),
        ("\n  a\n + b\n", Add((Ref("a"), Ref("b")))),
    ],
)
def test_texts_read_as_python_would(text: str, tree: Expr) -> None:
    assert parse(text) == tree


def test_a_chain_is_two_comparisons() -> None:
    low, high = parse_comparison("1 <= x <= 5")
    assert (to_text(low), to_text(high)) == ("1 <= x", "x <= 5")


@pytest.mark.parametrize(
    "text",
    [
        "i in I, j in J if i != j",
        "for i in I for j in J if i != j",
        "for i in I, j in J if i != j",
    ],
)
def test_loops_may_be_written_as_in_a_sum_or_with_commas(text: str) -> None:
    condition = Comparison("!=", Ref("i"), Ref("j"))
    assert parse_forall(text) == Forall((Generator("i", "I"), Generator("j", "J", condition)))


def test_several_names_share_a_set() -> None:
    assert parse_forall("i, j in I") == Forall((Generator("i", "I"), Generator("j", "I")))


def test_no_text_is_no_loop() -> None:
    assert parse_forall(" ") == Forall()


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("3x + 2", "column 2", "'3' and 'x'"),
        ("2 (a + b)", "column 3", "'2' and '('"),
        ("a b", "column 3", "'a' and 'b'"),
        ("x = 3", "column 3", "'='"),
        ("x ≤ 3", "column 3", "'≤'"),
        ("x.y", "column 2", "'.'"),
        ("a +\n b +\n * c", "line 3, column 2", "'*'"),
        ("a + ", "column 4", "the end"),
        ("(a + b", "column 1", "'('"),
        ("a + b)", "column 6", "')'"),
        ("f(x)", "column 1", "'f'"),
        ("é", "column 1", "'é'"),
        ('x["é", y z]', "column 10", "'y' and 'z'"),
        ("lambda + 1", "column 1", "'lambda'"),
        ("x[i][j]", "column 1", "brackets"),
        ("sum(x)", "column 1", "loop"),
        ("max(x)", "column 1", "loop"),
        ("abs(x, y)", "column 1", "one argument"),
        ("sum(x[i] for i in 3)", "column 19", "where a set is expected"),
        ("x and y", "column 1", "comparison"),
        ("sum", "column 1", "function"),
        ("1e999", "column 1", "larger"),
        ("len(3)", "column 1", "name of a set"),
        ("x[()]", "column 1", "empty brackets"),
        ("[x, y]", "column 1", "a list"),
        ("y + (x <= 3)", "column 6", "comparison"),
        ("*".join("x" * 50), "column 1", "more than 40 factors"),
        ("+".join("x" * 1500), "column 1", "1,000 terms"),
        (" - ".join(["(x"] * 35) + ")" * 35 + " ** (" + "-" * 90 + "2)", "column", "inside each"),
        ("sum(x[i] for i in I if i in 3)", "column 29", "where a set is expected"),
        ("sum(x[i] for i in I if i in [])", "column 29", "empty brackets"),
        ('sum(x[i] for i in I if i == "a" "b")', "column 33", "nothing joins"),
    ],
)
def test_what_is_not_in_the_language_is_named_with_its_place(
    text: str, place: str, found: str
) -> None:
    with pytest.raises(FormulationError, match=place) as error:
        parse(text)
    assert found in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x < 3", "'<'"),
        ("x + 3", "compares"),
        ("x <= 1, y <= 2", "several"),
        ("x <= 1 and y <= 2", "several"),
        ("x in I", "'in'"),
    ],
)
def test_a_constraint_is_one_comparison(text: str, found: str) -> None:
    with pytest.raises(FormulationError, match=found):
        parse_comparison(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum(x[i, t] for i in I, t in T)", "a `for` before each loop"),
        ("sum(x[t] for t in T : t > 2)", "'if' before a condition"),
    ],
)
def test_what_other_languages_write_is_told_as_it_is_written_here(text: str, said: str) -> None:
    with pytest.raises(FormulationError) as error:
        parse(text)
    assert said in (error.value.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "i",
        "i in I j in J",
        "i in I if",
        "i in I +",
        "i in I, " * 9 + "j in J",
        "sum(x for i in I) if a for b in B",
    ],
)
def test_loops_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(FormulationError):
        parse_forall(text)


@pytest.mark.parametrize(
    "bomb",
    [
        "9**9**9",
        "9**(9**9)",
        "x**1000000",
        "2**(x*999)",
        "(" * 5000 + "x" + ")" * 5000,
        "[" * 5000,
        "-" * 15000 + "x",
        "not " * 4000 + "x",
        "+".join(["x"] * 9000),
        "*".join(["x"] * 9000),
        "**".join(["9"] * 5000),
        "x[" * 3000 + "i" + "]" * 3000,
        "9" * 15000,
        "x + " * 100_000,
        "sum(x " + "for i in I " * 1500 + ")",
        "max(" * 3000 + "x" + ")" * 3000,
        "sum(x for i in I if " + "not " * 1000 + "i == k)",
        "a" * 19_000 + " <= 1",
    ],
    ids=lambda bomb: bomb[:20],
)
def test_bombs_are_refused_quickly(bomb: str) -> None:
    started = time.process_time()
    with pytest.raises(FormulationError):
        parse(bomb)
    # 30 ms where this was written, and room for a collection of garbage late in a whole run
    assert time.process_time() - started < 1


def test_names_are_those_the_text_does_not_bind_itself() -> None:
    text = "sum(cost[i, j] * x[i, j] for i in I for j in J if i != k and (i, j) in open) + y"
    assert names(parse(text)) == {"cost", "x", "I", "J", "k", "open", "y"}


def test_a_loop_name_is_free_before_its_loop() -> None:
    assert names(parse("i + sum(x[i] for i in I)")) == {"i", "x", "I"}


def test_numbers_are_the_literals_in_order() -> None:
    assert numbers(parse("3 * x[t - 1] + 0.25 - 4e2 * 3")) == (3, 1, 0.25, 400, 3)


def test_equal_texts_give_equal_trees_that_can_be_keys() -> None:
    assert {parse("a + b"): 1}[parse("a  +  b")] == 1


def test_the_longest_readable_text_is_read() -> None:
    text = "+".join(["x"] * 1000)
    assert len(text) < MAX_LENGTH
    tree = parse(text)
    assert isinstance(tree, Add)
    assert len(tree.terms) == 1000


def test_garbage_ends_in_a_tree_or_a_formulation_error() -> None:
    """2,000 random texts: characters, and words of the language in random order."""
    chance = random.Random(0)
    words = [*FUNCTIONS, *KEYWORDS, "x", "I", "3", "0.5", '"a"', *"+-*/()[],<>=", "**", "<=", "=="]
    alphabet = string.printable + "≤é∑\x00\u2028"
    read = 0
    for _ in range(1000):
        texts = [
            "".join(chance.choices(alphabet, k=chance.randrange(60))),
            " ".join(chance.choices(words, k=chance.randrange(12))),
        ]
        for text in texts:
            for reader in (parse, parse_comparison, parse_forall):
                try:
                    reader(text)
                    read += 1
                except FormulationError as error:
                    assert str(error)  # noqa: PT017 (either way out is right)
    assert read > 100


@given(st.text(max_size=80))
def test_any_text_ends_in_a_tree_or_a_formulation_error(text: str) -> None:
    try:
        tree = parse(text)
    except FormulationError:
        return
    assert parse(to_text(tree)) == tree
