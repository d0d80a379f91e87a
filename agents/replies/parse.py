"""Reading the formulator's reply: JSON in, `Formulation` out; past this line nobody sees a reply.

What is read is all that a formulation can say, and its flat form for small models: the five
elements plus named amounts (sums that the text measures, such as cost or weight), which are written
out here so that a formulation has none. Notation with one meaning becomes the language's; nothing
that changes what a formulation says is touched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

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
    two_meanings,
    with_quoted,
    without_loop,
    without_strict,
    written_out,
)
from optwright.agents.replies.read import Part, Reply, read_reply
from optwright.errors import FormulationError, ReplyError
from optwright.serving.replies import extract_json
from optwright.solvers.edit.aims import scenarios_with_names
from optwright.solvers.model.complaints import complaints
from optwright.solvers.model.formulation import Constraint, Domain, Formulation
from optwright.solvers.model.syntax import FUNCTIONS, KEYWORDS

NOTHING_TO_DECIDE = "the reply lists no decisions: nothing is to be decided"


def read_formulation(reply: str) -> Formulation:
    """Read a formulator's reply; `ReplyError` says what keeps it from being a formulation."""
    return formulation_of(read_reply(reply))


def formulation_of(reply: Reply) -> Formulation:
    """A reply's program as a formulation; `ReplyError` says what keeps it from being one."""
    try:
        return settle(reply)
    except FormulationError as error:
        raise ReplyError(str(error), reply=reply.text) from error
    except ValidationError as error:
        raise ReplyError(
            f"the reply does not fit: {complaints(error)}", reply=reply.text
        ) from error


def settle(reply: Reply) -> Formulation:
    """Turn a reply into a formulation: names made valid, amounts written out, limits split."""
    if not reply.has_program:
        is_said = "variables" in reply.program
        raise FormulationError(NOTHING_TO_DECIDE if is_said else "the reply has no decisions")
    if "objective" not in reply.program:
        raise FormulationError("the reply has no objective; where any plan will do, minimize 0")
    names = _settled_names(reply)
    wording = _Wording.of(reply, names)
    program: Part = {
        field: _settled(field, parts, wording) for field, parts in reply.program.items()
    }
    limits = [*_parts(reply, "constraints"), *_defined(reply, wording)]
    program["constraints"] = list(_constraints(limits, wording))
    if "goals" in program:
        program["goals"] = _with_names(program["goals"], "goal")
    formulation = Formulation.model_validate(program)
    if formulation.scenarios is None:
        return formulation
    scenarios = scenarios_with_names(formulation.scenarios, lambda name: names.get(name, name))
    return formulation.model_copy(update={"scenarios": scenarios})


@dataclass(frozen=True)
class _Wording:
    """How expressions of one reply are written the language's way."""

    names: Mapping[str, str]
    members: frozenset[str]
    amounts: Mapping[str, str]
    domains: Mapping[str, Domain]

    @classmethod
    def of(cls, reply: Reply, names: Mapping[str, str]) -> _Wording:
        members = frozenset(
            str(member)
            for part in _parts(reply, "sets")
            for member in _listed(part.get("members"))
            if not isinstance(member, list)
        )
        domains = {
            names[str(part.get("name"))]: Domain(part.get("domain", Domain.CONTINUOUS))
            for part in _parts(reply, "variables")
        }
        plain = cls(names, members, {}, domains)
        amounts = {
            name: definition(plain.clean(expression))
            for part in reply.amounts
            for name, expression in [_amount(part)]
            if name not in names and name not in FUNCTIONS
        }
        # An amount that only repeats its own name or a decision's is a habit, not a definition.
        amounts = written_out({n: e for n, e in amounts.items() if n not in names_in(e)})
        return cls(names, members, amounts, domains)

    def renamed(self, expression: str) -> str:
        return rename(expression, self.names)

    def clean(self, expression: str) -> str:
        """The expression in the notation of the language; one that can be read in two ways is
        refused, for which was meant only whoever wrote it knows."""
        if doubt := two_meanings(expression, {*self.names, *self.amounts}):
            raise FormulationError(doubt)
        return tidy(with_quoted(self.renamed(expression), self.members))

    def loop(self, forall: str) -> str:
        return _FOR_ALL.sub("", self.clean(forall))

    def expression(self, expression: str) -> str:
        return expand(self.clean(expression), self.amounts)

    def objective(self, expression: str) -> str:
        return expand(_objective_side(self.clean(expression)), self.amounts)

    def constraint(self, expression: str) -> str:
        renamed = self.renamed(expression)
        if has_two_readings(renamed, self._of(Domain.BINARY)):
            raise FormulationError(
                f"{expression!r} can be read as 'implies' and as '>=': write implies(a, b), or >="
            )
        row = without_strict(self.clean(expression), self._of(Domain.CONTINUOUS))
        row = expand(row, self.amounts)
        whole = {*self._of(Domain.INTEGER), *self._of(Domain.BINARY)}
        return beyond(row, whole) if is_strict(renamed) else row

    def _of(self, domain: Domain) -> Collection[str]:
        return {name for name, of in self.domains.items() if of is domain}


