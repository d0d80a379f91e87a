import pytest

from optwright.benchmarks.report_markdown import markdown
from optwright.errors import InputError
from tests.benchmark_runs import run


def test_a_table_has_a_line_for_each_system() -> None:
    text = markdown([run("optwright", [True, True]), run("direct", [None, False])])
    assert text.splitlines()[2].startswith("| chairs | optwright | 2 | 2 of 2 (100.0 %")
    assert text.splitlines()[3].endswith("| - | 12 | 1 |")


def test_problems_further_on_stand_apart() -> None:
    runs = [run("direct", [True]), run("direct", [False], before=80)]
    lines = markdown(runs).splitlines()[2:]
    assert [line.split(" | ")[:2] for line in lines] == [
        ["| chairs", "direct"],
        ["| chairs after the first 80", "direct"],
    ]


def test_names_cannot_break_the_table() -> None:
    text = markdown([run("a|b\nc", [True])])
    assert "a\\|b c" in text
    assert len(text.splitlines()) == 3


def test_nothing_measured_is_nothing_to_report() -> None:
    with pytest.raises(InputError, match="no measurement"):
        markdown([])
