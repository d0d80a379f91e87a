import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.benchmarks.pyomo_programs import program_in, repaired, shown

WHOLE = "model = pyo.ConcreteModel()\nmodel.o = pyo.Objective(expr=1)\n"


def test_the_last_whole_program_of_a_reply_counts() -> None:
    reply = f"First:\n```python\n{WHOLE}# draft\n```\nBetter:\n```python\n{WHOLE}# final\n```"
    assert program_in(reply).endswith("# final\n")


def test_parts_of_a_program_are_joined() -> None:
    reply = "```python\na = 1\n```\nand then\n```python\nb = 2\n```"
    assert program_in(reply) == "a = 1\n\nb = 2\n"


def test_a_fence_that_never_closes_holds_the_rest() -> None:
    assert program_in(f"```python\n{WHOLE}") == WHOLE


def test_blocks_in_other_languages_are_no_program() -> None:
    reply = f"```model\nmaximize x\n```\n```json\n{{}}\n```\n```python\n{WHOLE}```"
    assert program_in(reply) == WHOLE


def test_a_reply_without_fences_begins_at_its_first_line_of_code() -> None:
    assert program_in("Here it is.\nimport pyomo.environ as pyo\nx = 1") == (
        "import pyomo.environ as pyo\nx = 1"
    )


def test_words_alone_are_no_program() -> None:
    assert program_in("I cannot do that.") == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("model.c = Constraint(expr=model.x < 3)", "model.c = Constraint(expr=model.x <= 3)"),
        ("model.c.add(model.x > 3)", "model.c.add(model.x >= 3)"),
        (
            "model.c = pyo.Constraint(expr=0 <= model.x < 5)",
            "model.c = pyo.Constraint(expr=inequality(0, model.x, 5))",
        ),
        (
            "model.c = pyo.Constraint(expr=5 >= model.x >= 0)",
            "model.c = pyo.Constraint(expr=inequality(0, model.x, 5))",
        ),
        ("def rule(m):\n    return m.x < 3", "def rule(m):\n    return m.x <= 3"),
        ("f = lambda m: m.x > 3", "f = lambda m: m.x >= 3"),
        (
            "m.c = Constraint(expr=m.x / (m.x + m.y) >= 0.3)",
            "m.c = Constraint(expr=m.x >= 0.3 * (m.x + m.y))",
        ),
        (
            "m.c = Constraint(expr=0.3 <= m.x / (m.x + m.y))",
            "m.c = Constraint(expr=0.3 * (m.x + m.y) <= m.x)",
        ),
        ("m.c = Constraint(expr=m.x / 2 >= 0.3)", "m.c = Constraint(expr=m.x / 2 >= 0.3)"),
    ],
)
def test_limits_are_written_as_pyomo_takes_them(written: str, meant: str) -> None:
    assert shown(repaired(written)) == meant


def test_comparisons_that_are_no_limits_stay() -> None:
    assert shown(repaired("if a < b:\n    c = a < b")) == "if a < b:\n    c = a < b"


def test_a_program_ends_where_it_would_solve() -> None:
    code = shown(
        repaired("model = build()\nresults = solver.solve(model, tee=True)\nprint(results)")
    )
    assert "solver" not in code
    assert "raise SystemExit" in code


def test_a_model_asked_to_solve_itself_is_handed_over() -> None:
    code = shown(repaired("model = build()\nmodel.solve()\nprint(model.x.value)"))
    assert "globals()['model'] = model" in code
    assert "print" not in code.partition("raise SystemExit")[0]


def test_source_that_cannot_be_parsed_stays_as_it_is() -> None:
    assert repaired("x = (1") == "x = (1"


@given(st.text(max_size=200))
def test_no_reply_is_too_odd_to_be_read(reply: str) -> None:
    assert isinstance(repaired(program_in(reply)), str)
    assert isinstance(repaired(program_in(f"```python\n{reply}\n```")), str)
