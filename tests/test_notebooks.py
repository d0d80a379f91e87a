"""What notebooks show of problems, formulations and solutions; the example notebook runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.problem import Problem
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Formulation
from tests.reports import ROOT, candy, flour

EXAMPLES = ROOT / "examples"
EVIL = "<script>alert(1)</script>|"
_VOID = {"br", "img", "meta", "hr"}


class _Balance(HTMLParser):
    """Collects the tags of a fragment, and complains of those that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> set[str]:
    """The tags of a fragment whose tags are all closed."""
    reader = _Balance()
    reader.feed(html)
    assert reader.open == []
    return reader.seen


def test_a_formulation_is_shown_in_mathematics_and_words() -> None:
    _, solution = flour()
    model = solution.formulation
    assert isinstance(model, Formulation)
    html = model._repr_html_()
    assert {"table", "math", "munder"} <= tags(html)
    assert "no route may carry more than 60 tons" in html
    ET.fromstring(html)
    assert model._repr_latex_().startswith("\\begin{align*}")
    assert model._repr_markdown_().startswith("$$\n\\begin{aligned}")


def test_a_solution_is_shown_with_its_pictures_and_styles_nothing_else() -> None:
    _, solution = candy()
    html = solution._repr_html_()
    assert {"svg", "table", "style"} <= tags(html)
    assert "Optimal, largest value 540 (verified)" in html
    (style,) = re.findall(r"<style>(.*)</style>", html, re.DOTALL)
    outside = re.sub(r"^\.optwright \{.*\}$", "", style, flags=re.DOTALL)
    assert style.count("{") == style.count("}")
    assert outside == ""
    assert "## Limits that bind" in solution._repr_markdown_()


def test_a_problem_is_shown_with_the_first_rows_of_its_tables() -> None:
    problem, _ = flour()
    html = problem._repr_html_()
    assert "routes: 12 rows, the first 5" in html
    assert html.count("<tr>") == 3 + 3 + 4 + 5
    assert "| Weir | 120 |" in problem._repr_markdown_()


def test_markup_in_a_problem_or_a_cell_is_only_words() -> None:
    problem = Problem(f"Maximize the profit {EVIL}", {EVIL: from_columns(EVIL, {EVIL: [EVIL]})})
    assert tags(problem._repr_html_()) == {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    last = problem._repr_markdown_().strip().splitlines()[-1]
    assert last == r"| \<script\>alert(1)\</script\>\| |"


def test_the_example_notebook_runs(tmp_path: Path) -> None:
    if find_spec("nbclient") is None or find_spec("ipykernel") is None:
        pytest.skip("nbclient and ipykernel are not installed")
    for name in ("flour.txt", "mills.csv", "bakeries.csv", "routes.csv"):
        shutil.copy(EXAMPLES / name, tmp_path)
    notebook = (EXAMPLES / "notebook.ipynb").read_text("utf-8")
    recording = json.dumps(f"scripted:{ROOT / 'tests' / 'recordings' / 'flour.json'}")
    assert notebook.count(r"model = \"local\"") == 1
    replaced = notebook.replace(r"\"local\"", json.dumps(recording)[1:-1])
    (tmp_path / "notebook.ipynb").write_text(replaced, encoding="utf-8")
    # A process of its own: the kernel client's warnings are not ours to answer for.
    execute = "from nbclient.cli import main; main()"
    command = [sys.executable, "-c", execute, "--inplace", "--timeout=120", "notebook.ipynb"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    outputs = shown((tmp_path / "notebook.ipynb").read_text("utf-8"))
    assert "A company sends flour" in outputs[0]["text/html"]
    assert "Optimal, smallest value 807.5 (NOT VERIFIED" in outputs[1]["text/html"]
    assert "<math" in outputs[2]["text/html"]
    assert "'send[Lake,Castle]': 60.0" in outputs[3]["text/plain"]
    assert (tmp_path / "flour.html").stat().st_size > 10_000


def shown(notebook: str) -> list[dict[str, str]]:
    """What the cells of a notebook show, by kind."""
    cells: list[dict[str, Any]] = json.loads(notebook)["cells"]
    found = [o["data"] for c in cells for o in c.get("outputs", ()) if "data" in o]
    return [{kind: "".join(text) for kind, text in data.items()} for data in found]
