"""The formulation: five elements (sets, parameters, variables, objective, constraints) as data.

It is what the formulator writes, what the checks read, what chat edits and what every solver and
export is made from. Expressions are text in the language of `expressions`; tables stay outside
and are joined by `Column`. The five elements follow LLMOPT (Jiang et al. 2024, section 3).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypeAliasType

from optwright.errors import FormulationError

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

    @classmethod
    def from_json(cls, text: str | bytes) -> Formulation:
        """Read what `to_json` wrote; `FormulationError` names each field that does not fit."""
        try:
            version = json.loads(text).get("version", SCHEMA_VERSION)
        except (ValueError, AttributeError, RecursionError) as error:
            raise FormulationError(f"not the JSON object of a formulation: {error}") from error
        if version != SCHEMA_VERSION:
            raise FormulationError(
                f"a formulation of schema version {version!r}; this optwright reads "
                f"{SCHEMA_VERSION}",
                hint="read it with the version of optwright that wrote it",
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise FormulationError(_complaints(error)) from error

    def _repr_html_(self) -> str:
        from optwright.solvers.export.html import fragment  # it reads formulations

        return fragment(self)

    def _repr_latex_(self) -> str:
        from optwright.solvers.export.latex import mathematics

        return mathematics(self)

    def _repr_markdown_(self) -> str:
        from optwright.solvers.export.latex import mathematics

        return f"$$\n{mathematics(self).replace('align*', 'aligned')}\n$$"

    def to_json(self, *, indent: int | None = 2) -> str:
        """The formulation as JSON, without what is left at its default."""
        content = {"version": self.version} | self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, indent=indent, ensure_ascii=False)


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Kind(StrEnum):
    """What sort of thing is wrong, for whoever mends it."""

    UNREADABLE = "unreadable"
    UNDEFINED_NAME = "undefined_name"
    UNKNOWN_SET = "unknown_set"
    UNKNOWN_MEMBER = "unknown_member"
    DUPLICATE_NAME = "duplicate_name"
    RESERVED_NAME = "reserved_name"
    SHADOWED = "shadowed"
    INDEX_COUNT = "index_count"
    NOT_A_NUMBER = "not_a_number"
    NO_VALUES = "no_values"
    NO_VARIABLES = "no_variables"
    VARIABLE_IN_CONDITION = "variable_in_condition"
    BOUNDS = "bounds"
    UNITS = "units"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (error) or odd (warning) about a formulation.

    `element` is the name of what it is about, or `objective`; `message` is a whole sentence.
    """

    severity: Severity
    kind: Kind
    element: str
    message: str


def json_schema() -> dict[str, Any]:
    """JSON schema of what `Formulation.from_json` reads."""
    return Formulation.model_json_schema()


def _complaints(error: ValidationError) -> str:
    """`objective.expression: Field required; ...`, the first five."""
    errors = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(map(str, e['loc'])) or 'formulation'}: {e['msg']}" for e in errors[:5]]
    more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
    return f"not a formulation: {'; '.join(told)}{more}"
