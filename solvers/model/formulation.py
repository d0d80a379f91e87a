"""The formulation: five elements (sets, parameters, variables, objective, constraints) as data.

It is what the formulator writes, what the checks read, what chat edits and what every solver and
export is made from. Expressions are text in the language of `expressions`; tables stay outside
and are joined by `Column`. The five elements follow LLMOPT (Jiang et al. 2024, section 3).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from textwrap import indent
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import (
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from typing_extensions import TypeAliasType

from optwright.errors import FormulationError
from optwright.notebooks import DisplayedAsMathematics
from optwright.solvers.model import inline
from optwright.solvers.model.bound_loops import with_bound_loops
from optwright.solvers.model.complaints import complaints, misfits
from optwright.solvers.model.json_places import JsonText, Path, steps_of
from optwright.solvers.model.objectives import (
    Goal,
    Measure,
    Name,
    Objective,
    Part,
    Scenario,
    Scenarios,
    Sense,
    Values,
)
from optwright.solvers.model.places import Place

__all__ = [
    "SCHEMA_VERSION",
    "Column",
    "Constraint",
    "Diagnostic",
    "Domain",
    "Formulation",
    "Goal",
    "IndexSet",
    "Kind",
    "Measure",
    "Member",
    "NamedExpression",
    "Objective",
    "Parameter",
    "ParameterKind",
    "Part",
    "Scenario",
    "Scenarios",
    "Sense",
    "Severity",
    "Texts",
    "Values",
    "Variable",
    "json_schema",
]

SCHEMA_VERSION = 2
"""Version 2 adds tuple sets, computed sets, text and yes/no parameters, defaults, bounds that are
expressions, sparse variables, named expressions and further objectives. A model that uses none of
them is written as version 1, which reads the same."""

Member = str | int


class Domain(StrEnum):
    """What values a variable may take."""

    CONTINUOUS = "continuous"
    INTEGER = "integer"
    BINARY = "binary"


class Column(Part):
    """Values that lie in a table: `value` is the column that holds them, `keys` the columns that
    hold the indices, in order.

    For a set, `value` is the column of its members; a set of tuples has `keys` instead. `heads`
    says that the last index runs over the heads of all columns that are no keys (a wide table), and
    for a set that these heads are its members. Only rows that hold what `where` says are read:
    `{"name": "budget"}`. `repeated="sum"` adds up rows of one key, which are refused otherwise.
    """

    table: str
    value: str = ""
    keys: tuple[str, ...] = ()
    heads: bool = False
    where: dict[str, str | int | float] = Field(default_factory=dict)
    repeated: Literal["refuse", "sum"] = "refuse"


class IndexSet(Part):
    """Members in order: given here, read from a table, or worked out by `expression`:
    `1..ceil(demand / 3)`, `A | B`, `{(i, j) for i in I for j in J if (i, j) in cost}`.

    `tuples` are the members of a set of tuples (arcs, job and step); in JSON they may be written
    under `members`. `sort` puts members in the order of their numbers, or of their texts.
    """

    name: Name
    members: tuple[Member, ...] = ()
    tuples: tuple[tuple[Member, ...], ...] = ()
    column: Column | None = None
    expression: str = ""
    sort: bool = False
    source: str = ""
    """The words of the problem this comes from."""
    meaning: str = ""

    @model_validator(mode="before")
    @classmethod
    def _tuples_apart(cls, data: Any) -> Any:
        if isinstance(data, dict) and "pairs" in data and not data.get("members"):
            data = {**{k: v for k, v in data.items() if k != "pairs"}, "members": data["pairs"]}
        members = data.get("members") if isinstance(data, dict) else None
        if not isinstance(members, list | tuple) or not members:
            return data
        if all(isinstance(member, list | tuple) for member in members):
            return {**data, "members": (), "tuples": members}
        return data


if TYPE_CHECKING:
    Texts: TypeAlias = str | dict[str, "Texts"]
else:  # pydantic wants a name for a type that holds itself, mypy does not read this form of it
    Texts = TypeAliasType("Texts", str | dict[str, "Texts"])


class ParameterKind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes_no"


class Parameter(Part):
    """A number, or numbers over sets. Nested values go by member, outermost index first:
    `{"Lyon": {"Paris": 4.0}}`; integer members are written as their digits.

    What may be written for that: lists by the order of the members where the formulation lists
    these, keys that are integers or tuples, `"Lyon,Paris"` for a member of a set of tuples, true
    and false. Texts instead of numbers make an attribute (`kind` text), which lies in `texts`.
    `default` is the value of every combination that has none; a text there, as in `"default":
    "free"`, is kept in `default_text`.
    """

    name: Name
    indices: tuple[Name, ...] = ()
    kind: ParameterKind = ParameterKind.NUMBER
    values: Values | None = None
    texts: Texts | None = None
    column: Column | None = None
    default: float | None = None
    default_text: str | None = None
    unit: str = ""
    source: str = ""
    """The words of the problem this comes from."""
    meaning: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        return inline.normalized(data) if isinstance(data, dict) else data

    @property
    def has_default(self) -> bool:
        """Whether every combination has a value, given or not."""
        return self.default is not None or self.default_text is not None

    @model_serializer(mode="wrap")
    def _unless_left_open(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A kind that nobody wrote is none that is written: its table decides after each reading
        of what is dumped here, as before it."""
        content: dict[str, Any] = write(self)
        if "kind" not in self.model_fields_set:
            content.pop("kind", None)
        return content


