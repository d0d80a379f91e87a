"""Sets of tuples, computed and ordered sets, text attributes, bounds: held against plain Python."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import Table, from_columns, from_rows
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Kind
from optwright.solvers.model.linear_model import LinearModel

CASES = 200


def formulation(**parts: object) -> Formulation:
    parts.setdefault("objective", {"sense": "minimize", "expression": "0"})
    return Formulation.model_validate(parts)


def arrays(model: Formulation, *tables: Table) -> LinearModel:
    lowered = Program(model, {table.name: table for table in tables}).arrays
    assert lowered is not None
    return lowered


def rows(model: LinearModel) -> dict[str, dict[str, float]]:
    """Every row as the coefficients of its columns, by name."""
    return {
        name: {
            model.column_names[model.columns[k]]: float(model.coefficients[k])
            for k in range(model.starts[r], model.starts[r + 1])
        }
        for r, name in enumerate(model.row_names)
    }


def arcs(seed: int) -> list[tuple[str, str]]:
    pick = random.Random(seed)
    every = [(a, b) for a in "abcd" for b in "uvw"]
    return pick.sample(every, pick.randint(1, len(every)))


@pytest.mark.parametrize("written", ["j == k", "k == j", "(k == j and i != 'a')", "j in [k]"])
def test_what_runs_over_pairs_has_exactly_these(written: str) -> None:
    for seed in range(CASES // 4):
        lanes = arcs(seed)
        heads = sorted({b for _, b in lanes})
        model = formulation(
            sets=[
                {"name": "A", "members": [list(lane) for lane in lanes]},
                {"name": "K", "members": heads},
            ],
            parameters=[
                {"name": "c", "indices": ["A"], "values": {p: k for k, p in enumerate(lanes)}}
            ],
            variables=[{"name": "x", "indices": ["A"]}],
            constraints=[
                {
                    "name": "into",
                    "expression": f"sum(c[i, j] * x[i, j] for (i, j) in A if {written}) <= 1",
                    "forall": "k in K",
                }
            ],
        )
        found = arrays(model)
        assert found.column_names == [f"x[{a},{b}]" for a, b in lanes]
        free = "!=" in written
        assert rows(found) == {
            f"into[{k}]": {
                f"x[{a},{b}]": float(at)
                for at, (a, b) in enumerate(lanes)
                if b == k and at and not (free and a == "a")
            }
            for k in heads
        }


def test_a_variable_stated_with_a_condition_has_no_other_elements() -> None:
    for seed in range(CASES):
        lanes = arcs(seed)
        costs = {a: {b: 1.0 + k for k, (c, b) in enumerate(lanes) if c == a} for a, _ in lanes}
        model = formulation(
            sets=[{"name": "I", "members": [*"abcd"]}, {"name": "J", "members": [*"uvw"]}],
            parameters=[{"name": "cost", "indices": ["I", "J"], "values": costs}],
            variables=[
                {
                    "name": "x",
                    "forall": "i in I, j in J if (i, j) in cost",
                    "upper": "2 * cost[i, j]",
                }
            ],
            constraints=[
                {
                    "name": "out",
                    "expression": "sum(x[i, j] for j in J if (i, j) in cost) <= 5",
                    "forall": "i in I",
                }
            ],
        )
        assert not check(model)[:0]
        found = arrays(model)
        expected = sorted(lanes)
        assert found.column_names == [f"x[{a},{b}]" for a, b in expected]
        assert found.upper.tolist() == [2 * costs[a][b] for a, b in expected]
        assert rows(found) == {
            f"out[{i}]": {f"x[{a},{b}]": 1.0 for a, b in expected if a == i} for i in "abcd"
        }
        assert Program(model).pyomo().x.index_set().ordered_data() == tuple(expected)


def test_an_element_that_a_sparse_variable_lacks_is_refused_with_a_way_out() -> None:
    model = formulation(
        sets=[{"name": "I", "members": ["a", "b"]}],
        variables=[{"name": "x", "forall": "i in I, j in I if i != j"}],
        constraints=[{"name": "c", "expression": "sum(x[i, j] for i in I for j in I) <= 1"}],
    )
    with pytest.raises(FormulationError, match=r"uses x\[a,a\], and 'x' is stated for") as error:
        Program(model).arrays  # noqa: B018  (joins the data)
    assert "same condition" in (error.value.hint or "")


def test_hundreds_of_thousands_of_lanes_are_looked_up_and_not_searched() -> None:
    size = 3000  # a product of 9 million, of which nobody builds anything
    generator = np.random.default_rng(0)
    pairs = np.unique(generator.integers(0, size, (20_000, 2)), axis=0)
    table = from_columns("lanes", {"a": pairs[:, 0], "b": pairs[:, 1], "c": pairs.sum(axis=1)})
    model = formulation(
        sets=[
            {"name": "L", "column": {"table": "lanes", "keys": ["a", "b"]}},
            {"name": "K", "column": {"table": "lanes", "value": "b"}},
        ],
        parameters=[
            {
                "name": "c",
                "indices": ["L"],
                "column": {"table": "lanes", "value": "c", "keys": ["a", "b"]},
            }
        ],
        variables=[{"name": "x", "indices": ["L"]}],
        objective={"sense": "minimize", "expression": "sum(c[i, j] * x[i, j] for (i, j) in L)"},
        constraints=[
            {
                "name": "in",
                "expression": "sum(x[i, j] for (i, j) in L if j == k) >= 1",
                "forall": "k in K",
            }
        ],
    )
    found = arrays(model, table)
    assert len(found.cost) == len(pairs) == len(found.columns)


def test_a_parameter_of_few_values_over_a_large_product_keeps_the_few() -> None:
    table = from_columns(
        "t", {"i": np.arange(2000), "j": np.arange(2000)[::-1], "v": np.ones(2000)}
    )
    model = formulation(
        sets=[
            {"name": "I", "column": {"table": "t", "value": "i"}},
            {"name": "J", "column": {"table": "t", "value": "j"}},
        ],
        parameters=[
            {
                "name": "v",
                "indices": ["I", "J"],
                "column": {"table": "t", "value": "v", "keys": ["i", "j"]},
            }
        ],
        variables=[{"name": "x", "forall": "i in I, j in J if (i, j) in v"}],
        constraints=[
            {
                "name": "c",
                "expression": "sum(v[i, j] * x[i, j] for j in J if (i, j) in v) <= 1",
                "forall": "i in I",
            }
        ],
    )
    program = Program(model, {"t": table})
    assert program.instance.parameters["v"].dense is None
    assert program.arrays is not None
    assert len(program.arrays.columns) == 2000


@pytest.mark.parametrize(
    ("expression", "members"),
    [
        ("1..ceil(demand / 3)", [1, 2, 3, 4]),
        ("A | B", ["u", "v", "w", "x"]),
        ("A & B", ["v", "w"]),
        ("A - B", ["u"]),
        ("{i for i in A if i != 'v'}", ["u", "w"]),
        ("{'p', 'q'}", ["p", "q"]),
        ("A * B", [("u", "v"), ("u", "w"), ("u", "x"), ("v", "v"), ("v", "w"), ("v", "x")]),
        ("{(i, j) for i in A for j in B if i == j}", [("v", "v"), ("w", "w")]),
        ("(A - B) | {'z'}", ["u", "z"]),
    ],
)
def test_sets_are_worked_out_from_others(expression: str, members: list[object]) -> None:
    model = formulation(
        sets=[
            {"name": "New", "expression": expression},
            {"name": "A", "members": ["u", "v", "w"]},
            {"name": "B", "members": ["v", "w", "x"]},
        ],
        parameters=[{"name": "demand", "values": 10}],
        variables=[{"name": "x"}],
    )
    found = Program(model).instance.sets["New"]
    assert list(found.members)[: len(members)] == members


def test_sets_worked_out_in_a_circle_are_refused() -> None:
    model = formulation(
        sets=[{"name": "A", "expression": "B | B"}, {"name": "B", "expression": "A & A"}],
        variables=[{"name": "x"}],
    )
    with pytest.raises(FormulationError, match="in a circle: A, B, A"):
        Program(model).arrays  # noqa: B018  (joins the data)


MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"]


@pytest.mark.parametrize(
    ("expression", "forall", "expected"),
    [
        ("s[t] - s[prev(t)]", "t in T if t != first(T)", [(1, 0), (2, 1), (3, 2)]),
        ("s[t] - s[prev(t, 2)]", "t in T if ord(t) > 2", [(2, 0), (3, 1)]),
        ("s[t] - s[next(t)]", "t in T if t != last(T)", [(0, 1), (1, 2), (2, 3)]),
        ("s[t] - s[prev_cyclic(t)]", "t in T", [(0, 3), (1, 0), (2, 1), (3, 2)]),
        ("s[t] - s[next_cyclic(t, 3)]", "t in T", [(0, 3), (1, 0), (2, 1), (3, 2)]),
        ("s[t] - s[first(T)]", "t in T if t >= '2026-03'", [(2, 0), (3, 0)]),
        ("s[t] - s[last(T)]", "t in T if t < '2026-02-15'", [(0, 3), (1, 3)]),
        ("s[t] - s[first(T)]", "t in T if prev(t) == '2026-02'", [(2, 0)]),
        ("s[t] - s[first(T)]", "t in T if ord(t) % 2 == 0", [(1, 0), (3, 0)]),
    ],
)
def test_periods_that_are_texts_have_neighbours(
    expression: str, forall: str, expected: list[tuple[int, int]]
) -> None:
    model = formulation(
        sets=[{"name": "T", "members": MONTHS[::-1], "sort": True}],
        variables=[{"name": "s", "indices": ["T"]}],
        constraints=[{"name": "c", "expression": f"{expression} <= 1", "forall": forall}],
    )
    assert not check(model)
    found = list(rows(arrays(model)).values())
    wanted = [{f"s[{MONTHS[a]}]": 1.0, f"s[{MONTHS[b]}]": -1.0} for a, b in expected]
    assert found == wanted


def test_before_the_first_there_is_nothing_and_the_message_says_what_to_do() -> None:
    model = formulation(
        sets=[{"name": "T", "members": MONTHS}],
        variables=[{"name": "s", "indices": ["T"]}],
        constraints=[{"name": "c", "expression": "s[t] >= s[prev(t)]", "forall": "t in T"}],
    )
    with pytest.raises(FormulationError, match="nothing is not a member of 'T'") as error:
        Program(model).arrays  # noqa: B018  (joins the data)
    assert "if t != first(T)" in (error.value.hint or "")


def test_text_attributes_choose_and_lead_on() -> None:
    for seed in range(CASES):
        pick = random.Random(seed)
        people = [f"p{k}" for k in range(pick.randint(1, 6))]
        place = {p: pick.choice(["goal", "defender", "striker"]) for p in people}
        model = formulation(
            sets=[
                {"name": "P", "members": people},
                {"name": "R", "members": ["goal", "defender", "striker"]},
            ],
            parameters=[
                {"name": "position", "indices": ["P"], "values": place},
                {"name": "pay", "indices": ["R"], "values": [1, 2, 3]},
            ],
            variables=[{"name": "x", "indices": ["P"], "domain": "binary"}],
            constraints=[
                {
                    "name": "a",
                    "expression": "sum(x[p] for p in P if position[p] == 'defender') <= 1",
                },
                {
                    "name": "b",
                    "expression": "sum(x[q] for q in P if position[q] == position[p]) <= 1",
                    "forall": "p in P",
                },
                {"name": "c", "expression": "sum(pay[position[p]] * x[p] for p in P) <= 9"},
            ],
        )
        assert not check(model)
        found = rows(arrays(model))
        pay = {"goal": 1.0, "defender": 2.0, "striker": 3.0}
        assert found["a"] == {f"x[{p}]": 1.0 for p in people if place[p] == "defender"}
        assert found["c"] == {f"x[{p}]": pay[place[p]] for p in people}
        for p in people:
            same = {f"x[{q}]": 1.0 for q in people if place[q] == place[p]}
            assert found[f"b[{p}]"] == same


def test_lists_matrices_tuples_and_defaults_are_values() -> None:
    model = formulation(
        sets=[{"name": "I", "members": ["a", "b"]}, {"name": "T", "members": [1, 2, 3]}],
        parameters=[
            {"name": "row", "indices": ["T"], "values": [4, 5, 6]},
            {"name": "matrix", "indices": ["I", "T"], "values": [[1, 2, 3], [4, 5, 6]]},
            {"name": "few", "indices": ["I", "T"], "values": {("a", 2): 7}, "default": 0.5},
            {"name": "fragile", "indices": ["I"], "values": {"a": "yes", "b": "no"}},
        ],
        variables=[{"name": "x", "indices": ["I", "T"]}],
        objective={
            "sense": "minimize",
            "expression": "sum((row[t] + matrix[i, t] + few[i, t]) * x[i, t] for i in I for t in T "
            "if fragile[i] or t > 1)",
        },
    )
    found = arrays(model)
    assert found.cost.tolist() == [5.5, 14.0, 9.5, 0.0, 10.5, 12.5]


def test_wide_tables_scalars_and_sums_of_rows_are_read() -> None:
    wide = from_rows(
        "wide", [{"p": "tea", "2026-01": 3, "2026-02": 4}, {"p": "rye", "2026-01": 5, "2026-02": 6}]
    )
    long = from_rows("long", [{"p": "tea", "v": 1}, {"p": "tea", "v": 2}, {"p": "rye", "v": 4}])
    named = from_rows("named", [{"name": "budget", "value": 90}, {"name": "hours", "value": 8}])
    model = formulation(
        sets=[
            {"name": "P", "column": {"table": "wide", "value": "p"}},
            {"name": "M", "column": {"table": "wide", "keys": ["p"], "heads": True}},
        ],
        parameters=[
            {
                "name": "d",
                "indices": ["P", "M"],
                "column": {"table": "wide", "keys": ["p"], "heads": True},
            },
            {
                "name": "s",
                "indices": ["P"],
                "column": {"table": "long", "value": "v", "keys": ["p"], "repeated": "sum"},
            },
            {
                "name": "budget",
                "column": {"table": "named", "value": "value", "where": {"name": "budget"}},
            },
        ],
        variables=[{"name": "x", "indices": ["P", "M"]}],
        objective={
            "sense": "minimize",
            "expression": "sum(d[p, m] * s[p] * x[p, m] for p in P for m in M)",
        },
        constraints=[{"name": "c", "expression": "sum(x[p, m] for p in P for m in M) <= budget"}],
    )
    found = arrays(model, wide, long, named)
    assert found.cost.tolist() == [9.0, 12.0, 20.0, 24.0]
    assert found.row_upper.tolist() == [90.0]
    plain = model.model_dump(mode="json")
    plain["parameters"][1]["column"]["repeated"] = "refuse"
    with pytest.raises(DataError, match="has tea in rows 1 and 2"):
        arrays(Formulation.model_validate(plain), wide, long, named)


def test_a_named_expression_is_written_out_where_it_is_used_and_kept_as_a_name() -> None:
    model = formulation(
        sets=[{"name": "I", "members": ["a", "b"]}],
        parameters=[
            {"name": "price", "indices": ["I"], "values": [7, 9]},
            {"name": "cost", "values": 4},
        ],
        variables=[{"name": "x", "indices": ["I"]}],
        expressions=[
            {"name": "margin", "expression": "price[i] - cost", "forall": "i in I"},
            {"name": "gain", "expression": "sum(margin[i] * x[i] for i in I)"},
        ],
        objective={"sense": "maximize", "expression": "gain"},
        constraints=[{"name": "c", "expression": 'gain <= 100 * margin["a"]'}],
    )
    assert not check(model)
    found = arrays(model)
    assert found.cost.tolist() == [3.0, 5.0]
    assert found.row_upper.tolist() == [300.0]
    assert model.objective.expression == "gain"


def test_a_binary_is_fixed_by_its_bounds() -> None:
    model = formulation(
        variables=[
            {"name": "on", "domain": "binary", "lower": 1},
            {"name": "off", "domain": "binary", "upper": 0},
        ],
        objective={"sense": "minimize", "expression": "on - off"},
    )
    outcome = solve(Program(model))
    assert dict(outcome.values) == {"on": 1.0, "off": 0.0}


def test_six_indices_and_bounds_below_zero_are_nothing_special() -> None:
    model = formulation(
        sets=[{"name": s, "members": [1, 2]} for s in "ABCDEF"],
        variables=[{"name": "x", "indices": [*"ABCDEF"], "lower": -3, "upper": -1}],
        objective={
            "sense": "maximize",
            "expression": "sum(x[a, b, c, d, e, f] for a in A for b in B for c in C for d in D "
            "for e in E for f in F)",
        },
    )
    assert solve(Program(model)).objective == -64


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("sum(x[i] for (i, j) in A) <= 1", "has 2 indices"),
        ("sum(x[i, j] for i in A for j in A) <= 1", "whose members have 2 parts"),
        ("sum(x[i, j] for (i, j, k) in A) <= 1", "whose members have 2 parts"),
        ("kind['a'] + x['a', 'u'] <= 1", "is a text, as a number"),
        ("x['a', 'u'] % 2 <= 1", "for data only"),
    ],
)
def test_wrong_use_of_pairs_and_texts_is_found(expression: str, words: str) -> None:
    model = formulation(
        sets=[{"name": "A", "members": [["a", "u"]]}, {"name": "I", "members": ["a"]}],
        parameters=[{"name": "kind", "indices": ["I"], "values": {"a": "steel"}}],
        variables=[{"name": "x", "indices": ["A"]}],
        constraints=[{"name": "c", "expression": expression}],
    )
    found = [f.message for f in check(model) if f.severity == "error"]
    assert any(words in message for message in found), found


def test_what_version_1_can_say_is_written_as_version_1_and_more_as_2() -> None:
    plain = formulation(variables=[{"name": "x"}])
    tuples = formulation(variables=[{"name": "x"}], sets=[{"name": "A", "members": [["a", "b"]]}])
    assert '"version": 1' in plain.to_json()
    assert '"version": 2' in tuples.to_json()
    assert Formulation.from_json(plain.to_json()) == plain
    assert Formulation.from_json(tuples.to_json()) == tuples


def test_an_undefined_name_in_a_computed_set_is_found() -> None:
    model = formulation(
        sets=[{"name": "A", "expression": "1..rolls"}], variables=[{"name": "x", "indices": ["A"]}]
    )
    assert [f.kind for f in check(model)][:1] == [Kind.UNDEFINED_NAME]


STATED_FOR_SOME = {
    "sets": [{"name": "I", "members": ["a", "b"]}, {"name": "A", "members": ["b"]}],
    "parameters": [{"name": "p", "indices": ["I"], "values": {"a": 3, "b": 6}}],
    "variables": [{"name": "z", "indices": ["I"], "upper": 1}],
}


@pytest.mark.parametrize("forall", ["i in I if p[i] > 4", "i in A"])
@pytest.mark.parametrize(
    ("objective", "value"),
    [
        ("sum(m[j] for j in I if p[j] > 4)", 6),
        ("sum((m[j] if p[j] > 4 else 0) for j in I)", 6),
        ("sum(m[j] for j in I)", None),
    ],
)
def test_a_named_expression_has_no_value_where_it_is_not_stated(
    forall: str, objective: str, value: float | None
) -> None:
    model = formulation(
        **STATED_FOR_SOME,
        expressions=[{"name": "m", "forall": forall, "expression": "p[i] * z[i]"}],
        objective={"sense": "maximize", "expression": objective},
    )
    if value is None:
        with pytest.raises(FormulationError, match=r"at \[a\] uses 'm\[j\]'"):
            solve(Program(model))
    else:
        assert solve(Program(model)).objective == pytest.approx(value)


def test_pairs_may_be_keys_over_two_sets() -> None:
    model = formulation(
        sets=[{"name": "I", "members": ["a", "b"]}, {"name": "J", "members": ["c", "d"]}],
        parameters=[
            {"name": "v", "indices": ["I", "J"], "values": {"a,c": 1, "b, d": 2}, "default": 0}
        ],
        variables=[{"name": "x", "indices": ["I", "J"], "upper": 1}],
        objective={
            "sense": "maximize",
            "expression": "sum(v[i, j] * x[i, j] for i in I for j in J)",
        },
    )
    assert solve(Program(model)).objective == pytest.approx(3)


def test_an_empty_cell_of_a_wide_table_has_the_default() -> None:
    table = from_rows("t", [{"p": "u", "m1": 1, "m2": 2}, {"p": "v", "m1": 3, "m2": None}])
    model = formulation(
        sets=[
            {"name": "P", "column": {"table": "t", "value": "p"}},
            {"name": "M", "column": {"table": "t", "keys": ["p"], "heads": True}},
        ],
        parameters=[
            {
                "name": "v",
                "indices": ["P", "M"],
                "column": {"table": "t", "keys": ["p"], "heads": True},
                "default": 10,
            }
        ],
        variables=[{"name": "x", "upper": 1}],
        objective={"sense": "maximize", "expression": "x * sum(v[p, m] for p in P for m in M)"},
    )
    assert solve(Program(model, {"t": table})).objective == pytest.approx(16)


def test_asking_what_is_in_a_parameter_with_a_default_is_odd() -> None:
    model = formulation(
        sets=[{"name": "I", "members": ["a", "b"]}],
        parameters=[{"name": "v", "indices": ["I"], "values": {"a": 1}, "default": 0}],
        variables=[{"name": "x", "indices": ["I"], "upper": 1}],
        objective={"sense": "maximize", "expression": "sum(v[i] * x[i] for i in I if i in v)"},
    )
    assert any("has a default, so everything is" in f.message for f in check(model))


@pytest.mark.parametrize("condition", ["i == k", "k == j", "(k, j) in L and i == k", "j <= k"])
@given(st.lists(st.tuples(st.integers(-2, 5), st.integers(0, 300)), min_size=1, unique=True))
@settings(max_examples=25)
def test_rows_of_a_table_are_its_pairs_in_any_order(
    condition: str, pairs: list[tuple[int, int]]
) -> None:
    columns = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    table = from_columns(
        "t", {**{n: np.array(c) for n, c in columns.items()}, "c": np.arange(1.0, len(pairs) + 1)}
    )
    keys = {"table": "t", "keys": ["a", "b"]}
    model = formulation(
        sets=[{"name": "L", "column": keys}, {"name": "K", "expression": "-1..4"}],
        parameters=[{"name": "c", "indices": ["L"], "column": {**keys, "value": "c"}}],
        variables=[{"name": "y"}, {"name": "x", "indices": ["L"]}],
        constraints=[
            {
                "name": "r",
                "expression": f"y + sum(c[i, j] * x[i, j] for (i, j) in L if {condition}) <= 1",
                "forall": "k in K",
            }
        ],
    )
    wanted = {
        f"r[{k}]": {"y": 1.0}
        | {
            f"x[{i},{j}]": at + 1.0
            for at, (i, j) in enumerate(pairs)
            if eval(condition, {"L": pairs}, {"i": i, "j": j, "k": k})
        }
        for k in range(-1, 5)
    }
    assert rows(arrays(model, table)) == wanted


def test_texts_of_an_attribute_compare_in_their_order_whatever_came_first() -> None:
    months = [f"2026-0{k}" for k in range(1, 7)]
    for seed in range(CASES):
        pick = random.Random(seed)
        orders = [f"o{k}" for k in range(pick.randint(1, 6))]
        due = {order: pick.choice(months) for order in orders}
        limit = pick.choice(months)
        model = formulation(
            sets=[{"name": "O", "members": orders}, {"name": "T", "members": months}],
            parameters=[{"name": "due", "indices": ["O"], "values": due}],
            variables=[
                {"name": "x", "indices": ["O"], "upper": 1},
                {"name": "y", "indices": ["O", "T"], "upper": 1},
            ],
            constraints=[
                {"name": "a", "expression": f"sum(x[o] for o in O if due[o] >= '{limit}') <= 1"},
                {"name": "b", "expression": f"sum(x[o] for o in O if '{limit}' > due[o]) <= 1"},
                {
                    "name": "c",
                    "expression": "sum(x[q] for q in O if due[q] < due[o]) <= 1",
                    "forall": "o in O",
                },
                {
                    "name": "d",
                    "expression": "sum(y[o, t] for o in O for t in T if t > due[o]) <= 1",
                },
            ],
        )
        found = rows(arrays(model))
        assert set(found.get("a", {})) == {f"x[{o}]" for o in orders if due[o] >= limit}
        assert set(found.get("b", {})) == {f"x[{o}]" for o in orders if due[o] < limit}
        assert set(found.get("d", {})) == {
            f"y[{o},{t}]" for o in orders for t in months if t > due[o]
        }
        for o in orders:
            earlier = {f"x[{q}]" for q in orders if due[q] < due[o]}
            assert set(found.get(f"c[{o}]", {})) == earlier


def test_texts_of_an_attribute_without_an_order_are_refused() -> None:
    model = formulation(
        sets=[{"name": "O", "members": ["a", "b"]}],
        parameters=[{"name": "grade", "indices": ["O"], "values": ["low", "high"]}],
        variables=[{"name": "x", "indices": ["O"], "upper": 1}],
        constraints=[
            {"name": "c", "expression": "sum(x[o] for o in O if grade[o] >= 'low') <= 1"},
        ],
    )
    with pytest.raises(FormulationError, match="have no order"):
        Program(model).arrays  # noqa: B018  (joins the data)
