"""What the assistant says: plain lines of 80 columns, numbers as people write them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from optwright.agents.chat.history import History
from optwright.agents.chat.intents import (
    Amount,
    Another,
    Change,
    Instruction,
    Keep,
    Limits,
    Move,
    Part,
    Relaxations,
    Several,
    ShadowPrice,
    Show,
    Sweep,
    WhyNot,
)
from optwright.agents.chat.labels import element_words, number_words, objective_words
from optwright.agents.chat.reply import Grid, Series
from optwright.agents.chat.whatif.refusals import Forced
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.checks.plans.examine import State
from optwright.agents.prices import NEGLIGIBLE
from optwright.agents.render import number, render, sections
from optwright.agents.solution import Solution, assumptions
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import Force
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.model.outcome import Status

MOST_TITLE = 60

_HELP = """\
Say what should be different, in plain words, or ask:
  at most 30 gift boxes            a limit, new or changed
  the chocolate limit is 15000     another number
  drop the toffee limit            without it
  what if chocolate is 20 % lower  tried, and the model stays; then: keep
  sweep chocolate from 8000 to 16000
  how much is one more gram of chocolate worth
  which limit costs me most
  why no gift boxes                what it would cost to have some
  undo, redo, history, name this NAME, go to NAME, compare NAME and NAME
  show model, answer, assumptions, questions, data
  check it                         you judge three plans of the answer
{examples}
A number or words of an answer settle a question; anything else goes on, and
what is not answered stays an assumption."""


def help_text(examples: Iterable[str]) -> str:
    """What one can say; `examples` are turns that files of `extensions` answer."""
    return _HELP.format(examples="\n".join(f"  {example}" for example in examples))


HELP_FIRST = """\
Tell the decision you have to make: what can be chosen, what limits it, and what
should become large or small. Bring tables first if there are any. For example:
  A store packs regular boxes and gift boxes. ... Maximize the profit."""


TABLES_FIRST = "One thing about the tables first, since the answer depends on it."
MISSING = """\
Something is missing before this can be modelled. Answer in your own words; 'no'
goes on without it."""


CONVERTED = """\
The data are in other units than the model states, so they are converted; 'undo'
takes that back."""


def clipped(said: str) -> str:
    """A turn as the title of the version it makes."""
    return textwrap.shorten(" ".join(said.split()), MOST_TITLE, placeholder=" ...") or "a change"


def solved(solution: Solution) -> str:
    return render(solution)


def section(solution: Solution, what: str) -> str:
    """One section of a solution: `model` or `answer` (with the limits that bind)."""
    parts = {"model": ("Model",), "binding": ("Limits that bind",)}
    wanted = parts.get(what, ("Answer", "Limits that bind"))
    lines = [line for name, part in sections(solution) if name in wanted for line in part]
    none = "" if what == "binding" else f"There is no {what}: the model has no solution."
    return "\n".join(lines) or none


def judged(before: Solution, after: Solution) -> str:
    """What a person's word on plans comes to, and what was said of the answer before it."""
    head = "Verified" if after.verified else "Not verified"
    lines = [f"{head}: {after.reason}."]
    if after.plans.state in (State.NOT_ASKED, State.IN_PART):
        lines.append(f"{after.plans}.")
    if before.reason != after.reason:
        lines.append(
            f"Before: {'verified' if before.verified else 'not verified'}, {before.reason}."
        )
    if after.confidence is not None and after.interval is not None:
        low, high = after.interval
        was = "" if before.confidence is None else f", {before.confidence:.0%} before"
        lines.append(f"Confidence {after.confidence:.0%} ({low:.0%} to {high:.0%}){was}:")
        lines += [f"- {said}" for said in after.rests_on]
    return "\n".join(lines)


def ended(scenario: Scenario) -> str:
    """What a solve came to, in a sentence."""
    if scenario.objective is not None:
        proven = "" if scenario.outcome.status is Status.OPTIMAL else " (not proven to be best)"
        return f"{objective_words(scenario.program)}: {number(scenario.objective)}{proven}"
    return {
        Status.INFEASIBLE: "There is no solution.",
        Status.UNBOUNDED: "There is no best solution: the objective improves without end.",
        Status.INFEASIBLE_OR_UNBOUNDED: "There is no best solution.",
        Status.TIME_LIMIT: "Time ran out before there was a solution.",
    }.get(scenario.outcome.status, f"Not solved: {scenario.outcome.message}")


def compared(before: Scenario, after: Scenario) -> str:
    """How the objective moved from one scenario to the other."""
    was, now = before.objective, after.objective
    if was is None or now is None:
        return ended(after)
    if abs(now - was) <= 1e-6 * max(1.0, abs(was)):
        return f"{objective_words(after.program)}: {number(now)}, as before"
    percent = f" ({100 * (now - was) / abs(was):+.3g} %)" if was else ""
    return f"{objective_words(after.program)}: {number(was)} -> {number(now)}{percent}"


def ranked(scenarios: Sequence[Scenario]) -> str:
    """Which of some scenarios is best."""
    solved_ones = [s for s in scenarios if s.objective is not None]
    if len(solved_ones) < 2 or len({s.maximizes for s in solved_ones}) > 1:
        return "\n".join(f"{s.name}: {ended(s)}" for s in scenarios)
    objectives = [s.objective for s in solved_ones if s.objective is not None]
    best = max(objectives) if solved_ones[0].maximizes else min(objectives)
    names = [s.name for s, x in zip(solved_ones, objectives, strict=True) if x == best]
    return f"Best is {' and '.join(names)} with {number(best)}."


