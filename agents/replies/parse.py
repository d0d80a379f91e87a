"""Reading the formulator's reply: JSON in, `Formulation` out; past this line nobody sees a reply.

What is read is the five elements, flat, plus named amounts (sums that the text measures, such as
cost or weight), which are written out here so that a formulation has none. Notation with one
meaning becomes the language's; nothing that changes what a formulation says is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from optwright.agents.replies.normalize import (
    beyond,
    definition,
    expand,
    has_two_readings,
    identifier,
    is_strict,
    names_in,
    rename,
    split,
    tidy,
    tokens,
    with_quoted,
    without_strict,
    written_out,
)
from optwright.errors import FormulationError, ReplyError
from optwright.serving.replies import extract_json
from optwright.solvers.edit.aims import scenarios_with_names
from optwright.solvers.model.complaints import complaints
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    Goal,
    IndexSet,
    Measure,
    Member,
    Objective,
    Parameter,
    Scenarios,
    Sense,
    Values,
    Variable,
)
from optwright.solvers.model.inline import objectives
from optwright.solvers.model.syntax import FUNCTIONS, KEYWORDS


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class _Decision(_Reply):
    name: str
    meaning: str = ""
    whole: bool = False
    yes_or_no: bool = False
    domain: Domain | None = None
    """Instead of `whole` and `yes_or_no`."""

    @field_validator("domain", mode="before")
    @classmethod
    def _as_written(cls, word: object) -> object:
        """`Integer`, `int`, `bool` are read; words such as `nonnegative` say nothing of it."""
        word = str(word).strip().lower()
        if word.startswith("int"):
            return Domain.INTEGER
        return Domain.BINARY if word.startswith(("bin", "bool")) else None

    indices: list[str] = []
    forall: str = ""
    upper: float | str | None = None
    lower: float | str | None = 0.0
    semicontinuous: bool = False
    unit: str = ""


class _Amount(_Reply):
    name: str
    expression: str


class _Objective(_Reply):
    text: str = ""
    sense: str
    expression: str
    name: str = ""
    unit: str = ""
    weight: float = 1.0
    priority: int = 1
    tolerance: float = 0.0
    absolute_tolerance: float = 0.0
    forall: str = ""
    probability: str = ""
    measure: Measure = Measure.EXPECTED
    level: float = 0.95


class _Goal(_Reply):
    name: str = ""
    text: str = ""
    expression: str
    target: float | str
    forall: str = ""
    under: float = 1.0
    over: float = 1.0
    priority: int = 1
    unit: str = ""


class _Limit(_Reply):
    text: str = ""
    expression: str
    forall: str = ""


class _Set(_Reply):
    name: str
    members: list[Member | list[Member]] = []
    column: Column | None = None
    expression: str = ""
    sort: bool = False
    meaning: str = ""


class _Parameter(_Reply):
    name: str
    indices: list[str] = []
    values: Values | None = None
    column: Column | None = None
    default: float | None = None
    unit: str = ""
    meaning: str = ""


class Draft(_Reply):
    """A reply as it was written, before names are settled and amounts written out."""

    sets: list[_Set] = []
    parameters: list[_Parameter] = []
    decisions: list[_Decision] = Field(
        default=[], validation_alias=AliasChoices("decisions", "variables")
    )
    amounts: list[_Amount] = []
    objective: _Objective | None = None
    further_objectives: list[_Objective] = []
    goals: list[_Goal] = []
    scenarios: Scenarios | None = None
    limits: list[_Limit] = Field(default=[], validation_alias=AliasChoices("limits", "constraints"))
    assumptions: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _several_objectives(cls, data: object) -> object:
        """One objective, a list of them, or `objectives`."""
        return objectives(data) if isinstance(data, dict) else data

    questions: list[str] = []
    """What the text leaves open so that no model can be written, each a sentence for the user."""


def read_draft(reply: str) -> Draft:
    """Read a reply's JSON; `ReplyError` says what is missing."""
    try:
        return Draft.model_validate(extract_json(reply))
    except ValidationError as error:
        raise ReplyError(f"the reply does not fit: {complaints(error)}", reply=reply) from error
    except RecursionError as error:
        raise ReplyError("the reply nests too deep to be a formulation", reply=reply) from error


def read_formulation(reply: str) -> Formulation:
    """Read a formulator's reply; `ReplyError` says what keeps it from being a formulation."""
    return formulation_of(read_draft(reply), reply)


