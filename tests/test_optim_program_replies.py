"""What a reply may look like, and what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import InputError, ReplyError
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.replies import read_program
from optwright.optim.program.source import normal_form, read_marked

BASE = '''import math

# EVOLVE-BLOCK-START
def weight(x):
    """How much x counts."""
    return x * 2


def shift(x):
    return x + 1
# EVOLVE-BLOCK-END


def run(xs):
    return sum(weight(shift(x)) for x in xs)
'''

PROGRAM = ProgramCode("program", BASE, functions=["run", "weight"])


def read(reply: str, base: str = BASE) -> str:
    return read_program(reply, PROGRAM, base).text


def value(text: str) -> float:
    space: dict[str, object] = {}
    exec(text, space)
    return float(space["run"]([1, 2]))  # type: ignore[operator]


def diff(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE"


def test_a_change_replaces_the_lines_it_quotes() -> None:
    text = read("Larger.\n" + diff("    return x * 2", "    return x * 3"))
    assert text == BASE.replace("x * 2", "x * 3")
    said = read_program("Larger.\n" + diff("    return x * 2", "    return 3"), PROGRAM, BASE)
    assert said.note == "Larger."


@pytest.mark.parametrize(
    "search",
    [
        "    return x * 2   ",  # blanks at the end
        "return x * 2",  # not as deep
        "\n    return x * 2\n",  # lines around it
    ],
)
def test_a_change_is_found_but_for_blanks(search: str) -> None:
    """openevolve #346: a blank too many made most changes fail."""
    replace = "return x * 3" if search.startswith("return") else "    return x * 3"
    assert read(diff(search, replace)) == BASE.replace("x * 2", "x * 3")


def test_several_changes_are_made_together_or_not_at_all() -> None:
    good, bad = diff("    return x * 2", "    return x * 3"), diff("    return x - 1", "    pass")
    assert value(read(good + "\n" + diff("    return x + 1", "    return x"))) == 9.0
    with pytest.raises(ReplyError, match=r"change 2 are not in the program: 'return x - 1'"):
        read(good + "\n" + bad)


def test_lines_that_stand_twice_are_not_guessed() -> None:
    twice = BASE.replace("return x + 1", "return x * 2")
    with pytest.raises(ReplyError, match="stand 2 times"):
        read(diff("    return x * 2", "    return x"), twice)


def test_what_lies_outside_the_marks_stays() -> None:
    with pytest.raises(ReplyError, match="outside the marked parts"):
        read(diff("    return sum(weight(shift(x)) for x in xs)", "    return 10**9"))


def test_a_change_that_is_not_complete_is_named() -> None:
    with pytest.raises(ReplyError, match="change 1 is not complete"):
        read("<<<<<<< SEARCH\n    return x * 2\n>>>>>>> REPLACE")


NEW_BLOCK = "def weight(x):\n    return x * 5\n\n\ndef shift(x):\n    return x\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{NEW_BLOCK}```",
        f"Here it is:\n\n```\n{NEW_BLOCK}```\nIt is better.",
        f"~~~py\n{NEW_BLOCK}~~~",
        f"````python\n{NEW_BLOCK}````",
        f"```python\n{NEW_BLOCK}",  # never closed, but not cut off either
        NEW_BLOCK,  # no fence at all
        f"<think>```python\nx = 1\n```</think>```python\n{NEW_BLOCK}```",
        f"```python\n# EVOLVE-BLOCK-START\n{NEW_BLOCK}# EVOLVE-BLOCK-END\n```",
        "```python\nimport math\n\n" + NEW_BLOCK + "\ndef run(xs):\n    return 10**9\n```",
        f"```python\n{NEW_BLOCK}```\nOnce more:\n```python\n{NEW_BLOCK}```",
        f"Call it so:\n```python\nrun([1, 2])\n```\n```python\n{NEW_BLOCK}```".replace(
            "Call it so:\n```python\nrun([1, 2])\n```\n", ""
        ),
    ],
)
def test_code_is_read_in_every_wrapping(reply: str) -> None:
    assert value(read(reply)) == 15.0