class Variable(Part):
    """A decision, one or one per combination of its indices. Bounds hold for every element;
    None is no bound. A binary's bounds are 0 and 1 where none are written.

    A bound may be an expression over parameters: `"lower": "2 * need[i]"` is kept in
    `lower_expression`. Its loops, and the combinations there are at all, are those of `forall`, as
    in a constraint: `"i in I, j in J if (i, j) in cost"`. `semicontinuous`: 0, or between bounds.
    """

    name: Name
    indices: tuple[Name, ...] = ()
    domain: Domain = Domain.CONTINUOUS
    lower: float | None = 0.0
    upper: float | None = None
    lower_expression: str = ""
    upper_expression: str = ""
    forall: str = ""
    semicontinuous: bool = False
    member_of: str = ""
    """The set whose member it is, instead of a domain: `"member_of": "SIZES"`."""
    unit: str = ""
    source: str = ""
    """The words of the problem this comes from."""
    meaning: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        return inline.variable(data) if isinstance(data, dict) else data


class NamedExpression(Part):
    """An amount under a name of its own, one for each combination of `forall`: `margin[i]` is
    `price[i] - cost[i]`. It is used like a parameter or a variable and adds no column."""

    name: Name
    expression: str
    forall: str = ""
    unit: str = ""
    source: str = ""
    """The words of the problem this comes from."""
    meaning: str = ""


class Constraint(Part):
    """One comparison (`<=`, `>=`, `==`; `a <= x <= b` is two rows), for each combination that
    `forall` names: `"i in I, t in T if t > 1"`. `text` holds the words it states.

    Logic over comparisons and yes/no decisions is a constraint too: `implies(open[i], x[i] >= 3)`,
    `a or b`, `atmost(2, x[i] > 0 for i in I)`, `x != y`, `nooverlap(...)`.
    """

    name: Name
    expression: str
    forall: str = ""
    text: str = ""


@dataclass(frozen=True)
class _Origin:
    """The text that a formulation was read from, for places in it; it makes no difference between
    two formulations."""

    text: str = field(default="", compare=False, repr=False)


