"""What is shown: sections of the answer, parts of the plan, amounts, a summary, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.extensions import intents
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import Amount, Part
from optwright.agents.chat.labels import element_words, plain_element
from optwright.agents.chat.questions import assumption, one_at_a_time
from optwright.agents.chat.reply import Grid, ReplyKind
from optwright.agents.chat.state import ConversationState, TurnResult, asking
from optwright.agents.chat.whatif import refusals
from optwright.agents.chat.whatif.comparison import plain
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.render import number
from optwright.agents.solution import assumptions
from optwright.errors import InputError
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.data.bound import element_name
from optwright.solvers.edit.references import formulation_of, rows_of
from optwright.solvers.language.labels import words_or_name
from optwright.solvers.model.formulation import Domain, Variable

MOST_ROWS = 60
"""Rows of a table in a reply."""
TIGHT = 1e-6
"""How much room a limit that binds may have."""
FILES = {
    "xlsx": "answer.xlsx", "csv": "answer.csv", "html": "report.html", "md": "report.md",
    "pdf": "report.pdf", "json": "model.json", "pyomo": "model.py", "lp": "model.lp",
    "mps": "model.mps", "latex": "model.tex",
}  # fmt: skip
"""What a file of each format is called."""
_ALSO_CALLED = {"excel": "xlsx", "spreadsheet": "xlsx", "python": "pyomo", "markdown": "md",
                "report": "html", "tex": "latex", "text": "csv", "table": "xlsx"}  # fmt: skip


def shown(work: Work, state: ConversationState, what: str) -> TurnResult:
    """One section of what there is."""
    base = work.base(state)
    match what:
        case "history":
            text = "\n".join(state.history.lines())
        case "assumptions":
            return _assumptions(work, state, base)
        case "questions":
            found = one_at_a_time(work.open_questions(state))
            state = replace(state, pending=asking(found, state))
            text = "" if found else "Nothing is open."
            return work.reply(state, ReplyKind.ANSWER, text, questions=found)
        case "diagnosis":
            text = "\n".join(refusals.explained(work.whatif, base)) or phrasing.ended(base)
        case "data":
            text = phrasing.data(base.program)
        case "help":
            text = phrasing.help_text(intent.example for intent in intents().values())
        case "summary":
            text = "\n".join(_summary(work, state, base))
        case _:
            text = phrasing.section(work.solution(state), what)
    return work.answer(state, text)


def _assumptions(work: Work, state: ConversationState, base: Scenario) -> TurnResult:
    open_ones = work.open_questions(state)
    lines = [f"- {assumption(q)}" for q in open_ones]
    asked = any(q.id.startswith("domain ") for q in open_ones)  # or the same would come twice
    model = base.program.formulation
    of_model = model.assumptions if asked and model is not None else assumptions(model)
    lines += [f"- {a}" for a in of_model]
    text = "\n".join(dict.fromkeys(lines)) or "Nothing is assumed beyond the words."
    return work.answer(state, text)


def _summary(work: Work, state: ConversationState, base: Scenario) -> Iterator[str]:
    """The answer in a few lines: what it comes to, what is done, what binds, what was changed."""
    yield phrasing.ended(base)
    for variable in formulation_of(base.program).variables:
        used = _used(base, variable, ())
        if not variable.indices:
            value = base.outcome.values.get(variable.name, 0.0)
            yield f"- {element_words(variable)}: {_value_words(variable, value)}"
        elif used:
            yield f"- {element_words(variable)}: {_total_words(variable, used)}"
    if binding := list(_binding(base)):
        yield "What binds:"
        yield from (f"- {line}" for line in binding)
    history = state.history
    changes = history.changes(history.current)
    if changes:
        yield "Changed by you:"
        yield from (f"- {title}" for title in changes)


def _binding(base: Scenario) -> Iterator[str]:
    """The limits that bind, in their words, with how many of their rows do."""
    rows: dict[str, list[float]] = {}
    for row, slack in base.outcome.slacks.items():
        rows.setdefault(row.partition("[")[0], []).append(slack)
    for constraint in formulation_of(base.program).constraints:
        slacks = [s for row, _ in rows_of(constraint) for s in rows.get(row, ())]
        tight = sum(abs(s) <= TIGHT for s in slacks)
        if tight:
            words = words_or_name(constraint.name, constraint.text)
            yield words + (f" ({tight} of {len(slacks)})" if len(slacks) > 1 else "")


def _total_words(variable: Variable, used: Sequence[tuple[tuple[str, ...], float]]) -> str:
    count = f"{len(used)} of them"
    if variable.domain is Domain.BINARY:
        return f"yes for {count}"
    return f"{number(sum(value for _, value in used))} in all, in {count}"


def _value_words(variable: Variable, value: float) -> str:
    if variable.domain is Domain.BINARY:
        return "yes" if value > 0.5 else "no"
    return number(value) + (f" {variable.unit}" if variable.unit else "")


# Parts of the plan


def part(work: Work, state: ConversationState, asked: Part) -> TurnResult:
    """The part of the plan that is about some members, as a table of what is not 0."""
    base = work.base(state)
    if base.objective is None:
        return work.answer(state, phrasing.ended(base))
    variable = next(v for v in formulation_of(base.program).variables if v.name == asked.variable)
    words = element_words(variable, asked.at)
    if not variable.indices:
        value = base.outcome.values.get(variable.name, 0.0)
        return work.answer(state, f"{words}: {_value_words(variable, value)}")
    used = _used(base, variable, asked.at)
    if not used:
        return work.answer(state, f"{words}: nothing in the plan.")
    yes_no = variable.domain is Domain.BINARY
    total = "" if yes_no or len(used) == 1 else (
        f", {number(sum(value for _, value in used))} in all"
    )  # fmt: skip
    rows = tuple(
        (*members, "yes" if yes_no else plain(value)) for members, value in used[:MOST_ROWS]
    )
    text = f"{words}: {len(used)} in the plan{total}."
    if len(used) > MOST_ROWS:
        text += f" The first {MOST_ROWS} are shown; export the answer for all of them."
    head = (*variable.indices, variable.unit or "in the plan")
    reply, state = work.answer(state, text)
    grid = Grid(title=words, head=head, rows=rows)
    return reply.model_copy(update={"tables": (grid,)}), state


def _used(
    base: Scenario, variable: Variable, at: Sequence[Sequence[str]]
) -> list[tuple[tuple[str, ...], float]]:
    """Elements of a decision that are not 0, as their members, in the order of the sets."""
    bound = base.program.instance.variables[variable.name]
    meant = [frozenset(members) or None for members in at] or [None] * len(bound.sets)
    places = [over.positions for over in bound.sets]
    found = []
    for name, value in base.outcome.values.items():
        if abs(value) <= 1e-9 or name.partition("[")[0] != variable.name or "[" not in name:
            continue
        members = plain_element(name, bound.sets)
        if members is None:
            continue
        if all(m is None or x in m for m, x in zip(meant, members, strict=True)):
            found.append((members, value))
    found.sort(key=lambda one: [at[m] for at, m in zip(places, one[0], strict=True)])
    return found


def amount(work: Work, state: ConversationState, asked: Amount) -> TurnResult:
    """What an expression comes to in the plan. Raises `InputError` for what is no expression of the
    model."""
    base = work.base(state)
    if base.objective is None:
        return work.answer(state, phrasing.ended(base))
    program = base.program
    evaluated = PointEvaluation(program.stated_instance)
    found = evaluated.amounts(asked.expression, base.outcome.values, asked.forall)
    what = _what(base, asked.expression)
    if not asked.forall:
        (value,) = found.values()
        return work.answer(state, f"{what}: {number(value)}" if what else number(value))
    if not found:
        raise InputError("there is nothing of that kind in the model")
    rows = tuple((member, plain(value)) for member, value in found.items())
    reply, state = work.answer(state, f"{what or 'For each'}:")
    grid = Grid(title=what or "for each", head=("", "in the plan"), rows=rows[:MOST_ROWS])
    return reply.model_copy(update={"tables": (grid,)}), state


def _what(base: Scenario, expression: str) -> str:
    """The words for an expression that is one decision alone; nothing for others."""
    for variable in formulation_of(base.program).variables:
        if expression.strip() == variable.name:
            return element_words(variable)
        if variable.indices and expression.replace(" ", "").startswith(f"{variable.name}["):
            inside = expression.strip()[len(variable.name) + 1 : -1]
            members = [m.strip().strip("\"'") for m in inside.split(",")]
            name = element_name(variable.name, tuple(members))
            if name in base.outcome.values:
                return element_words(variable, [(m,) for m in members])
    return ""


def export(work: Work, state: ConversationState, wanted: str) -> TurnResult:
    """Name the file that whoever shows the reply writes. Raises `InputError` for a format there is
    not."""
    fmt = wanted.lower().strip(" .")
    fmt = _ALSO_CALLED.get(fmt, fmt)
    if fmt not in FILES:
        raise InputError(f"there is no format {wanted!r}; there are {', '.join(FILES)}")
    what = {"answer": "The answer", "report": "The report", "model": "The model"}
    name = what[FILES[fmt].partition(".")[0]]
    reply, state = work.answer(state, f"{name} as {fmt}.")
    return reply.model_copy(update={"export": fmt}), state