def swept(series: Series, now: float | None) -> str:
    """The ends of a sweep and where its slope changes."""
    known = [(x, y) for x, y in series.points if y is not None]
    if not known:
        return f"There is no solution for any value of {series.x} in that range."
    lines = [
        f"{series.y} from {number(known[0][1])} at {number(known[0][0])} "
        f"to {number(known[-1][1])} at {number(known[-1][0])}"
    ]
    if now is not None:
        lines[0] += f"; it is {number(now)} now"
    if len(known) < len(series.points):
        lines.append(f"There is no solution for {len(series.points) - len(known)} of the values.")
    if series.begins is not None:
        lines.append(f"A solution begins at {number(series.begins)}.")
    if series.breaks:
        at = ", ".join(number(x) for x in series.breaks)
        lines.append(f"What one more unit is worth changes at {at}.")
    return "\n".join(lines)


def costliest(grid: Grid, base: Scenario) -> str:
    """The limit that costs most, from the table of all."""
    if not grid.rows:
        return "The model has no limits besides those of its decisions."
    limit, _, dual, without = grid.rows[0]
    if without == base.objective:
        return "No single limit costs anything: without any one of them the best is the same."
    says = f"without it there is {without}" if isinstance(without, str) else ""
    if isinstance(without, float):
        says = f"without it {objective_words(base.program)} would be {number(without)}"
    each = ""
    if isinstance(dual, float) and abs(dual) > NEGLIGIBLE:
        does = "improves" if (dual > 0) == base.maximizes else "worsens"
        each = f"; one more unit of it {does} {objective_words(base.program)} by "
        each += number(abs(dual))
    return f"The limit {limit} costs most: {says}{each}."


def forced(found: Forced, demand: Force) -> str:
    """What it costs to have it so, or what forbids it."""
    what = demand.text or "that"
    if found.cost is not None:
        if found.cost <= 1e-6:
            return f"Nothing speaks against it: with {what} the best is just as good."
        assert found.after.objective is not None
        return (
            f"With {what}, {objective_words(found.after.program)} would be "
            f"{number(found.after.objective)}, which is {number(found.cost)} worse."
        )
    if found.conflict is None:
        return f"With {what}: {ended(found.after)}"
    lines = [f"It cannot be: with {what} there is no solution."]
    return "\n".join(lines + found.conflict.sentences())


def data(program: Program) -> str:
    """The tables of a model, a few rows of each."""
    return "\n\n".join(t.preview() for t in program.tables.values()) or "There are no tables."


def edited_solution(scenario: Scenario, history: History, version: int) -> Solution:
    """A scenario as a `Solution`. Changes made in conversation are the user's own: they are listed
    as theirs, and nothing but the solver stands behind them."""
    outcome = scenario.outcome
    rows = {name: {"slack": slack} for name, slack in outcome.slacks.items()}
    for name, dual in outcome.duals.items():
        rows.setdefault(name, {})["dual"] = dual
    return Solution(
        status=outcome.status,
        verified=False,
        objective=outcome.objective,
        bound=outcome.bound,
        reached=outcome.reached,
        variables=dict(outcome.values),
        formulation=scenario.program.formulation,
        assumptions=assumptions(scenario.program.formulation),
        changes=history.changes(version),
        sensitivity=rows,
    )


def confirming(doubts: Sequence[str], change: Change) -> str:
    """What is said with a change that waits for a yes: why it waits."""
    text = "Is this what you mean? Say yes or no; nothing is changed before."
    tried = " It would only be tried." if change.trial else ""
    if not doubts:
        return text + tried
    because = textwrap.fill(f"I ask because {'; '.join(doubts[:3])}.", 80)
    return f"{text}{tried}\n{because}"


def asking_back(instruction: Instruction, program: Program, doubts: Sequence[str]) -> str:
    """What is asked where it is not sure that a question was asked."""
    parts = instruction.parts if isinstance(instruction, Several) else (instruction,)
    asked = ", and ".join(described(part, program) for part in parts)
    wish = "" if isinstance(parts[0], Keep | Move) else "know "
    text = f"Do you want to {wish}{asked}? Say yes or no."
    because = f"I ask because {'; '.join(doubts[:3])}." if doubts else ""
    return "\n".join(filter(None, (textwrap.fill(text, 80), textwrap.fill(because, 80))))


def described(instruction: Instruction, program: Program) -> str:
    """What a question asks, in words, where it is not sure that it was asked."""
    match instruction:
        case Sweep(reference=reference):
            return f"how it goes for other values of {number_words(program, reference)}"
        case ShadowPrice(reference=reference):
            return f"what one more unit of {number_words(program, reference)} is worth"
        case WhyNot(demand=demand, way=way):
            return f"why not {way} {demand.text}".replace("  ", " ")
        case Limits():
            return "which limits cost most"
        case Relaxations():
            return "what could give way for there to be a solution"
        case Amount(expression=expression):
            return f"what {expression} comes to in the plan"
        case Part(variable=name, at=at):
            variable = next(v for v in formulation_of(program).variables if v.name == name)
            return f"which part of the plan is {element_words(variable, at)}"
        case Show(what=what):
            return f"what is in the {what}"
        case Keep():
            return "take over what was tried last"
        case Move(to=to, steps=steps):
            back = "take back the last change" if steps < 0 else "do again what was undone"
            return f"go to version {to}" if to else back
        case Another():
            return "whether another plan is as good"
    return "this"
