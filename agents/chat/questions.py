"""Questions: what the words leave open, with what each answer would lead to.

Each alternative is solved; where nothing would change there is nothing to ask. A question that is
not answered is an assumption, and listed as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from optwright.agents.chat.reply import Option, Question
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.checks.words.rows import StatedRow, first_rows
from optwright.agents.checks.words.strictness import allows_equal, ruling_out_equal
from optwright.agents.render import number
from optwright.agents.repair.propose import propose
from optwright.agents.repair.quality import is_likely
from optwright.errors import InputError
from optwright.solvers.edit.operations import ChangeConstraint, Edit, SetDomain
from optwright.solvers.edit.references import formulation_of, rows_of
from optwright.solvers.edit.rewriting import chain_text
from optwright.solvers.language.labels import words_or_name
from optwright.solvers.model.formulation import Constraint, Domain
from optwright.solvers.model.outcome import Status
from optwright.solvers.model.syntax import Comparison

MOST_QUESTIONS = 4
_OF_DOMAINS = "domain "
_WHOLE = re.compile(r"\b(?:whole|integers?|entire)\b", re.IGNORECASE)
_FRACTION = re.compile(r"\b(?:fraction\w*|continuous|divisible|partial\w*|decimal\w*)\b", re.I)
_EXACT = re.compile(r"\b(?:exact\w*|equal\w*|precise\w*|all|every|whole|total)\b", re.IGNORECASE)
_COUNTED = (
    (Domain.INTEGER, Domain.CONTINUOUS, _WHOLE),
    (Domain.CONTINUOUS, Domain.INTEGER, _FRACTION),
)
_IN = {Domain.INTEGER: "whole numbers", Domain.CONTINUOUS: "fractions"}
_LOOSE: tuple[tuple[str, Literal["<=", ">="]], ...] = (("at least", ">="), ("at most", "<="))
_SAME = 1e-6


def questions(problem: str, base: Scenario, whatif: WhatIf) -> tuple[Question, ...]:
    """What the problem leaves open about a solved model, most consequence first."""
    if base.objective is None:
        return ()
    found = [*_domains(problem, base, whatif), *_equalities(base, whatif), *_strict(base, whatif)]
    known = {option.edits for question in found for option in question.options}
    found += [q for q in _proposed(problem, base, whatif) if q.options[1].edits not in known]
    found.sort(key=lambda q: -_consequence(q, base))
    return tuple(found[:MOST_QUESTIONS])


def one_at_a_time(found: Sequence[Question]) -> tuple[Question, ...]:
    """The first of some questions, which says how many come after it; nothing where none is."""
    if len(found) < 2:
        return tuple(found)
    first, more = found[0], len(found) - 1
    return (first.model_copy(update={"text": f"{first.text} ({more} more to come)"}),)


def assumption(question: Question) -> str:
    """An unanswered question as the assumption it leaves."""
    assert question.default is not None
    taken = question.options[question.default]
    others = [
        f"{option.label}: {option.consequence}"
        for at, option in enumerate(question.options)
        if at != question.default
    ]
    return f"{taken.label} ({'; '.join(others)})"


def answers_also(question: Question, option: Option) -> tuple[str, ...]:
    """The questions that an answer settles: its own, and after whole numbers became fractions the
    one whether they are whole numbers."""
    if option.edits and question.id.startswith(_OF_DOMAINS):
        return tuple(f"{_OF_DOMAINS}{domain}" for domain, _, _ in _COUNTED)
    return (question.id,)


def _domains(problem: str, base: Scenario, whatif: WhatIf) -> Iterator[Question]:
    """Whole numbers or fractions, for the decisions the problem does not say it of; those that
    are counted alike are one question."""
    for domain, other, says in _COUNTED:
        variables = [v for v in formulation_of(base.program).variables if v.domain is domain]
        if not variables or says.search(problem):
            continue
        what = _listed([v.meaning or v.name for v in variables])
        edits = tuple(SetDomain(variable=v.name, domain=other) for v in variables)
        option = _option(base, whatif, f"{what}: {_IN[other]}", *edits)
        if option is None:
            continue
        stands = _as_it_is(base, f"{what}: {_IN[domain]}")
        yield Question(
            id=f"{_OF_DOMAINS}{domain}",
            text=f"Whole numbers or fractions for {what}?",
            options=(stands, option),
            default=0,
        )


def _listed(things: Sequence[str]) -> str:
    shown = ", ".join(things[:3])
    return f"{shown} and {len(things) - 3} more" if len(things) > 3 else shown


def _equalities(base: Scenario, whatif: WhatIf) -> Iterator[Question]:
    """Exactly, or at least, or at most, for demands whose words do not say which."""
    for constraint in formulation_of(base.program).constraints:
        rows = rows_of(constraint)
        if len(rows) != 1 or rows[0][1].operator != "==" or not constraint.text:
            continue
        if _EXACT.search(constraint.text):
            continue
        words = words_or_name(constraint.name, constraint.text)
        found = (
            _option(base, whatif, f"{label} {words}", _loosened(constraint, operator))
            for label, operator in _LOOSE
        )
        options = [option for option in found if option is not None]
        if options:
            stands = _as_it_is(base, f"exactly {words}")
            yield Question(
                id=f"equality {constraint.name}",
                text=f"Is {words} meant exactly?",
                options=(stands, *options),
                default=0,
            )


def _strict(base: Scenario, whatif: WhatIf) -> Iterator[Question]:
    """Equal, or one more, where words say "more than" of whole numbers."""
    constraints = formulation_of(base.program).constraints
    loose = [c for c in constraints if not c.forall and allows_equal(c)]
    arrays = base.program.arrays if loose else None
    rows = first_rows(arrays) if arrays is not None else {}  # of a large model not for nothing
    for constraint in loose:
        row, stricter = rows.get(constraint.name), ruling_out_equal(constraint)
        if row is None or stricter is None or not _is_of_whole_numbers(row, base):
            continue
        words = words_or_name(constraint.name, constraint.text)
        changed = constraint.model_copy(update={"expression": stricter})
        edit = ChangeConstraint(name=constraint.name, constraint=changed)
        option = _option(base, whatif, f"not equal, in {words}", edit)
        if option is not None:
            stands = _as_it_is(base, f"equal is allowed, in {words}")
            yield Question(
                id=f"strict {constraint.name}",
                text=f"Is equal allowed, in {words}?",
                options=(stands, option),
                default=0,
            )


def _proposed(problem: str, base: Scenario, whatif: WhatIf) -> Iterator[Question]:
    """What the words of the problem suggest instead of what the model says."""
    model = formulation_of(base.program)
    for proposal in propose(problem, model, base.program.tables):
        if not is_likely(proposal.rule):
            continue  # wrong too often to ask a person about
        option = _option(base, whatif, proposal.condition, *proposal.edits)
        if option is not None:
            stands = _as_it_is(base, "as it is written")
            yield Question(
                id=f"proposal {proposal.condition}",
                text=f"Is it meant that {proposal.condition}?",
                options=(stands, option),
                default=0,
            )


def _is_of_whole_numbers(row: StatedRow, base: Scenario) -> bool:
    """Whether the next value of a row after one is one more."""
    domains = {v.name: v.domain for v in formulation_of(base.program).variables}
    whole = (Domain.INTEGER, Domain.BINARY)
    return all(
        coefficient.is_integer() and domains.get(element.partition("[")[0]) in whole
        for element, coefficient in row.coefficients.items()
    )


def _loosened(constraint: Constraint, operator: Literal["<=", ">="]) -> Edit:
    ((_, stated),) = rows_of(constraint)
    loose = chain_text((Comparison(operator, stated.left, stated.right),))
    changed = constraint.model_copy(update={"expression": loose})
    return ChangeConstraint(name=constraint.name, constraint=changed)


def _option(base: Scenario, whatif: WhatIf, label: str, *edits: Edit) -> Option | None:
    """The answer with what it would change; None if it changes nothing."""
    try:
        other = whatif.changed(base, edits, label)
    except InputError:
        return None
    if other.outcome.status in (Status.FEASIBLE, Status.TIME_LIMIT, Status.ERROR):
        return None  # what is not known is not said
    if other.objective is None:
        consequence = f"there is no best solution ({other.outcome.status})"
        return Option(label=label, edits=edits, consequence=consequence)
    assert base.objective is not None
    if abs(other.objective - base.objective) <= _SAME * max(1.0, abs(base.objective)):
        return None
    consequence = f"the optimum changes to {number(other.objective)}"
    return Option(label=label, edits=edits, consequence=consequence, objective=other.objective)


def _as_it_is(base: Scenario, label: str) -> Option:
    """The answer that leaves the model alone."""
    assert base.objective is not None
    consequence = f"the optimum is {number(base.objective)}"
    return Option(label=label, consequence=consequence, objective=base.objective)


def _consequence(question: Question, base: Scenario) -> float:
    found = [o.objective for o in question.options if o.objective is not None]
    if len(found) < len(question.options) or base.objective is None:
        return float("inf")
    return max(abs(objective - base.objective) for objective in found)


@dataclass(frozen=True)
class Answers:
    """Finds which option a turn chooses."""

    question: Question

    def read(self, said: str) -> Option | None:
        """The option of that number or label, or None if the turn is about something else."""
        wanted = " ".join(said.lower().strip(" .!").split())
        numbered = re.fullmatch(r"(?:option |answer |number |#)?(\d+)\.?", wanted)
        if numbered is not None:
            at = int(numbered[1])
            return self.question.options[at - 1] if 1 <= at <= len(self.question.options) else None
        labels = {
            " ".join(option.label.lower().split()): option for option in self.question.options
        }
        if wanted in labels:
            return labels[wanted]
        near = [option for label, option in labels.items() if wanted and wanted in label]
        return near[0] if len(near) == 1 and len(wanted) > 3 else None
