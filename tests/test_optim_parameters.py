"""Parameters never change type, never leave their limits, and say why they refuse a value."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # ships no types
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.optim.parameters import (
    Choice,
    Code,
    Integer,
    ParameterSpace,
    Permutation,
    Real,
    Text,
    Tunable,
    from_json,
)

SOURCE = "def rank(job, weight=1.0):\n    return job['due'] * weight\n"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def one_of_each() -> list[Tunable[Any]]:
    return [
        Text("prompt", "Answer.", max_chars=20),
        Real("rate", 0.1, low=1e-4, high=1.0, log=True),
        Integer("depth", 3, low=1, high=9),
        Choice("mode", "fast", ["fast", "slow", 1, True, None]),
        Permutation("route", [2, 0, 1]),
        Code("rank", SOURCE, function="rank"),
    ]


def space() -> ParameterSpace:
    return ParameterSpace(one_of_each())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", None),
        ("prompt", 3),
        ("prompt", "x" * 21),
        ("prompt", "\ud800"),
        ("rate", "0.5"),
        ("rate", True),
        ("rate", math.nan),
        ("rate", math.inf),
        ("rate", 1e9),
        ("rate", 10**400),
        ("depth", 3.7),
        ("depth", "3"),
        ("depth", False),
        ("depth", 0),
        ("depth", math.nan),
        ("mode", 1.0),
        ("mode", False),
        ("mode", ["fast"]),
        ("route", "210"),
        ("route", [0, 1]),
        ("route", [0, 1, 1]),
        ("route", [0, True, 2]),
        ("route", [0, 1, 2, 3]),
        ("rank", "def rank(job): return 1"),
        ("rank", "def other(job, weight=1.0): return 1"),
        ("rank", "def rank(job, weight=1.0) return 1"),
        ("rank", "rank = lambda job, weight=1.0: 1"),
        ("rank", "\0"),
        ("rank", "(" * 5000),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_parameter_named(
    name: str, value: object
) -> None:
    with pytest.raises(InputError, match=rf"^{name}: "):
        space()[name].check(value)


def test_what_peers_turn_into_another_type_stays_refused() -> None:
    # Casting by `type(old)(new)` makes "no" True, "3.7" 3, "abc" a list, and takes 1e9 for [0, 1].
    flag, share = Choice("flag", False, [False, True]), Real("share", 0.5, low=0, high=1)
    order, count = Permutation("order", ["a", "b", "c"]), Integer("count", 3, low=0, high=9)
    proposals: list[tuple[Tunable[Any], object]] = [
        (flag, "no"),
        (count, "3.7"),
        (order, "abc"),
        (share, 1e9),
        (share, "about 7"),
    ]
    for parameter, proposal in proposals:
        before = parameter.value
        with pytest.raises(InputError):
            parameter.value = proposal
        assert parameter.value == before
        assert type(parameter.value) is type(before)


@given(JSON_VALUES)
def test_whatever_is_accepted_has_the_type_and_the_limits(value: object) -> None:
    for parameter in one_of_each():
        try:
            accepted = parameter.check(value)
        except InputError:
            continue
        allowed = getattr(parameter, "options", [parameter.value])
        assert type(accepted) in {type(option) for option in allowed}
        jsonschema.validate(accepted, parameter.schema())
        assert parameter.check(accepted) == accepted


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_projection_lands_inside_and_leaves_what_fits_alone(value: float) -> None:
    for parameter in (Real("x", 1, low=-2, high=5), Integer("n", 1, low=-2, high=5)):
        projected = parameter.project(value)
        assert parameter.check(projected) == projected
        assert -2 <= projected <= 5
        if -2 <= value <= 5:
            assert abs(projected - value) <= 0.5


@given(st.lists(st.integers(0, 6) | st.booleans() | st.text(max_size=1), max_size=9))
def test_projecting_an_order_gives_a_permutation(items: list[object]) -> None:
    route = Permutation("route", [4, 3, 2, 1, 0])
    assert sorted(route.project(items)) == [0, 1, 2, 3, 4]  # type: ignore[type-var]


def test_only_numbers_have_a_nearest_number() -> None:
    for wrong in (math.nan, "3", None, True):
        with pytest.raises(InputError):
            Real("x", 1, low=0, high=2).project(wrong)


def test_numbers_that_mean_the_same_are_read_alike() -> None:
    rate, depth = Real("rate", 1, low=0, high=10), Integer("depth", 3, low=1, high=9)
    assert (rate.check(3), type(rate.check(3))) == (3.0, float)
    assert (depth.check(4.0), type(depth.check(4.0))) == (4, int)
    assert type(rate.check(np.float64(2.5))) is float
    assert type(depth.check(np.int64(5))) is int
    assert math.copysign(1, rate.check(-0.0)) == 1


@pytest.mark.parametrize("parameter", one_of_each(), ids=lambda p: p.kind)
def test_a_parameter_survives_json_and_pickle(parameter: Tunable[Any]) -> None:
    for copy in (
        from_json(json.loads(json.dumps(parameter.to_json()))),
        pickle.loads(pickle.dumps(parameter)),
    ):
        assert type(copy) is type(parameter)
        assert copy.to_json() == parameter.to_json()
        assert copy.schema() == parameter.schema()


def test_a_permutation_keeps_its_first_order_through_json() -> None:
    route = Permutation("route", [2, 0, 1])
    route.value = [0, 1, 2]
    copy = from_json(route.to_json())
    assert copy.value == [0, 1, 2]
    assert copy.project([]) == [2, 0, 1]


def test_json_that_is_no_parameter_is_refused() -> None:
    for data in ({"kind": "real"}, {"kind": "tensor"}, {}, {"kind": "text", "value": "a", "x": 1}):
        with pytest.raises(InputError):
            from_json(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Real("x", 1, low=2, high=1),
        lambda: Real("x", 1, low=0, high=math.inf),
        lambda: Real("x", 1, low=0, high=2, log=True),
        lambda: Real("x", 3, low=0, high=2),
        lambda: Integer("x", 1, low=0.5, high=2),  # type: ignore[arg-type]
        lambda: Choice("x", "a", []),
        lambda: Choice("x", "a", ["a", "a"]),
        lambda: Choice("x", "a", ["a", math.nan]),
        lambda: Permutation("x", [[1], [2]]),  # type: ignore[list-item]
        lambda: Text("two words", "a"),
        lambda: Text("", "a"),
        lambda: Code("x", "pass", function="f"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        make()


def test_names_must_differ() -> None:
    with pytest.raises(InputError, match=r"\['a'\]"):
        ParameterSpace([Text("a", ""), Text("a", "")])


def test_an_update_is_all_or_nothing_and_names_every_fault() -> None:
    program = space()
    before = program.values
    with pytest.raises(InputError) as refused:
        program.update({"depth": 5, "rate": math.nan, "mode": "slower", "colour": "red"})
    assert program.values == before
    for part in ("rate: nan", "mode: 'slower'", "colour: there is no such parameter"):
        assert part in str(refused.value)
    program.update({"depth": 5, "prompt": "Think."})
    assert (program["depth"].value, program["prompt"].value) == (5, "Think.")
    assert program.initial == before


def test_a_proposal_must_name_everything() -> None:
    with pytest.raises(InputError, match="route: no value is given"):
        space().check({k: v for k, v in space().values.items() if k != "route"})


def test_values_pass_the_schema_and_json_unchanged() -> None:
    program = space()
    jsonschema.validate(program.values, program.schema())
    assert json.loads(json.dumps(program.values)) == program.values
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**program.values, "more": 1}, program.schema())
    assert ParameterSpace.from_json(program.to_json()).values == program.values


def test_the_key_tells_values_apart_and_nothing_else() -> None:
    program = space()
    values = program.values
    assert program.key(values) == program.key(dict(reversed(values.items())))
    assert program.key({**values, "rate": 1}) == program.key({**values, "rate": 1.0})
    keys = {program.key({**values, "mode": mode}) for mode in ("fast", 1, True, None)}
    assert len(keys) == 4


def test_a_candidate_is_tried_without_touching_the_parameter() -> None:
    program = space()
    with program.use({"depth": 7, "rate": 1}) as values:
        assert (program["depth"].value, values["rate"]) == (7, 1.0)
        with program.use({"depth": 8}):
            assert program.values["depth"] == 8
            assert program["rate"].value == 1.0
        assert program["depth"].value == 7
        assert program["depth"].to_json()["value"] == 3
    assert program["depth"].value == 3
    with pytest.raises(InputError), program.use({"depth": 70}):
        pass


def test_threads_and_tasks_try_their_own_candidates_side_by_side() -> None:
    depth = Integer("depth", 3, low=0, high=100)
    program = ParameterSpace([depth])

    async def one(value: int) -> int:
        with program.use({"depth": value}):
            await asyncio.sleep(0.001)
            return (await asyncio.to_thread(lambda: depth.value)) + depth.value

    async def many() -> list[int]:
        return await asyncio.gather(*(one(value) for value in range(20)))

    def in_thread(value: int) -> int:
        with program.use({"depth": value}):
            return sum(depth.value for _ in range(100))

    assert asyncio.run(many()) == [2 * value for value in range(20)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(in_thread, range(50))) == [100 * value for value in range(50)]
    assert depth.value == 3


def test_what_callers_do_to_a_list_stays_with_them() -> None:
    route = Permutation("route", [2, 0, 1])
    route.value.append(9)
    assert route.value == [2, 0, 1]


def test_a_parameter_acts_as_its_value() -> None:
    x, name, mode = Real("x", 2, low=0, high=9), Text("t", "Be brief."), Choice("m", "a", ["a", 1])
    assert x * 3 == 6 == 3 * x
    assert 2**x == x**2 == 4
    assert f"{name} {x:.1f}" == "Be brief. 2.0"
    assert name.upper() == "BE BRIEF."
    table: dict[object, int] = {"a": 1}
    assert table[mode] == 1
    assert np.sqrt(Real("y", 4, low=0, high=9)) == math.sqrt(Real("y", 4, low=0, high=9)) == 2
    assert list(Permutation("p", ["b", "a"])) == ["b", "a"]
    assert repr(x) == "Real('x', 2.0)"
