"""What rounding leaves of data that cancels is zero; what is small and meant stays."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

DECIMALS = st.integers(-999, 999).map(lambda n: n / 100) | st.integers(1, 10**7).map(
    lambda n: n / 10
)


def program(coefficient: str, values: dict[str, float] | None = None) -> Program:
    """x at least 0, and `coefficient` times x at least 0: the first column and the first row."""
    members = list(values or {"a": 0.0})
    parts = {
        "sets": [{"name": "I", "members": members}],
        "parameters": [{"name": "v", "indices": ["I"], "values": values or {"a": 0.0}}],
        "variables": [{"name": "x", "upper": 7}],
        "objective": {"sense": "maximize", "expression": "x"},
        "constraints": [{"name": "r", "expression": f"({coefficient}) * x <= 0"}],
    }
    return Program(Formulation.from_json(json.dumps(parts)))


def coefficient_of(text: str, values: dict[str, float] | None = None) -> float:
    """The one coefficient of the row; 0 where it has none."""
    arrays = program(text, values).arrays
    assert arrays is not None
    return float(np.sum(arrays.coefficients))


@pytest.mark.parametrize(
    "text",
    [
        "0.1 + 0.2 - 0.3",
        "(0.1 + 0.2) - 0.3",
        "0.1 * 3 - 0.3",
        "2.1 / 0.7 - 3",
        "(1e9 + 0.1 - 1e9) - 0.1",
        "sum(v[i] for i in I)",
        "sum(v[i] for i in I) + 0.1 - 0.1",
        "v['a'] + v['b'] + v['c']",
        "(1 if v['a'] + v['b'] > 0.3 else 0)",
        "(0 if v['a'] + v['b'] == 0.3 else 1)",
        "(1 if v['a'] + v['b'] != -v['c'] else 0)",
    ],
)
def test_what_is_zero_but_for_rounding_is_zero(text: str) -> None:
    values = {"a": 0.1, "b": 0.2, "c": -0.3}
    assert coefficient_of(text, values) == 0
    outcome = solve(program(text, values))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(7)


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("1e-13 + 2e-13", 3e-13),
        ("1e-20", 1e-20),
        ("1 - 0.9999999999", 1e-10),
        ("1000000 - 999999.99999", 1e-5),
        ("v['a'] - v['b']", 1e-14),
        ("(1 if v['a'] > v['b'] else 0)", 1),
        ("(1 if v['a'] - v['b'] > 0 else 0)", 1),
        ("sum(v[i] for i in I) - 5e-14", 1e-14),
    ],
)
def test_what_is_small_and_meant_stays(text: str, worth: float) -> None:
    found = coefficient_of(text, {"a": 3.5e-14, "b": 2.5e-14})
    assert found == pytest.approx(worth, rel=1e-5)


@given(st.lists(DECIMALS, min_size=1, max_size=6), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_sum_is_zero_exactly_where_its_decimals_say_so(
    amounts: list[float], cancels: bool, nested: bool
) -> None:
    exact = [Fraction(str(amount)) for amount in amounts]
    if cancels:
        rest = -sum(exact, Fraction(0))
        amounts, exact = [*amounts, float(rest)], [*exact, rest]
    last = f"({amounts[-1]!r})"
    before = " + ".join(f"({amount!r})" for amount in amounts[:-1]) or "0"
    written = f"({before}) + {last}" if nested else f"{before} + {last}"
    total = sum(exact)
    for text in (written, "sum(v[i] for i in I)"):
        found = coefficient_of(text, {f"m{k}": amount for k, amount in enumerate(amounts)})
        assert (found == 0) == (total == 0)
        assert found == pytest.approx(float(total), abs=1e-14 * sum(map(abs, amounts)))


@given(st.lists(st.tuples(DECIMALS, DECIMALS), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_conditions_compare_sums_as_their_decimals_do(pairs: list[tuple[float, float]]) -> None:
    for left, right in pairs:
        both = Fraction(str(left)) + Fraction(str(right))
        values = {"a": left, "b": right, "c": float(both)}
        for symbol, holds in (("==", True), ("<", False), (">=", True), ("!=", False)):
            text = f"(1 if v['a'] + v['b'] {symbol} v['c'] else 0)"
            assert coefficient_of(text, values) == float(holds)
