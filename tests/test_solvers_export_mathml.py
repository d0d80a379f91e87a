"""Expressions as MathML: well formed, in the order written, whatever the expression."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings

from optwright.solvers.export import mathml
from optwright.solvers.model.formulation import Formulation
from tests.formulations import formulations


def letters(html: str) -> str:
    """What a reader sees, without the marks around it."""
    return "".join(ET.fromstring(f"<p>{html}</p>").itertext())


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("6*regular + 9*gift", "6⋅regular +9⋅gift"),
        ("x - (y - z)", "x −(y−z)"),
        ("-x / 2", "−x2"),
        ("sum(c[i, j] * x[i] for i in I for j in J if i != 'a')", "∑i∈I,j∈J:i≠ac i,j⋅x i"),
        ("(a + b) * c ** 2", "(a+b)⋅c2"),
        ("1e20 * x", "1⋅1020⋅x"),
        ("max(x, 0) + abs(y)", "max(x,0) +|y|"),
    ],
)
def test_an_expression_reads_as_it_was_written(expression: str, shown: str) -> None:
    assert letters(mathml.expression(expression)) == shown.replace("c i", "ci").replace("x i", "xi")


def test_a_long_sum_can_be_broken_between_its_terms() -> None:
    html = mathml.comparison("a + b + c <= d - e")
    assert html.count("<math") == 5
    assert letters(html) == "a +b +c ≤d −e"


def test_a_range_is_two_comparisons() -> None:
    assert letters(mathml.comparison("1 <= x <= 5")) == "1 ≤x, x ≤5"


def test_loops_are_written_with_their_condition() -> None:
    assert letters(mathml.loops("i in I, t in T if t > 1")) == "i∈I,t∈T:t>1"
    assert mathml.loops("") == ""


def test_what_cannot_be_read_is_shown_as_text() -> None:
    assert mathml.expression("<b> + ") == "<code>&lt;b&gt; + </code>"
    assert mathml.comparison("x <") == "<code>x &lt;</code>"


def test_names_and_members_are_escaped() -> None:
    assert "<b>" not in mathml.expression('x["<b>"]')
    assert "<b>" not in mathml.symbol("<b>", ["<i>"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulations())
def test_every_formulation_becomes_well_formed_mathematics(model: Formulation) -> None:
    shown = [mathml.expression(model.objective.expression)]
    shown += [mathml.comparison(c.expression) + mathml.loops(c.forall) for c in model.constraints]
    for html in shown:
        assert "<code>" not in html
        assert letters(html)
