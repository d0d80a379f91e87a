"""The families. Each is a file in this folder with a `FAMILY`; a file put beside them is found
without a list to edit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from optwright.benchmarks.synthesis.family import Family
from optwright.errors import InputError


@cache
def families() -> dict[str, Family]:
    """Every family by name, in order of names."""
    modules = sorted(m.name for m in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").FAMILY for name in modules}


def chosen(names: Sequence[str]) -> list[Family]:
    """The families of these names, all for none; `InputError` names one that is not there."""
    known = families()
    for name in names:
        if name not in known:
            raise InputError(f"there is no family {name!r}", hint=f"there are {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())
