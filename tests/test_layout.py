"""The rooms are where they should be, and importing optwright does nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import optwright

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "benchmarks", "optim", "prompts", "reporting", "serving", "solvers", "storage")
BY_NAME = re.compile(r'import_module\("(optwright[\w.]*)"\)')


def test_no_module_needs_itself_not_even_inside_functions() -> None:
    """`CycleError` names the circle. What a registry finds by the name of a file (engines, systems
    under test, families of problems, the names of the front door) is below it for the reader and
    above it at run time; only such names may be put together from parts."""
    graph = grimp.build_graph("optwright", cache_dir=None)
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    for module, imported in imported_by_name():
        needs[module] = needs[module] | {imported}
    TopologicalSorter(needs).prepare()


def test_a_word_of_the_field_names_one_thing() -> None:
    words = "Plan Progress Run Row Comparison Candidate Finding Program Parameter Model".split()
    stated = re.compile(rf"^class ({'|'.join(words)})\b", re.MULTILINE)
    homes = [*(ROOT / room for room in ROOMS), ROOT / "src" / "optwright" / "cli"]
    found = Counter(
        name
        for home in homes
        for path in home.rglob("*.py")
        for name in stated.findall(path.read_text("utf-8"))
    )
    assert set(found.values()) == {1}, found


def imported_by_name() -> Iterator[tuple[str, str]]:
    """`import_module("optwright.x")`: the module it stands in, and the other."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            module = ".".join(("optwright", *path.relative_to(ROOT).with_suffix("").parts))
            for name in BY_NAME.findall(path.read_text("utf-8")):
                yield module.removesuffix(".__init__"), name


@pytest.mark.parametrize("room", ROOMS)
def test_every_link_leads_to_a_room_in_the_root(room: str) -> None:
    link = ROOT / "src" / "optwright" / room
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.resolve() == ROOT / room
    assert (link / "__init__.py").is_file()


def test_every_public_name_is_there() -> None:
    for name in optwright.__all__:
        assert getattr(optwright, name) is not None
    assert set(optwright.__all__) <= set(dir(optwright))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = optwright.nothing  # type: ignore[attr-defined]  # that is the point


def test_type_checkers_are_told_the_same_names_as_python() -> None:
    source = ast.parse((ROOT / "src" / "optwright" / "__init__.py").read_text("utf-8"))
    (told,) = (n for n in source.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name))
    homes = {
        alias.asname: line.module
        for line in told.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert homes.pop("errors") == "optwright"
    assert homes == optwright._HOMES


def test_importing_optwright_takes_no_time() -> None:
    code = "import time; t = time.perf_counter(); import optwright; print(time.perf_counter() - t)"
    seconds = min(
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(3)
    )
    assert seconds < 0.15


def test_importing_optwright_loads_nothing_heavy() -> None:
    heavy = {"pydantic", "pyomo", "highspy", "numpy", "openai", "litellm", "langgraph", "rich"}
    code = f"import sys, optwright; print(sorted({heavy!r} & sys.modules.keys()))"
    printed = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"


def test_the_help_of_the_command_line_loads_nothing_heavy() -> None:
    heavy = {"pydantic", "pyomo", "highspy", "numpy", "openai", "litellm", "langgraph"}
    code = (
        "import sys; from optwright.cli import run; run(['--help']); "
        f"print(sorted({heavy!r} & sys.modules.keys()))"
    )
    printed = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines()[-1] == "[]"
