"""Code parameters run in the sandbox only, and what they return is traced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optwright.errors import InputError, SandboxUnavailable
from optwright.optim.parameters import Code, ParameterSpace, Real, from_json
from optwright.optim.trace import backward, traced
from optwright.solvers.sandbox import Sandbox

SOURCE = "def rank(job, weight=1.0):\n    return job['due'] * weight\n"


@pytest.fixture(scope="module")
def level() -> Iterator[str]:
    """The best level of this machine; some have no Landlock."""
    try:
        with Sandbox("auto"):
            pass
    except SandboxUnavailable:
        yield "process"
    else:
        yield "auto"


def test_a_call_runs_the_source_in_use_and_leads_back_to_it(level: str) -> None:
    rank = Code("rank", SOURCE, function="rank", sandbox=level)
    due = Real("due", 2.0, low=0, high=9)
    assert rank({"due": 3}, 2) == 6
    assert rank({"due": 3}, weight=0.5) == 1.5
    trace = backward(rank({"due": due}, weight=2) + 1)
    assert trace.output.value == 5
    assert {p.name for p in trace.parameters} == {"rank", "due"}
    assert "rank(" in trace.render(tokens=600)
    twice = SOURCE.replace("* weight", "* weight * 2")
    with ParameterSpace([rank]).use({"rank": twice}):
        assert rank({"due": 3}) == 6
    assert rank({"due": 3}) == 3


def test_it_never_runs_in_this_process(level: str) -> None:
    source = "import os\nos.environ['OPTWRIGHT_LEAK'] = '1'\ndef f():\n    return os.getpid()\n"
    code = Code("code", source, function="f", sandbox=level)
    import os

    assert code() != os.getpid()
    assert "OPTWRIGHT_LEAK" not in os.environ


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "ZeroDivisionError"),
        ("return object()", "failed"),
        ("import time\n    time.sleep(30)", "timeout"),
    ],
)
def test_a_failing_call_names_what_failed_and_is_feedback(body: str, said: str, level: str) -> None:
    code = Code("code", f"def f():\n    {body}\n", function="f", timeout_s=1.0, sandbox=level)
    with pytest.raises(InputError, match=said) as raised:
        traced(code.__call__)()
    assert backward(raised.value).parameters == [code]
    assert said in backward(raised.value).feedback.text


def test_the_level_travels_with_the_parameter() -> None:
    code = Code("rank", SOURCE, function="rank", sandbox="process", timeout_s=3.0)
    copy = from_json(code.to_json())
    assert isinstance(copy, Code)
    assert (copy.sandbox, copy.timeout_s) == ("process", 3.0)
