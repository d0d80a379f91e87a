"""Answers by name that stay arrays, and loops over whole products in any order."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.named_numbers import NamedNumbers, numbers_of
from optwright.solvers.model.names import NamePart, Names


def test_named_numbers_are_the_mapping_of_their_names() -> None:
    named = NamedNumbers(["a", "b"], np.array([1.0, 2.0]))
    assert named == {"a": 1.0, "b": 2.0}
    assert dict(named) == {"a": 1.0, "b": 2.0}
    assert list(named.values()) == [1.0, 2.0]
    assert pickle.loads(pickle.dumps(named)) == named


def test_a_number_that_is_none_is_not_there() -> None:
    named = NamedNumbers(["a", "b"], np.array([np.nan, 2.0]))
    assert (len(named), "a" in named, list(named)) == (1, False, ["b"])
    assert not NamedNumbers(["a"], np.array([np.nan]))
    assert np.isnan(numbers_of({"b": 2.0}, ["a"])).all()


def test_numbers_of_other_names_are_looked_up() -> None:
    named = NamedNumbers(["a", "b"], np.array([1.0, 2.0]))
    assert numbers_of(named, ["b", "a"]).tolist() == [2.0, 1.0]
    assert numbers_of(named, named.names) is named.numbers


def matrix(expression: str, forall: str) -> np.ndarray:
    """The rows of one constraint over x[i, j], i of 2 and j of 3, with p[i, j] = 10 i + j."""
    stated = {
        "sets": [{"name": "I", "expression": "1..2"}, {"name": "J", "expression": "1..3"}],
        "parameters": [
            {
                "name": "p",
                "indices": ["I", "J"],
                "column": {"table": "t", "value": "p", "keys": ["i", "j"]},
            }
        ],
        "variables": [{"name": "y"}, {"name": "x", "indices": ["I", "J"]}],
        "objective": {"sense": "minimize", "expression": "y"},
        "constraints": [{"name": "c", "expression": expression, "forall": forall}],
    }
    i, j = np.array([2, 1, 2, 1, 1, 2]), np.array([1, 3, 3, 1, 2, 2])  # in no order
    table = from_columns("t", {"i": i, "j": j, "p": 10.0 * i + j})
    model = Program(Formulation.model_validate(stated), {"t": table}).arrays
    assert model is not None
    dense = np.zeros((len(model.row_lower), len(model.cost)))
    dense[model.entry_rows(), model.columns] = model.coefficients
    return dense[:, 1:]


P = np.array([[11.0, 12, 13], [21, 22, 23]])


@pytest.mark.parametrize(
    ("expression", "forall", "wanted"),
    [
        ("sum(p[i, j] * x[i, j] for j in J) <= 1", "i in I", [[*P[0], 0, 0, 0], [0, 0, 0, *P[1]]]),
        ("sum(p[i, j] * x[i, j] for j in J for i in I) <= 1", "", [P.ravel()]),
        (
            "sum(p[i, j] * x[i, j] for i in I) <= 1",
            "j in J",
            [[P[0, k] * (j == k) for k in range(3)] + [P[1, k] * (j == k) for k in range(3)]
             for j in range(3)],
        ),
        ("p[i, j] * x[i, j] + x[i, j] <= 1", "j in J, i in I",
         [np.eye(6)[k] * (P.ravel()[k] + 1) for k in (0, 3, 1, 4, 2, 5)]),
        ("sum(x[i, j] for i in I if i == 2) <= 1", "j in J", np.eye(6)[3:]),
        ("sum(x[i, i] for i in I) <= 1", "", [[1, 0, 0, 0, 1, 0]]),
        ("x[i, j] - x[i, j] + x[1, 1] <= 1", "i in I, j in J if j > 2", [[1, 0, 0, 0, 0, 0]] * 2),
    ],
)  # fmt: skip
def test_loops_in_any_order_meet_the_same_elements(
    expression: str, forall: str, wanted: list[list[float]]
) -> None:
    assert matrix(expression, forall).tolist() == np.array(wanted).tolist()


MEMBERS = st.lists(st.sampled_from(["a", "b", "c", "a,b", "b,c", "[a", "a]", "1", ""]), unique=True)


@st.composite
def name_parts(draw: st.DrawFn) -> NamePart:
    texts = tuple(draw(st.lists(MEMBERS, max_size=3)))
    places = None
    if texts and all(texts) and draw(st.booleans()):
        rows = draw(st.lists(st.tuples(*(st.integers(0, len(t) - 1) for t in texts)), max_size=4))
        places = tuple(np.array(rows, dtype=np.intp).reshape(-1, len(texts)).T)
    return NamePart(draw(st.sampled_from(["x", "xy", "a"])), texts, places, count=2)


@given(st.lists(name_parts(), max_size=3), st.sampled_from(["x", "x[a", "x[a]]", "x[]", "y[a]"]))
def test_a_name_is_found_where_it_stands_or_left_to_the_list(
    parts: list[NamePart], other: str
) -> None:
    names = Names(parts)
    listed = list(names)
    for name in {*listed, other}:
        at = names.find(name)
        assert at is None or listed[at] == name
        only_one_reading = name.count(",") + 1 in {len(part.texts) for part in parts}
        assert at is not None or listed.count(name) != 1 or "," in name or not only_one_reading


def test_the_first_name_of_a_large_answer_writes_no_other() -> None:
    texts = [str(k) for k in range(1000)]
    names = Names([NamePart("y"), NamePart("x", (texts, texts))])
    named = NamedNumbers(names, np.arange(1_000_001.0))
    assert (named["x[7,8]"], named["x[999,999]"]) == (7009.0, 1_000_000.0)
    assert "_written" not in names.__dict__
