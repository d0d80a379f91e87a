"""Systems under test by name: those in `systems/`, a function of one's own, or a command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from optwright.benchmarks.system import System
from optwright.errors import InputError


def system_names() -> tuple[str, ...]:
    """The systems that come with optwright: a file `chain_of_experts.py` in `systems/` is
    `chain-of-experts`; files that begin with `_` are helpers."""
    folder = Path(__file__).parent / "systems"
    modules = (m.name for m in iter_modules([str(folder)]))
    return tuple(sorted(m.replace("_", "-") for m in modules if not m.startswith("_")))


def open_system(name: str) -> System:
    """The system called `name`. `MODULE:FUNCTION` is a Python function of one's own (see
    `functions`), `command: PROGRAM ARGUMENTS` any program (see `commands`). Raises `InputError`
    for names of nothing."""
    if name.startswith("command:"):
        from optwright.benchmarks.commands import CommandSystem

        return CommandSystem.parse(name)
    if ":" in name:
        from optwright.benchmarks.functions import FunctionSystem

        return FunctionSystem(name, _imported(name))
    if name not in system_names():
        close = get_close_matches(name, system_names(), n=1)
        raise InputError(
            f"there is no system {name!r}",
            hint=f"did you mean {close[0]!r}?"
            if close
            else f"there are {', '.join(system_names())}, MODULE:FUNCTION and 'command: ...'",
        )
    module = import_module(f"optwright.benchmarks.systems.{name.replace('-', '_')}")
    system = module.SYSTEM
    assert isinstance(system, System)
    return system


def _imported(name: str) -> Callable[..., object]:
    """The function `MODULE:FUNCTION`, looked for in the current folder too."""
    module_name, _, attribute = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        function = getattr(import_module(module_name), attribute)
    except (Exception, SystemExit) as error:
        raise InputError(
            f"system {name!r} cannot be imported: {type(error).__name__}: {error}",
            hint="write it MODULE:FUNCTION, with the module in this folder or installed",
        ) from error
    if not callable(function):
        raise InputError(f"system {name!r} is a {type(function).__name__}, not a function")
    return function  # type: ignore[no-any-return]  # it is callable
