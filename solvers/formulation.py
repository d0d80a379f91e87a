"""The formulation: five elements (sets, parameters, variables, objective, constraints) as data.

It is what the formulator writes, what the checks read, what chat edits and what every solver and
export is made from. Expressions are text in the language of `expressions`; tables stay outside
and are joined by `Column`. The five elements follow LLMOPT (Jiang et al. 2024, section 3).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

SCHEMA_VERSION = 1

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
Member = str | int


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Domain(StrEnum):
    CONTINUOUS = "continuous"
    INTEGER = "integer"
    BINARY = "binary"


class Sense(StrEnum):
    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


class Column(_Part):
    """Values that lie in a table: `value` is the column that holds them, `keys` the columns that
    hold the indices, in order. For a set, `value` is the column of its members."""

    table: str
    value: str
    keys: tuple[str, ...] = ()


class IndexSet(_Part):
    """Members in order: given here, or the distinct cells of a table's column."""

    name: Name
    members: tuple[Member, ...] = ()
    column: Column | None = None
    meaning: str = ""


if TYPE_CHECKING:
    Values: TypeAlias = float | dict[str, "Values"]
else:  # pydantic wants a name for a type that holds itself, mypy does not read this form of it
    Values = TypeAliasType("Values", float | dict[str, "Values"])


class Parameter(_Part):
    """A number, or numbers over sets. Nested values go by member, outermost index first:
    `{"Lyon": {"Paris": 4.0}}`; integer members are written as their digits."""

    name: Name
    indices: tuple[Name, ...] = ()
    values: Values | None = None
    column: Column | None = None
    unit: str = ""
    source: str = ""
    """The words of the problem this comes from."""
    meaning: str = ""


class Variable(_Part):
    """A decision, one or one per combination of its indices. Bounds hold for every element;
    None is no bound. A binary's bounds are 0 and 1 whatever is written."""

    name: Name
    indices: tuple[Name, ...] = ()
    domain: Domain = Domain.CONTINUOUS
    lower: float | None = 0.0
    upper: float | None = None
    unit: str = ""
    meaning: str = ""


class Objective(_Part):
    """`sense` of `expression`; `text` holds the words of the problem that say so."""

    sense: Sense
    expression: str
    unit: str = ""
    text: str = ""


class Constraint(_Part):
    """One comparison (`<=`, `>=`, `==`; `a <= x <= b` is two rows), for each combination that
    `forall` names: `"i in I, t in T if t > 1"`. `text` holds the words it states."""

    name: Name
    expression: str
    forall: str = ""
    text: str = ""


class Formulation(_Part):
    """A whole program. Frozen: an edit is a new one (`model_copy(update=...)`)."""

    version: int = SCHEMA_VERSION
    title: str = ""
    sets: tuple[IndexSet, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...]
    objective: Objective
    constraints: tuple[Constraint, ...] = ()
    assumptions: tuple[str, ...] = ()
