"""Examples from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optwright.cli.tune_program import read_examples
from optwright.errors import InputError


@pytest.mark.parametrize(
    ("name", "text", "examples"),
    [
        ("a.jsonl", '{"q": "1+1"}\n\n["2+2", "4"]\n"x"\n', [{"q": "1+1"}, ("2+2", "4"), "x"]),
        ("a.json", '[["a", 1], [1, 2, 3]]', [("a", 1), [1, 2, 3]]),
        ("a.csv", "q,n\nx,1\ny,2.5\n", [{"q": "x", "n": 1}, {"q": "y", "n": 2.5}]),
        ("a.csv", "zip,n\n007,1\n123,2\n", [{"zip": "007", "n": 1}, {"zip": "123", "n": 2}]),
        ("a.csv", 'q\n"a, ""b""\nc"\n', [{"q": 'a, "b"\nc'}]),
        ("a.tsv", "q\tok\na b\ttrue\n", [{"q": "a b", "ok": "true"}]),
        ("a.csv", "\ufeffq\nx\n", [{"q": "x"}]),
    ],
)
def test_a_file_becomes_examples(tmp_path: Path, name: str, text: str, examples: list[Any]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_examples(tmp_path / name) == examples


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"q": 1}\n{"q": }\n', "a.jsonl, line 2 is not JSON"),
        ("a.jsonl", '{"q": NaN}\n', "NaN is not a number in JSON"),
        ("a.json", '{"q": 1}', "is not a JSON list"),
        ("a.csv", "q,n\nx,1\ny\n", "row 3 has 1 cells for 2 columns"),
        ("a.csv", "q,q\nx,1\n", "need names of their own"),
        ("a.csv", "q,n\n", "holds no examples"),
        ("a.csv", "", "holds no examples"),
        ("a.xml", "<a/>", "is none of .jsonl"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says.replace(".", r"\.")):
        read_examples(tmp_path / name)


def test_a_file_in_another_encoding_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("q\nBüro\n".encode("latin-1"))
    with pytest.raises(InputError, match="not text in UTF-8"):
        read_examples(tmp_path / "a.csv")
