"""Whether a text holds anything to decide, by what a model could make of it.

A model that is asked for a program makes one of anything: of a greeting, a recipe, a piece of code.
Such programs are told from those of problems by their structure and by what ties them to the text,
in any language: nothing here reads what words mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np

from optwright.agents.candidates import Candidate
from optwright.agents.checks.words.all_checks import unreadable
from optwright.agents.checks.words.contents import numbers_used
from optwright.agents.checks.words.rows import linear
from optwright.agents.problem import Problem
from optwright.agents.replies.quotes import stands_in
from optwright.agents.text.quantities import quantities, same
from optwright.agents.text.wording import quotes
from optwright.errors import FormulationError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.language.expressions import names, parse
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel


def demand_a_decision(problem: Problem, candidate: Candidate) -> None:
    """Raise `InputError` for a text of which a model could only make a program that decides
    nothing: one whose objective is a number, one that has nothing of the text, or one in which no
    decision meets another and nothing is weighed. What a program takes from tables is not held
    against the text."""
    formulation = candidate.formulation
    if formulation is None:
        return
    if _is_of_no_decision(formulation):
        refuse_text()
    if problem.tables or unreadable(formulation):
        return
    told = [formulation.objective.text, *(c.text for c in formulation.constraints)]
    said = _said(problem.text, formulation)
    if _has_nothing_of(problem, told, said) or _is_made_up(problem.text, told, said):
        refuse_text()
    arrays = linear(Program(formulation, {}))
    if arrays is not None and _repeats(problem, formulation, arrays):
        refuse_text()


def refuse_text() -> NoReturn:
    """Raise the `InputError` for a text without a problem."""
    raise InputError(
        "nothing in the text is to be decided: it says neither what should become large or small "
        "nor what limits it",
        hint="say what can be chosen, what limits it and what should become large or small",
    )


def _is_of_no_decision(formulation: Formulation) -> bool:
    """Whether it has no limits, and its objective is a number."""
    if formulation.constraints or formulation.goals:
        return False
    try:
        used = {n for o in formulation.objectives for n in names(parse(o.expression))}
    except FormulationError:
        return False
    return not used & {v.name for v in formulation.variables}


def _has_nothing_of(problem: Problem, told: Sequence[str], said: Sequence[bool]) -> bool:
    """Whether a program has none of the text's numbers, and words that it does not say. A right
    model has some of either, in any language."""
    stated = [words for words in told if any(map(str.isalpha, words))]
    if any(quotes(problem.text, words) for words in stated):
        return False
    if not stated and not problem.reads_as_english:
        return False  # its numbers may be words of another language
    return not any(said)


def _is_made_up(text: str, told: Sequence[str], said: Sequence[bool]) -> bool:
    """Whether no words that a program quotes stand in the text, and no more than half of its
    numbers do. A model that translates what it quotes has the numbers."""
    return (
        any(told)
        and 2 * sum(said) <= len(said)
        and not any(stands_in(words, text) for words in told)
    )


def _repeats(problem: Problem, formulation: Formulation, arrays: LinearModel) -> bool:
    """Whether each limit is one on a decision alone, so that none gives way to another, and the
    objective, of which something is said, counts each decision once: what comes out repeats numbers
    of the text. A text that writes its limits as formulas is taken at its word."""
    if not len(arrays.cost) or np.any(np.diff(arrays.starts) > 1):
        return False
    weights = np.concatenate((arrays.coefficients, arrays.cost))
    if not np.isin(np.abs(weights), (0.0, 1.0)).all():
        return False
    if not any(objective.text for objective in formulation.objectives):
        return False
    squeezed = _squeezed(problem.text)
    return not any(_squeezed(c.expression) in squeezed for c in formulation.constraints)


def _said(text: str, formulation: Formulation) -> list[bool]:
    """Of each number that a program uses, 0 and 1 aside, whether the text says it."""
    said = {*_numerals(text), *(q.value for q in quantities(text))}
    used = {abs(n) for n in numbers_used(formulation)} - {0.0, 1.0}
    # "2 %" is 0.02
    return [any(same(n, value) or same(100 * n, value) for value in said) for n in sorted(used)]


def _numerals(text: str) -> Iterator[float]:
    return (float(found) for found in re.findall(r"\d+(?:\.\d+)?", text))


def _squeezed(text: str) -> str:
    return "".join(text.split())
