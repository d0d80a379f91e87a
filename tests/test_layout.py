"""The rooms are where they should be, and importing optwright does nothing."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, get_args, get_type_hints

import grimp
import pytest

import optwright
from optwright import types

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "benchmarks", "optim", "prompts", "reporting", "serving", "solvers", "storage")
MOST_LINES = 700
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


def test_no_file_is_longer_than_can_be_read_in_one_go() -> None:
    homes = [*(ROOT / room for room in ROOMS), ROOT / "src" / "optwright"]
    paths = {path.resolve() for home in homes for path in home.rglob("*.py")}
    long = {str(path): path.read_bytes().count(b"\n") for path in paths}
    assert not {name: lines for name, lines in long.items() if lines > MOST_LINES}


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
    # Of the processor: what else runs here is not ours.
    code = "import time; t = time.process_time(); import optwright; print(time.process_time() - t)"
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


def test_what_stands_in_a_public_signature_is_public_and_described() -> None:
    """`optwright` has what one calls, `optwright.types` what goes into it and comes out."""
    public = {name: getattr(optwright, name) for name in set(optwright.__all__) - {"errors"}}
    named = {name: getattr(types, name) for name in types.__all__} | {"ConcreteModel": object}
    offered = {id(value) for value in public.values()}
    offered |= {id(value) for value in named.values()}
    missing = {
        f"{kind.__name__} in {name}"
        for name, value in public.items()
        for function in signatures(value)
        for hint in get_type_hints(function, localns=named).values()
        for kind in ours(hint)
        if id(kind) not in offered and kind.__module__ != "optwright.errors"
    }
    assert not missing
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    assert not [name for name in types.__all__ if f"`{name}`" not in page]


def signatures(value: object) -> Iterator[Any]:
    """A function, or the fields and public methods of a class."""
    if not isinstance(value, type):
        if inspect.isfunction(value):
            yield value
        return
    yield value.__init__  # type: ignore[misc]  # only its signature is read
    for name, member in vars(value).items():
        found = getattr(member, "__func__", None) or getattr(member, "fget", member)
        if name.startswith("_") or not inspect.isfunction(found):
            continue
        if found.__module__.startswith("optwright."):  # Pydantic writes methods of its own
            yield found


def ours(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and hint.__module__.startswith("optwright."):
        yield hint
    for part in get_args(hint):
        for one in part if isinstance(part, list | tuple) else (part,):
            yield from ours(one)
