"""What every check is: something that holds a formulation against its problem and says what it
found. A check advises; whether it may also keep an answer from being called verified is decided by
what was measured of it (`registry`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from optwright.agents.checks.context import CheckContext
from optwright.agents.findings import Finding


class Check(Protocol):
    """One check. `name` is what it is measured and reported under."""

    @property
    def name(self) -> str: ...

    def findings(self, context: CheckContext) -> Iterable[Finding]:
        """What speaks against the formulation; nothing where the check has nothing to say."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionCheck:
    """A check that is a function."""

    name: str
    find: Callable[[CheckContext], Iterable[Finding]]

    def findings(self, context: CheckContext) -> Iterable[Finding]:
        return self.find(context)
