"""What every check is: something that holds a formulation against its problem and says what it
found. A check advises; whether it may also keep an answer from being called verified is decided by
what was measured of it (`registry`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from optwright.agents.evidence.case import Case
from optwright.agents.findings import Finding
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation


@dataclass(frozen=True)
class CheckContext:
    """A formulation beside the problem that it was drafted for. Its expressions can be read."""

    text: str
    formulation: Formulation
    tables: Mapping[str, Table] = field(default_factory=dict)
    shown_text: str = ""
    """What a model may be shown of text and tables; without it the text alone."""

    @property
    def shown(self) -> str:
        """The problem as a check shows it to a model."""
        return self.shown_text or self.text

    @cached_property
    def case(self) -> Case:
        """The same as checks of words see it."""
        return Case(self.text, self.formulation, self.tables)


class Check(Protocol):
    """One check. `name` is what it is measured and reported under."""

    @property
    def name(self) -> str: ...

    def findings(self, context: CheckContext) -> Iterable[Finding]:
        """What speaks against the formulation; nothing where the check has nothing to say."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionCheck:
    """A check that is a function of the case."""

    name: str
    find: Callable[[Case], Iterable[Finding]]

    def findings(self, context: CheckContext) -> Iterable[Finding]:
        return self.find(context.case)
