"""Checks that are a file each. A file put here is found without a list to edit: it has a `CHECK`,
and where it finds one kind of fault and shares it with no other check, a `FAULT`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from optwright.agents.checks.check import Check


class Rule(Protocol):
    """A file of this folder."""

    CHECK: Check


@cache
def rules() -> tuple[Rule, ...]:
    """Every file here, in order of names."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(cast(Rule, import_module(f"{__name__}.{name}")) for name in names)