def formulation_of(draft: Draft, reply: str = "") -> Formulation:
    """A draft as a formulation; `ReplyError` says what keeps it from being one."""
    try:
        return settle(draft)
    except FormulationError as error:
        raise ReplyError(str(error), reply=reply) from error
    except ValidationError as error:
        raise ReplyError(f"the reply does not fit: {complaints(error)}", reply=reply) from error


def settle(draft: Draft) -> Formulation:
    """Turn a draft into a formulation: names made valid, amounts written out, limits split."""
    if not draft.decisions:
        raise FormulationError("the reply has no decisions")
    if draft.objective is None:
        raise FormulationError("the reply has no objective")
    names = _settled_names(draft)
    members = {str(m) for s in draft.sets for m in s.members if not isinstance(m, list)}
    domains = {names[d.name]: _domain(d) for d in draft.decisions}
    yes_or_no = {name for name, domain in domains.items() if domain is Domain.BINARY}
    whole = {name for name, domain in domains.items() if domain is not Domain.CONTINUOUS}
    divisible = {name for name, domain in domains.items() if domain is Domain.CONTINUOUS}

    def clean(expression: str) -> str:
        return tidy(with_quoted(rename(expression, names), members))

    amounts = {
        a.name: definition(clean(a.expression))
        for a in draft.amounts
        if a.name not in names and a.name not in FUNCTIONS
    }
    # An amount that only repeats its own name or a decision's is a habit, not a definition.
    amounts = written_out({n: e for n, e in amounts.items() if n not in names_in(e)})

    def written(expression: str) -> str:
        if has_two_readings(rename(expression, names), yes_or_no):
            raise FormulationError(
                f"{expression!r} can be read as 'implies' and as '>=': write implies(a, b), or >="
            )
        row = expand(without_strict(clean(expression), divisible), amounts)
        return beyond(row, whole) if is_strict(rename(expression, names)) else row

    def objective(stated: _Objective) -> Objective:
        said = stated.model_dump() | {
            "sense": _sense(stated.sense),
            "expression": expand(_objective_side(clean(stated.expression)), amounts),
            "forall": _each(stated.forall, names),
            "probability": clean(stated.probability) if stated.probability else "",
            "name": identifier(stated.name) if stated.name else "",
        }
        return Objective.model_validate(said)

    def named(name: str) -> str:
        return names.get(name, name)

    return Formulation(
        sets=tuple(_set(s, names) for s in draft.sets),
        parameters=tuple(_parameter(p, names) for p in draft.parameters),
        variables=tuple(_variable(d, names) for d in draft.decisions),
        objective=objective(draft.objective),
        further_objectives=tuple(map(objective, draft.further_objectives)),
        goals=tuple(_goals(draft.goals, names, lambda text: expand(clean(text), amounts))),
        scenarios=None if draft.scenarios is None else scenarios_with_names(draft.scenarios, named),
        constraints=tuple(_constraints([*draft.limits, *_defined(draft, names)], names, written)),
        assumptions=tuple(draft.assumptions),
    )


def _goals(
    stated: list[_Goal], names: Mapping[str, str], written: Callable[[str], str]
) -> Iterator[Goal]:
    for place, goal in enumerate(stated, 1):
        said = goal.model_dump() | {
            "name": identifier(goal.name or f"goal_{place}"),
            "expression": written(goal.expression),
            "target": written(goal.target) if isinstance(goal.target, str) else goal.target,
            "forall": _each(goal.forall, names),
        }
        yield Goal.model_validate(said)


def _each(forall: str, names: Mapping[str, str]) -> str:
    return _FOR_ALL.sub("", tidy(rename(forall, names)))


def _settled_names(draft: Draft) -> Mapping[str, str]:
    """From each name as written to a valid one that nothing else has."""
    taken = set(FUNCTIONS) | set(KEYWORDS)
    settled: dict[str, str] = {}
    written = [
        *(s.name for s in draft.sets),
        *(p.name for p in draft.parameters),
        *(d.name for d in draft.decisions),
    ]
    for name in written:
        if name in settled:
            continue
        valid = base = identifier(name)
        count = 2
        while valid in taken:
            valid, count = f"{base}_{count}", count + 1
        taken.add(valid)
        settled[name] = valid
    return settled


def _defined(draft: Draft, names: Mapping[str, str]) -> Iterator[_Limit]:
    """What amounts say that are listed among the decisions too: the decision is worth as much. One
    that repeats its own name (`"x": "x"`, `"x": "5*x"`) is a habit and says nothing of it."""
    scalars = {d.name for d in draft.decisions if not d.indices}
    for amount in draft.amounts:
        worth = definition(tidy(rename(amount.expression, names)))
        name = names.get(amount.name, "")
        if amount.name in scalars and name not in names_in(worth):
            yield _Limit(expression=f"{name} == {worth}")