def test_a_small_model_may_write_one_function_alone() -> None:
    """openevolve #241: no valid diffs, and the best program stayed the first one."""
    text = read("```python\ndef weight(x):\n    return x * 7\n```")
    assert value(text) == 35.0
    assert "def shift(x):\n    return x + 1" in text


def test_a_helper_and_an_import_come_along() -> None:
    text = read(
        "```python\nimport cmath\n\ndef half(x):\n    return x / 2\n\n"
        "def weight(x):\n    return half(x) * 4\n```"
    )
    assert value(text) == 10.0
    assert read_marked(text).fixed == read_marked(BASE).fixed


def test_a_part_inside_a_function_keeps_its_depth() -> None:
    base = "def f(x):\n    # EVOLVE-BLOCK-START\n    y = x\n    # EVOLVE-BLOCK-END\n    return y\n"
    program = ProgramCode("p", base)
    text = read_program("```python\ny = x * 2\nif y > 3:\n    y = 3\n```", program, base).text
    space: dict[str, object] = {}
    exec(text, space)
    assert space["f"](1) == 2  # type: ignore[operator]
    assert text.endswith("# EVOLVE-BLOCK-END\n    return y\n")


def test_a_program_without_marks_may_change_everywhere() -> None:
    base = "def f(x):\n    return x\n\ndef g(x):\n    return f(x)\n"
    program = ProgramCode("p", base, functions=["g"])
    assert read_program("def f(x):\n    return -x", program, base).text == (
        "def f(x):\n    return -x\n\ndef g(x):\n    return f(x)\n"
    )


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I'm sorry, I cannot help with that.", "no code was found"),
        ("", "no code was found"),
        ("```python\ndef weight(x:\n```", "not Python"),
        ("```python\n```", "empty"),
        (f"```python\n{NEW_BLOCK}```\n```python\n{NEW_BLOCK.replace('5', '6')}```", "2 different"),
        (diff("    return x * 2", "    return x * 2  # better"), "changes nothing"),
        (diff("    return x * 2", "    return x * ("), "not Python"),
    ],
)
def test_what_says_no_program_says_why(reply: str, why: str) -> None:
    with pytest.raises(ReplyError, match=why):
        read(reply)


def test_a_reply_that_was_cut_off_is_no_program() -> None:
    with pytest.raises(ReplyError, match="cut off"):
        read_program(f"```python\n{NEW_BLOCK}", PROGRAM, BASE, cut_off=True)


def test_a_needed_function_cannot_be_dropped() -> None:
    with pytest.raises(ReplyError, match="does not define weight"):
        read("```python\n# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n```")


def test_marks_that_do_not_pair_are_named() -> None:
    with pytest.raises(InputError, match="line 2 has EVOLVE-BLOCK-END"):
        read_marked("x = 1\n# EVOLVE-BLOCK-END\n")


def test_programs_that_differ_in_comments_are_one() -> None:
    commented = BASE.replace('    """How much x counts."""\n', "# so\n")
    assert normal_form(BASE) == normal_form(commented)
    assert normal_form(BASE) != normal_form(BASE.replace("* 2", "* 3"))


@given(st.text(max_size=200))
def test_no_reply_breaks_the_reader(text: str) -> None:
    for reply in (text, f"```python\n{text}\n```", diff(text, text), f"<<<<<<< SEARCH\n{text}"):
        try:
            found = read(reply)
        except ReplyError:
            continue
        assert read_marked(found).fixed == read_marked(BASE).fixed


@given(st.lists(st.sampled_from([*BASE.splitlines(), "", "=======", "    pass"]), max_size=12))
def test_pieces_of_the_program_never_change_its_fixed_parts(lines: list[str]) -> None:
    piece = "\n".join(lines)
    for reply in (f"```\n{piece}\n```", diff(piece, "    x = 1"), diff("def weight(x):", piece)):
        try:
            found = read(reply)
        except ReplyError:
            continue
        assert read_marked(found).fixed == read_marked(BASE).fixed