def _settled(field: str, parts: Any, wording: _Wording) -> Any:
    """A field of the program with its names valid and its expressions in the language's notation;
    what is no part of one, or a part that is wrong, is left for the formulation to refuse."""
    if isinstance(parts, list | tuple):
        return [_settled(field, part, wording) for part in parts]
    if not isinstance(parts, dict):
        return parts
    settled = {key: _value(field, key, value, wording) for key, value in parts.items()}
    if isinstance(name := settled.get("name"), str) and name:
        settled["name"] = wording.names[name] if field in _NAMED else identifier(name)
    return settled


def _value(field: str, key: str, value: Any, wording: _Wording) -> Any:
    if key == "indices" and isinstance(value, list):
        return [wording.names.get(index, index) if isinstance(index, str) else index
                for index in value]  # fmt: skip
    if not isinstance(value, str):
        return value
    if key == "forall":
        return wording.loop(value)
    if key == "expression" and field == "sets":
        return tidy(wording.renamed(value))
    if key == "expression":
        of_objective = "objective" in field
        return wording.objective(value) if of_objective else wording.expression(value)
    return wording.expression(value) if key in _OF_EXPRESSIONS and value else value


_OF_EXPRESSIONS = frozenset(
    {"lower", "upper", "lower_expression", "upper_expression", "target", "probability"}
)
"""Further fields that hold expressions, where they hold text."""


def _with_names(parts: Any, kind: str) -> Any:
    """Goals with a name each, for the language makes decisions of it."""
    if not isinstance(parts, list):
        return parts
    return [
        {"name": f"{kind}_{place}", **part} if isinstance(part, dict) else part
        for place, part in enumerate(parts, start=1)
    ]


def _parts(reply: Reply, field: str) -> list[Part]:
    found: list[Part] = reply.program.get(field, [])
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _amount(part: Part) -> tuple[str, str]:
    name, expression = part.get("name"), part.get("expression")
    if not isinstance(name, str) or not isinstance(expression, str):
        raise FormulationError("the reply's amounts do not fit: each has a name and an expression")
    return name, expression


_NAMED = ("sets", "parameters", "variables", "expressions")


def _settled_names(reply: Reply) -> Mapping[str, str]:
    """From each name as written to a valid one that nothing else has."""
    taken = set(FUNCTIONS) | set(KEYWORDS)
    settled: dict[str, str] = {}
    for name in (part.get("name") for field in _NAMED for part in _parts(reply, field)):
        if not isinstance(name, str):
            raise FormulationError("the reply has a part without a name")
        if name in settled:
            continue
        valid = base = identifier(name)
        count = 2
        while valid in taken:
            valid, count = f"{base}_{count}", count + 1
        taken.add(valid)
        settled[name] = valid
    return settled


def _defined(reply: Reply, wording: _Wording) -> Iterator[Part]:
    """What amounts say that are listed among the decisions too: the decision is worth as much. One
    that repeats its own name (`"x": "x"`, `"x": "5*x"`) is a habit and says nothing of it."""
    scalars = {str(p["name"]) for p in _parts(reply, "variables") if not p.get("indices")}
    for name, expression in map(_amount, reply.amounts):
        worth = definition(tidy(wording.renamed(expression)))
        valid = wording.names.get(name, "")
        if name in scalars and valid not in names_in(worth):
            yield {"expression": f"{valid} == {worth}"}


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


def limit_names(reply: Reply) -> list[tuple[str, ...]]:
    """What the rows of each limit are called in the formulation; nothing of one that cannot be
    read."""
    taken: set[str] = set()
    called: list[tuple[str, ...]] = []
    try:
        wording = _Wording.of(reply, _settled_names(reply))
    except (FormulationError, ValueError):
        return [()] * len(_parts(reply, "constraints"))
    for limit in _parts(reply, "constraints"):
        try:
            called.append(tuple(row["name"] for row in _rows(limit, wording, taken)))
        except FormulationError:
            called.append(())
    return called


def _constraints(limits: list[Part], wording: _Wording) -> Iterator[Part]:
    """Each limit as the comparisons it holds, each with a name that no other has."""
    taken: set[str] = set()
    for limit in limits:
        yield from _rows(limit, wording, taken)


def _rows(limit: Part, wording: _Wording, taken: set[str]) -> Iterator[Part]:
    expression, words = limit.get("expression"), str(limit.get("text", ""))
    if not isinstance(expression, str):
        raise FormulationError("the reply has a limit without an expression")
    forall = limit.get("forall", "")
    if not forall:
        expression, forall = without_loop(expression)
    each = wording.loop(forall) if isinstance(forall, str) else forall
    given = limit.get("name")
    called = identifier(given) if isinstance(given, str) and given.strip() else ""
    for comparison in split(wording.constraint(expression)):
        name = base = called or _constraint_name(words)
        count = 2
        while name in taken:
            name, count = f"{base}_{count}", count + 1
        taken.add(name)
        rest = {k: v for k, v in limit.items() if k not in ("name", "expression", "forall")}
        yield {**rest, "name": name, "expression": comparison, "forall": each, "text": words}


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
    if two_meanings(answer.expression, ()):
        return None
    comparisons = split(tidy(answer.expression))
    if len(comparisons) != 1 or not re.search(r"<=|>=|==", comparisons[0]):
        return None
    return Constraint(name=_constraint_name(words), expression=comparisons[0], text=words)


class _OneLimit(BaseModel):
    expression: str
