"""Traced programs run like ordinary Python, and every result leads back to its parameters."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import math
import pickle
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optwright as ow
from optwright.errors import InputError
from optwright.optim.feedback import Feedback
from optwright.optim.nodes import Node, Value
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Real, Text
from optwright.optim.trace import backward, carry, node, traced
from optwright.serving.tokens import most_tokens

x = Real("x", 1.0, low=-1e6, high=1e6)
unused = Real("unused", 2.0, low=0, high=10)
instruction = Text("instruction", "Answer the question.")


def names(output: object) -> list[str]:
    return [parameter.name for parameter in backward(output).parameters]


def chain(length: int, start: object = x) -> Value:
    y: Any = start
    for _ in range(length):
        y = y + 1
    return y


# --- Values behave as ordinary values ---------------------------------------------------------


@pytest.mark.parametrize(
    "work",
    [
        lambda v: v + 1,
        lambda v: 1 - v,
        lambda v: v // 2 * v % 5,
        lambda v: divmod(7, v),
        lambda v: -v + abs(v) + round(v),
        lambda v: v**2 + 2**v,
        lambda v: pow(v, 3, 5),
        lambda v: sorted([v, 1, 9]),
        lambda v: sum([v, v]),
        lambda v: max(v, 2),
        lambda v: list(range(v)),
        lambda v: "abcdefgh"[v],
        lambda v: {3: "three"}[v],
        lambda v: f"{v:05d} {v!r} {v}",
        lambda v: "%d" % v,  # noqa: UP031 - old code formats like this
        lambda v: json.dumps({"v": v, "more": [v]}),
        math.sqrt,
        lambda v: np.full(v, v).sum(),
        lambda v: v == 3 and v in {3} and bool(v) and not v > 3,
        lambda v: str(v) + repr(v),
        lambda v: v.bit_length(),
        lambda v: isinstance(v, int),
        hash,
        lambda v: float(v) + int(v),
    ],
)
def test_an_int_node_computes_what_the_int_does(work: Callable[[Any], Any]) -> None:
    result = work(node(3))
    assert result == work(3)
    assert str(result) == str(work(3))


@pytest.mark.parametrize(
    "work",
    [
        lambda v: v + " c" + "d",
        lambda v: "d" + v,
        lambda v: v.upper().split(),
        lambda v: v[0] + v[1:] + v[-1],
        lambda v: ",".join([v, v]),
        lambda v: v.format(1) % () * 2,
        len,
        lambda v: "a" in v and v.startswith("a"),
        list,
        lambda v: v.encode().hex(),
        lambda v: json.dumps([v, {v: v}]),
        lambda v: {v: 1}["a {b}".format(b="b")],
        lambda v: v == "a b",
        lambda v: bytes(v, "ascii"),
        lambda v: isinstance(v, str),
    ],
)
def test_a_text_node_reads_as_the_text_does(work: Callable[[Any], Any]) -> None:
    text = "a b"
    assert work(node(text)) == work(text)


@pytest.mark.parametrize(
    "work",
    [
        lambda v: v["rows"][0] + v["rows"][-1],
        lambda v: json.dumps(v, sort_keys=True, indent=1),
        lambda v: {**v, "n": 1},
        lambda v: v.get("none", 4) + len(v),
        lambda v: [(k, list(r)) for k, r in v.items()],
        lambda v: [row for rows in v.values() for row in rows],
        lambda v: sorted(v) + list(v.keys()),
        lambda v: v["rows"] + [4] + list(reversed(v["rows"])),
        lambda v: [0] + v["rows"],
        lambda v: v | {"b": [1]},
        lambda v: "rows" in v and 2 in v["rows"],
        lambda v: isinstance(v, dict) and isinstance(v["rows"], list),
        lambda v: copy.deepcopy(v) == copy.copy(v) == v,
    ],
)
def test_a_container_node_reads_as_the_container_does(work: Callable[[Any], Any]) -> None:
    table = {"rows": [1, 2, 3]}
    assert work(node(table)) == work(table)


def test_a_text_node_takes_a_parameter_for_a_text() -> None:
    text = node("a, b")
    assert text + instruction == "a, bAnswer the question."
    assert instruction + text == "Answer the question.a, b"
    assert text.replace("a", instruction).endswith("question., b")
    assert names(text.replace("a", instruction)) == ["instruction"]
    assert instruction not in text
    assert node(["x"]).index(Text("t", "x")) == 0


def test_a_tuple_unpacks_into_nodes() -> None:
    low, high = node((1, "b"))
    assert (low + 1, high * 2) == (2, "bb")
    assert isinstance(low, Node)


def test_numpy_functions_take_nodes_and_give_nodes() -> None:
    v = node(np.arange(4.0))
    results = [np.sin(v), np.sum(v), v.mean(), v[1:], v @ v, np.ones(4) * v, v > 1]
    results += [np.concatenate([v, v]), np.sqrt(x * 4.0), np.float64(2.0) * x, np.arange(3) * x]
    for result in results:
        assert isinstance(result, Node)
        assert result._args
    expected = np.arange(4.0)
    assert np.array_equal(np.concatenate([v, v]), np.concatenate([expected, expected]))
    assert names(np.stack([v * x, v]).sum() + 1) == ["x"]
    assert np.array(x).shape == ()
    assert float(np.mean([x, x])) == 1.0


def test_an_object_keeps_its_attributes_methods_and_type() -> None:
    @dataclass
    class Answer:
        text: str
        score: float

        def better(self, by: float) -> float:
            return self.score + by

    answer = traced(lambda s: Answer("yes", s.value))(x * 2)
    assert isinstance(answer, Answer)
    assert answer.text.upper() == "YES"
    assert names(answer.better(1)) == ["x"]
    with pytest.raises(AttributeError):
        answer.missing  # type: ignore[attr-defined]  # noqa: B018 - reading it is the test


def test_a_changed_list_remembers_what_was_put_in() -> None:
    rows = node([1])
    first = rows[0]
    rows.append(x * 5)
    rows += [first]
    assert rows == [1, 5.0, 1]
    assert rows.pop() == 1
    assert names(rows) == ["x"]
    table = node({})
    table["a"] = x + 1
    assert names(table) == ["x"]


def test_a_node_crosses_to_another_process_as_its_value() -> None:
    assert type(pickle.loads(pickle.dumps(chain(3)))) is float
    assert type(pickle.loads(pickle.dumps(node({"a": 1})))) is dict


@given(st.recursive(st.integers() | st.text() | st.floats(allow_nan=False), st.lists, max_leaves=9))
def test_json_and_text_of_a_node_are_those_of_its_value(value: object) -> None:
    wrapped = node(value)
    assert json.dumps(wrapped) == json.dumps(value)
    assert f"{wrapped}" == f"{value}"
    assert wrapped == value
    assert type(wrapped.value) is type(value)


def test_none_and_bools_come_back_plain() -> None:
    assert traced(lambda: None)() is None
    assert (x > 0) is True
    assert node(None) is None


# --- From a result back to its parameters -----------------------------------------------------


def test_a_trace_has_the_nodes_between_its_parameters_and_the_output_only() -> None:
    aside = unused * 3
    other = node(5.0) * 2
    trace = backward((x + other) * 2, "larger", score=-3.0)
    assert trace.parameters == [x]
    assert trace.parameters[0] is x
    assert len(trace.nodes) == 3
    assert all(kept is not aside and kept is not other for kept in trace.nodes)
    assert (trace.score, trace.feedback.text) == (-3.0, "larger")


def test_each_parameter_has_its_own_part() -> None:
    left, right = x * 2, unused * 3
    trace = backward(left + right)
    assert {p.name for p in trace.parameters} == {"x", "unused"}
    part = trace.only(unused)
    assert part.parameters == [unused]
    assert [n.value for n in part.nodes[1:]] == [6.0, 8.0]


def test_an_output_without_a_trace_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"3\.0 carries no trace") as refused:
        backward(3.0)
    assert "@traced" in refused.value.hint
    assert backward(node(3.0)).parameters == []


def test_a_container_of_nodes_leads_back_too() -> None:
    output = {"answer": instruction + "!", "scores": [x * 2, 1]}
    trace = backward(output, "shorter")
    assert {p.name for p in trace.parameters} == {"instruction", "x"}
    assert trace.render(tokens=600).count("\n") > 5
    with pytest.raises(InputError):
        backward({"answer": "plain"})


def test_values_are_those_of_the_candidate_being_tried() -> None:
    with ParameterSpace([x]).use({"x": 7}):
        trace = backward(x * 2)
    assert (trace.values, trace.output.value) == ({"x": 7.0}, 14.0)


def test_what_a_call_read_is_part_of_its_result() -> None:
    @traced
    def ask(question: str) -> str:
        return "".join([f"{instruction}\n\n{question}"])

    assert names(ask("why?")) == ["instruction"]


def test_a_branch_is_part_of_the_result() -> None:
    @traced
    def clipped(value: float) -> float:
        return value if x > 5 else unused + 1

    assert set(names(clipped(3.0))) == {"x", "unused"}


def test_what_a_call_computed_for_nothing_is_not() -> None:
    @traced
    def wasteful(value: Value) -> Value:
        _ = unused * value
        return value + 1

    assert names(wasteful(x)) == ["x"]


def test_c_code_may_read_a_node_of_the_closure() -> None:
    prompt = instruction + "\n"

    @traced
    def ask(question: str) -> str:
        return "".join([prompt, question])

    assert names(ask("why?")) == ["instruction"]


def test_a_flag_decided_by_a_parameter_leads_back() -> None:
    mode = Choice("mode", "fast", ["fast", "slow"])

    @traced
    def is_fast() -> Value:
        return mode == "fast"

    assert names(is_fast()) == ["mode"]


def test_methods_and_nested_calls_are_traced() -> None:
    class Agent:
        def __init__(self) -> None:
            self.prompt = Text("prompt", "Plan.")

        @traced
        def plan(self, task: str) -> Value:
            return self.prompt + task

        @classmethod
        @traced
        def shout(cls, text: str) -> str:
            return text.upper()

        @traced
        def run(self, task: str) -> str:
            return self.shout(self.plan(task))

    result = Agent().run(" go")
    assert result == "PLAN. GO"
    calls = [getattr(n._op, "name", "") for n in backward(result).nodes]
    assert [c.rpartition(".")[2] for c in calls if c] == ["plan", "shout", "run"]


def test_only_functions_can_be_traced() -> None:
    for wrong in (3, dict):
        with pytest.raises(InputError):
            traced(wrong)  # type: ignore[type-var, arg-type, unused-ignore]


def test_a_traced_function_keeps_its_name_and_documentation() -> None:
    @traced
    def answer(question: str) -> str:
        """Say yes."""
        return question

    assert (answer.__name__, answer.__doc__) == ("answer", "Say yes.")


def test_coroutines_and_tasks_are_traced() -> None:
    @traced
    async def ask(question: str) -> str:
        await asyncio.sleep(0)
        return str(instruction) + question

    @traced
    async def both() -> str:
        first, second = await asyncio.gather(ask("a"), ask("b"))
        return first + second

    answer = asyncio.run(both())
    assert answer == "Answer the question.aAnswer the question.b"
    assert names(answer) == ["instruction"]
    assert names(asyncio.run(_awaited(traced(lambda: ask("c"))))) == ["instruction"]


async def _awaited(make: Callable[[], Value]) -> Value:
    return await make()


def test_a_container_that_holds_itself_is_an_argument_like_any_other() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert names(traced(lambda items: len(items) * x)(loop)) == ["x"]


def test_side_by_side_tasks_do_not_see_each_others_reads() -> None:
    one, two = Text("one", "1"), Text("two", "2")

    @traced
    async def read(parameter: Text) -> str:
        await asyncio.sleep(0.001)
        text = f"{parameter}"
        await asyncio.sleep(0.001)
        return "".join([text])

    async def both() -> tuple[str, str]:
        return await asyncio.gather(read(one), read(two))

    first, second = asyncio.run(both())
    assert (names(first), names(second)) == (["one"], ["two"])


def test_generators_are_traced_item_by_item() -> None:
    @traced
    def steps(count: int) -> Iterator[float]:
        for index in range(count):
            yield x * index
        yield 0.5

    @traced
    async def async_steps(count: int) -> AsyncIterator[float]:
        for index in range(count):
            yield x * index

    async def collect() -> list[float]:
        return [item async for item in async_steps(3)]

    items = list(steps(2))
    assert items == [0.0, 1.0, 0.5]
    assert [names(item) for item in items] == [["x"], ["x"], ["x"]]
    assert [names(item) for item in asyncio.run(collect())] == [["x"]] * 3


def test_a_traced_generator_still_takes_sends_throws_and_close() -> None:
    seen: list[object] = []

    @traced
    def talk() -> Value:
        try:
            while True:
                try:
                    seen.append((yield x + len(seen)))
                except KeyError:
                    seen.append("thrown")
        finally:
            seen.append("closed")

    talking = talk()
    assert next(talking) == 1.0
    assert talking.send("sent") == 2.0
    assert talking.throw(KeyError()) == 3.0
    talking.close()
    assert seen == ["sent", "thrown", "closed"]


def test_threads_trace_on_their_own_and_carry_brings_the_candidate() -> None:
    depth = Integer("depth", 1, low=0, high=99)

    @traced
    def work(value: int) -> Value:
        return depth + value

    with ParameterSpace([depth]).use({"depth": 50}), ThreadPoolExecutor(4) as pool:
        results = list(pool.map(carry(work), range(20)))
    assert results == [50 + value for value in range(20)]
    assert all(names(result) == ["depth"] for result in results)


def test_an_exception_is_feedback_that_names_the_place() -> None:
    @traced
    def parse(reply: str) -> int:
        return int(str(reply))

    @traced
    def run() -> int:
        return parse(instruction + "!")

    with pytest.raises(ValueError, match="invalid literal") as raised:
        run()
    trace = backward(raised.value, "Answer with a number.")
    assert names(raised.value) == ["instruction"]
    assert trace.score == -math.inf
    assert "ValueError: invalid literal" in trace.feedback.text
    assert "test_optim_trace.py" in trace.feedback.text
    assert "in parse: return int(str(reply))" in trace.feedback.text
    assert trace.feedback.text.endswith("Answer with a number.")


def test_an_exception_that_is_caught_inside_leaves_the_result_alone() -> None:
    @traced
    def careful() -> Value:
        try:
            return traced(lambda: 1 / 0)()
        except ZeroDivisionError:
            return x + 1

    assert careful() == 2.0
    assert names(careful()) == ["x"]


def test_feedback_may_carry_directions() -> None:
    trace = backward(x + 1, "larger", direction={"x": 1.0})
    assert trace.feedback == Feedback(None, "larger", {"x": 1.0})


def test_the_loop_of_the_documentation_runs_as_it_stands() -> None:
    public: Value = ow
    x = public.Real("x", 1.0, low=0.0, high=10.0)
    y = x
    for _ in range(10_000):
        y = y + 1
    trace = public.backward(y, "should be larger", score=-3.0)
    assert trace.parameters == [x]
    assert most_tokens(trace.render(tokens=500)) <= 500


# --- Cost -------------------------------------------------------------------------------------


def test_going_back_visits_a_shared_node_once() -> None:
    # Where gradients are summed at every use, the text doubles at each of these.
    y: Any = x
    for _ in range(500):
        y = y + y * 0.0
    trace = backward(y, "larger")
    assert len(trace.nodes) == 1001
    assert len(trace.render(tokens=200)) < 1000


def test_a_deep_chain_lives_and_dies_without_recursion() -> None:
    y = chain(200_000)
    assert y == 200_001.0
    assert len(backward(y).nodes) == 200_001
    for start in (node(1), node("a") + "b"):
        z: Any = start
        for _ in range(50_000):
            z = z + 1 if isinstance(z, int) else z[:1] + "b"
        del z


def test_memory_returns_when_the_values_die() -> None:
    class Payload:
        pass

    payload = Payload()
    gone = weakref.ref(payload)
    y = traced(lambda p: chain(1000))(payload)
    trace = backward(y, "larger")
    del payload, y
    assert gone() is not None
    del trace
    gc.collect()
    assert gone() is None


def test_nothing_is_kept_by_backward() -> None:
    y = chain(100)
    before = gc.get_count(), len(gc.get_objects())
    for _ in range(20):
        backward(y, "larger")
    gc.collect()
    assert len(gc.get_objects()) - before[1] < 50


def test_building_and_going_back_is_quick_and_linear() -> None:
    # The bars are the promised ones times four: this machine may be busy.
    def seconds(length: int) -> tuple[float, float]:
        start = time.process_time()
        y = chain(length)
        built = time.process_time()
        backward(y, "larger")
        return built - start, time.process_time() - built

    build, back = (min(times) for times in zip(*(seconds(10_000) for _ in range(5)), strict=True))
    assert build < 4 * 10_000 * 4e-6
    assert back < 4 * 0.05
    shorter = min(seconds(1_000)[1] for _ in range(5))
    assert back < 80 * shorter


def test_threads_share_a_graph_without_a_lock() -> None:
    start, results = chain(10), []

    def extend() -> None:
        results.append(chain(1000, start))

    threads = [threading.Thread(target=extend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1011.0] * 8
    assert all(len(backward(result).nodes) == 1011 for result in results)