class Formulation(DisplayedAsMathematics, Part):
    """A whole program. Frozen: an edit is a new one (`model_copy(update=...)`).

    In JSON several objectives are a list under `objectives`, the first of them in front; one alone
    is under `objective`. With goals there need be no objective.
    """

    version: int = SCHEMA_VERSION
    title: str = ""
    sets: tuple[IndexSet, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...]
    expressions: tuple[NamedExpression, ...] = ()
    objective: Objective
    further_objectives: tuple[Objective, ...] = ()
    goals: tuple[Goal, ...] = ()
    scenarios: Scenarios | None = None
    constraints: tuple[Constraint, ...] = ()
    assumptions: tuple[str, ...] = ()
    _origin: _Origin = PrivateAttr(default_factory=_Origin)

    @model_validator(mode="before")
    @classmethod
    def _with_lists_by_member(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return with_bound_loops(inline.lists_by_member(inline.objectives(data)))

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Every objective, as stated; goals are apart."""
        return (self.objective, *self.further_objectives)

    @classmethod
    def from_json(cls, text: str | bytes) -> Formulation:
        """Read what `to_json` wrote, in this version or an earlier one; `FormulationError` names
        each field that does not fit, and shows the lines of the first few with carets under them.
        """
        try:
            text = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
            content = json.loads(text)
        except json.JSONDecodeError as error:
            place = Place(error.doc, error.pos, error.pos + 1)
            raise FormulationError(
                f"not the JSON object of a formulation: {error}",
                excerpt=place.excerpt,
                place=str(place),
            ) from error
        except (ValueError, RecursionError) as error:
            raise FormulationError(f"not the JSON object of a formulation: {error}") from error
        if not isinstance(content, dict):
            kind = type(content).__name__
            raise FormulationError(f"not the JSON object of a formulation, but a {kind!r}")
        version = content.get("version", SCHEMA_VERSION)
        if version not in range(1, SCHEMA_VERSION + 1):
            raise FormulationError(
                f"a formulation of schema version {version!r}; this optwright reads "
                f"{SCHEMA_VERSION}",
                hint="read it with the version of optwright that wrote it",
            )
        try:
            read = cls.model_validate({**content, "version": SCHEMA_VERSION})
        except ValidationError as error:
            shown = JsonText(text, content)
            places = [found for path in misfits(error) if (found := shown.place_of(path))]
            raise FormulationError(
                f"not a formulation: {complaints(error, shown.place_of)}",
                excerpt="\n".join(place.excerpt for place in places),
                place=str(places[0]) if places else "",
            ) from error
        read._origin = _Origin(text)
        return read

    def places(self) -> Callable[[Path], Place | None]:
        """What finds the place that a path leads to: in the text this was read from, or else, as
        after an edit, in the JSON of the one part that it leads into."""
        text = self._origin.text
        if text and Formulation.from_json(text) == self:
            return JsonText(text).place_of
        return partial(_in_its_part, json.loads(self.to_json()))

    def to_json(self, *, indent: int | None = 2) -> str:
        """The formulation as JSON, without what is left at its default."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        if further := content.pop("further_objectives", None):
            content["objectives"] = [content.pop("objective"), *further]
        for stated, written in zip(self.parameters, content.get("parameters", ()), strict=False):
            if stated.column is not None and "kind" in stated.model_fields_set:
                written["kind"] = stated.kind.value  # else the table would say it
        version = SCHEMA_VERSION if _beyond_version_1(content) else 1
        content = {"version": version} | content
        return json.dumps(content, indent=indent, ensure_ascii=False)


def _in_its_part(content: dict[str, Any], path: Path) -> Place | None:
    """The place in the JSON of the element of a list that the path leads into, in one line."""
    steps = [*steps_of(content, path)]
    part: Any = content
    for done, step in enumerate(steps):
        part = part[step]
        if isinstance(part, dict) and part.keys() & {"name", "expression", "sense"}:
            text = json.dumps(part, ensure_ascii=False)
            inside = tuple(steps[done + 1 :])
            return JsonText(text).place_of(inside) if inside else Place(text, 0, 1)
    return None


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
    NOT_YES_OR_NO = "not_yes_or_no"
    NO_VALUES = "no_values"
    NO_VARIABLES = "no_variables"
    VARIABLE_IN_CONDITION = "variable_in_condition"
    BOUNDS = "bounds"
    UNITS = "units"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong (error) or odd (warning) about a formulation.

    `element` is the name of what it is about, or `objective`; `message` is a whole sentence.
    """

    severity: Severity
    kind: Kind
    element: str
    message: str
    place: str = field(default="", compare=False)
    """Where in an expression it is, as in `line 2, column 7`; empty for what is about none."""
    excerpt: str = field(default="", compare=False)
    """The line of the expression and carets under the place."""
    path: Path = field(default=(), compare=False)
    """Where in the formulation what it is about stands, for what is no expression:
    `("parameters", "cost", "values", "Lyon")`."""

    @property
    def placed_message(self) -> str:
        """The message with its place; one about what cannot be read names that itself."""
        told = not self.place or self.kind is Kind.UNREADABLE
        return self.message if told else f"{self.message} ({self.place})"

    def __str__(self) -> str:
        """The message with its place, and under it the line with its carets."""
        shown = f"\n{indent(self.excerpt, '    ')}" if self.excerpt else ""
        return f"{self.placed_message}{shown}"


def json_schema() -> dict[str, Any]:
    """JSON schema of what `Formulation.from_json` reads."""
    schema = Formulation.model_json_schema()
    several = schema["properties"].pop("further_objectives")
    schema["properties"]["objectives"] = several | {"title": "Objectives"}
    schema["required"] = [name for name in schema["required"] if name != "objective"]
    schema["anyOf"] = [{"required": [name]} for name in ("objective", "objectives", "goals")]
    return schema


_VERSION_1 = {
    "sets": {"name", "members", "column", "meaning"},
    "parameters": {"name", "indices", "values", "column", "unit", "source", "meaning"},
    "variables": {"name", "indices", "domain", "lower", "upper", "unit", "meaning"},
}


def _beyond_version_1(content: dict[str, Any]) -> bool:
    """Whether a formulation says what version 1 could not: then only version 2 reads it."""
    if any(content.get(part) for part in ("expressions", "objectives", "goals", "scenarios")):
        return True
    if set(content.get("objective", ())) - {"sense", "expression", "unit", "text"}:
        return True
    parts = [(part, known) for kind, known in _VERSION_1.items() for part in content.get(kind, ())]
    columns = [part["column"] for part, _ in parts if part.get("column")]
    return any(set(part) > known or set(part) - known for part, known in parts) or any(
        set(column) - {"table", "value", "keys"} for column in columns
    )
