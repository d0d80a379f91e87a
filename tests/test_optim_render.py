"""A rendered trace stays under its cap, keeps what matters and says what it left out."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.optim.feedback import Feedback
from optwright.optim.nodes import Value
from optwright.optim.parameters import Choice, Permutation, Real, Text, Tunable
from optwright.optim.trace import Trace, backward, traced
from optwright.serving.tokens import most_tokens

x = Real("x", 1.0, low=0.0, high=10.0)
prompt = Text("prompt", "Answer the question.")


def chain(length: int) -> Value:
    y: Value = x
    for _ in range(length):
        y = y + 1
    return y


def test_the_long_loop_is_told_in_a_few_lines() -> None:
    text = backward(chain(10_000), "should be larger", score=-3.0).render(tokens=500)
    assert most_tokens(text) <= 500
    for part in (
        "y.10000 = 10001.0",
        "Score: -3",
        "Feedback: should be larger",
        "x = 1.0  (real, low 0.0, high 10.0)",
        "y = x + 1  # 2.0, test_optim_render.py:",
        "the step above, 9,998 more times",
        "y.10000 = y.9999 + 1  # 10001.0",
    ):
        assert part in text


def test_a_loop_of_several_steps_is_folded_as_one() -> None:
    total: Value = 0.0
    for k in range(50):
        error = x * k - 3
        total = total + error**2
    text = backward(total).render(tokens=2000)
    assert "the 4 steps above, 48 more times" in text
    assert len(text.splitlines()) < 20


def test_calls_show_their_arguments_documentation_and_failures() -> None:
    @traced
    def read(reply: str) -> int:
        """Take the number out of a reply."""
        return int(str(reply))

    with pytest.raises(ValueError, match="invalid literal") as raised:
        read(prompt + " Now.")
    text = backward(raised.value).render(tokens=600)
    assert "read: Take the number out of a reply." in text
    assert "no value, because the call failed" in text
    assert "Score: failed" in text
    assert "ValueError: invalid literal" in text


def test_methods_do_not_show_their_receiver() -> None:
    class Agent:
        @traced
        def ask(self, question: str, *, times: int) -> str:
            return f"{prompt} {question}" * times

    text = backward(Agent().ask("Why?", times=2)).render(tokens=600)
    assert "Agent.ask('Why?', times=2) from prompt" in text


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: 1 - x, "1 - x"),
        (lambda: -x, "-x"),
        (lambda: abs(x), "abs(x)"),
        (prompt.upper, "prompt.upper()"),
        (lambda: (prompt + "!")[2:5], "[slice(2, 5, None)]"),
        (lambda: ", ".join(["a"]) + prompt, "'a' + prompt"),
        (lambda: (prompt + "").join([prompt + "a", "b"]), ".join(["),
        (lambda: x**2, "x ** 2"),
    ],
)
def test_expressions_read_as_they_were_written(make: Value, shown: str) -> None:
    assert shown in backward(make()).render(tokens=600)


def test_what_is_left_out_is_said() -> None:
    long = Text("long", "word " * 2000)
    parts = [f(x) for f in (math.sin, math.cos)]  # plain: not in the trace
    y: Value = long + str(parts)
    for index in range(40):
        y = (y + str(index)).strip() if index % 3 else y.replace(str(index), "")
    text = backward(y, "f" * 4000).render(tokens=300)
    assert most_tokens(text) <= 300
    last = text.splitlines()[-1]
    assert last.startswith("Left out: ")
    for part in ("part of the feedback", "part of long", "steps"):
        assert part in last


def test_what_is_near_a_parameter_is_kept_before_what_is_far() -> None:
    y: Value = x * 123
    for k in range(60):
        y = y + k if k % 7 else y - k * 2
    text = backward(y).render(tokens=250)
    assert "x * 123" in text
    assert "..." in text


def test_many_parameters_are_shown_as_far_as_they_fit() -> None:
    many = [Real(f"p{k}", 1.0, low=0.0, high=2.0) for k in range(200)]
    text = backward(sum(many)).render(tokens=500)
    assert most_tokens(text) <= 500
    assert "p0 = 1.0" in text
    assert re.search(r"Left out: .*\d+ of 200 parameters", text)


def test_an_output_that_no_parameter_reaches_says_so() -> None:
    text = backward(traced(lambda: 3.0)(), "hm").render()
    assert "No parameter reaches this output." in text


def test_a_cap_below_one_token_is_refused() -> None:
    with pytest.raises(InputError, match="0 tokens"):
        backward(chain(1)).render(tokens=0)


STEPS: Sequence[str] = ("add", "mul", "str", "list", "call", "concat", "index")


def program(choices: Sequence[str], parameters: Sequence[Tunable[object]]) -> Value:
    """A value made from the parameters in a way that nobody planned."""
    values: list[Value] = [p + 1 if isinstance(p, Real) else p + "?" for p in parameters]
    for index, choice in enumerate(choices):
        one, two = values[index % len(values)], values[-1]
        if choice == "call":
            made = traced(lambda a, b: [a, b, f"{a}{b}"])(one, b=two)[2]
        elif isinstance(one, str):
            made = one + str(two) if choice != "index" else one[: index + 1]
        else:
            made = one * 2 + index if choice != "str" else "v" + str(one)
        values.append(made if len(str(made)) < 5000 else made[:100])
    return traced(lambda *all_values: "".join(map(str, all_values)))(*values)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(STEPS), max_size=25),
    st.integers(1, 400),
    st.text(max_size=400),
    st.text(max_size=200),
)
def test_a_rendering_never_exceeds_its_cap(
    choices: list[str], tokens: int, feedback: str, value: str
) -> None:
    words = Text("words", value.encode("utf-8", "ignore").decode())
    output = program(choices, [x, words, Real("z", 3.0, low=0, high=9)])  # type: ignore[list-item]
    trace = backward(output, Feedback(0.5, feedback, {"x": 1.0, "words": -2.0}))
    assert most_tokens(trace.render(tokens=tokens)) <= tokens


# --- Pictures ---------------------------------------------------------------------------------


def small() -> Trace:
    mode = Choice("mode", "<fast & loose>", ["<fast & loose>", "slow"])
    route = Permutation("route", ["a", "b"])
    return backward(traced(lambda m, r: f"{m} {r[0]} \x00")(mode, route) + prompt)


def test_the_svg_is_well_formed_and_shows_boxes_and_arrows() -> None:
    root = ET.fromstring(small().svg())
    tag = "{http://www.w3.org/2000/svg}"
    words = " ".join(text.text or "" for text in root.iter(f"{tag}text"))
    for part in ("mode", "route", "prompt", "<fast & loose>"):
        assert part in words
    assert len(list(root.iter(f"{tag}path"))) >= 4
    boxes = [
        [float(box.get(k, "")) for k in ("x", "y", "width")] for box in root.iter(f"{tag}rect")
    ]
    for i, (left, top, width) in enumerate(boxes):
        for other_left, other_top, _ in boxes[i + 1 :]:
            assert top != other_top or not left <= other_left < left + width


def test_the_flowchart_has_a_line_per_box_and_quotes_what_mermaid_would_read() -> None:
    text = small().mermaid()
    assert text.startswith("flowchart TD\n")
    assert '(["mode<br/>#39;#60;fast' in text
    assert "<fast" not in text
    assert all(line.startswith("  n") for line in text.splitlines()[1:])


def test_a_large_picture_is_cut_to_size_and_says_so() -> None:
    trace = backward(chain(500))
    flow = trace.mermaid(steps=10)
    assert flow.count("-->") + flow.count("-.->") <= 11
    assert "490 steps are not shown" in flow
    assert "-.->" in flow
    assert "490 steps are not shown" in trace.svg(steps=10)


def test_pictures_of_hardly_anything_are_pictures() -> None:
    for trace in (backward(x), backward(traced(lambda: 3.0)())):
        ET.fromstring(trace.svg())
        assert trace.mermaid().startswith("flowchart TD")