def _set(part: _Set, names: Mapping[str, str]) -> IndexSet:
    return IndexSet.model_validate(
        {
            "name": names[part.name],
            "members": part.members,
            "column": part.column,
            "expression": tidy(rename(part.expression, names)),
            "sort": part.sort,
            "meaning": part.meaning,
        }
    )


def _domain(decision: _Decision) -> Domain:
    if decision.yes_or_no or decision.domain is Domain.BINARY:
        return Domain.BINARY
    if decision.whole or decision.domain is Domain.INTEGER:
        return Domain.INTEGER
    return Domain.CONTINUOUS


def _variable(decision: _Decision, names: Mapping[str, str]) -> Variable:
    def bound(value: float | str | None) -> float | str | None:
        return tidy(rename(value, names)) if isinstance(value, str) else value

    return Variable.model_validate(
        {
            "name": names[decision.name],
            "indices": [names.get(i, i) for i in decision.indices],
            "domain": _domain(decision),
            "lower": bound(decision.lower),
            "upper": bound(decision.upper),
            "forall": _FOR_ALL.sub("", tidy(rename(decision.forall, names))),
            "semicontinuous": decision.semicontinuous,
            "unit": decision.unit,
            "meaning": decision.meaning,
        }
    )


def _parameter(parameter: _Parameter, names: Mapping[str, str]) -> Parameter:
    return Parameter(
        name=names[parameter.name],
        indices=tuple(names.get(i, i) for i in parameter.indices),
        values=parameter.values,
        column=parameter.column,
        default=parameter.default,
        unit=parameter.unit,
        meaning=parameter.meaning,
    )


def _sense(word: str) -> Sense:
    word = word.strip().lower()
    if word.startswith("max"):
        return Sense.MAXIMIZE
    if word.startswith("min"):
        return Sense.MINIMIZE
    raise FormulationError(f"the objective's sense is {word!r}; it is maximize or minimize")


def _objective_side(expression: str) -> str:
    """`profit = 3*x + 2*y` states the side that is a sum; `maximize 3*x` repeats the sense."""
    sense = re.match(r"\s*(?:max|min)(?:imi[sz]e)?(?:\s*:\s*|\s+)", expression, flags=re.I)
    if sense and not _is_of_several(expression[sense.end() :]):
        expression = expression[sense.end() :]
    return definition(expression)


def _is_of_several(arguments: str) -> bool:
    """Whether `max` or `min` in front of this is the largest or smallest of several."""
    return arguments.startswith("(") and any(
        t.depth == 1 and t.text in (",", "for") for t in tokens(arguments)
    )


def _constraints(
    limits: list[_Limit], names: Mapping[str, str], written: Callable[[str], str]
) -> Iterator[Constraint]:
    taken: set[str] = set()
    for limit in limits:
        each = _FOR_ALL.sub("", tidy(rename(limit.forall, names)))
        for comparison in split(written(limit.expression)):
            name = base = _constraint_name(limit.text)
            count = 2
            while name in taken:
                name, count = f"{base}_{count}", count + 1
            taken.add(name)
            yield Constraint(name=name, expression=comparison, forall=each, text=limit.text)


_FOR_ALL = re.compile(r"^(?:for\s+(?:(?:all|each|every)\s+)?|∀\s*)")


_FILLER = frozenset(
    "a an and are as at be by can each for from has have he if in is it its must no not of on or "
    "should so than that the their there they this to used uses which while will with would".split()
)


def _constraint_name(text: str) -> str:
    """A short name from the words that carry the meaning.

    >>> _constraint_name("There must be at least 10 front-loading machines")
    'least_10_front_loading'
    """
    words = [w for w in re.findall(r"[A-Za-z]+|\d+", text.lower()) if w not in _FILLER]
    name = identifier("_".join(words[:4])) if words else "limit"
    return name if not name[0].isdigit() else f"limit_{name}"


def read_limit(reply: str, words: str) -> Constraint | None:
    """Read the reply to "which constraint do these words state?"; None where they state none."""
    try:
        answer = _OneLimit.model_validate(extract_json(reply))
    except ValidationError as error:
        raise ReplyError("the reply holds no expression", reply=reply) from error
    comparisons = split(tidy(answer.expression))
    if len(comparisons) != 1 or not re.search(r"<=|>=|==", comparisons[0]):
        return None
    return Constraint(name=_constraint_name(words), expression=comparisons[0], text=words)


class _OneLimit(_Reply):
    expression: str
