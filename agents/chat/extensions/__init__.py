"""Intents that are a file each. A file put here is found without a list to edit: it has an
`INTENT`, which says what turns ask for it and what is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from optwright.agents.chat.whatif.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Intent:
    """`turns` fits whole turns, without a mark at the end. `answer` says in words what was asked
    of the model that stands; it is given the texts of the groups of `turns`, and raises
    `InputError` for what cannot be said. `example` is a turn that `help` shows."""

    turns: re.Pattern[str]
    answer: Callable[[Scenario, tuple[str, ...]], str]
    example: str


@cache
def intents() -> Mapping[str, Intent]:
    """Every intent here by the name of its file, in order."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").INTENT for name in names}
