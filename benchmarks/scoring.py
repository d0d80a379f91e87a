"""Whether an answer is right, by the strict rule and by the rule of each paper.

No rule here looks at a label and tries again: a paper's retries with other variable types, looser
inequalities or the opposite sense are left out, its tolerance is kept. A status is an answer:
where the label is `infeasible` or `unbounded`, that claim is right and nothing else is.

What this does not guard: a label that is wrong. `flags` says what is known about that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import floor
from typing import Any

from optwright.benchmarks.system import Attempt, Claim
from optwright.benchmarks.task import Task
from optwright.benchmarks.validators import validated

STRICT = "strict"
VALIDATOR = "validator"
"""The rule that rows without a label are scored by, where what must be true of them is known."""

HEADLINE = "rounded"
"""The rule that running accuracy and summaries lead with."""

SAME_OPTIMUM = 1e-3
"""Relative difference up to which two published labels, or two readings, count as one."""

Rule = Callable[[float, float, Task], bool]

_ASKS_TO_ROUND = re.compile(
    r"round\w*\s+(?:\w+\s+){0,3}?to\s+(?:the\s+)?nearest\s+(?:whole|integer|dollar|unit)",
    re.IGNORECASE,
)


def score(attempt: Attempt, task: Task) -> dict[str, bool]:
    """Right or wrong by the name of the rule; empty where the task has no usable label and no
    validator. A validator says the same by every rule that a summary leads with."""
    if task.label is None:
        is_right = validated(attempt, task)
        return {} if is_right is None else dict.fromkeys((STRICT, HEADLINE, VALIDATOR), is_right)
    return {
        name: _is_right(attempt, task, rule)
        for name, rule in RULES.items()
        if name not in OF_THEIR_SETS or task.dataset.startswith(name)
    }


def flags(attempt: Attempt, task: Task) -> tuple[str, ...]:
    """What to know about the label: `agreed` (all of two or more published labels are the same),
    `disputed` (they are not), `lp_milp` (whole numbers or fractions decide the answer), and
    `other_reading` (the attempt's answer is the optimum of the other of these two readings)."""
    reference = task.row.get("reference") or {}
    found = list(_agreement(str(reference.get("label_agreement", ""))))
    readings = _readings(reference)
    if len(readings) == 2 and not _close(*readings, SAME_OPTIMUM):
        found.append("lp_milp")
        if _is_other_reading(attempt, task, readings):
            found.append("other_reading")
    return tuple(found)


def _is_right(attempt: Attempt, task: Task, rule: Rule) -> bool:
    if isinstance(task.label, str):
        return attempt.status.value == task.label
    if attempt.status is not Claim.OPTIMAL or attempt.objective is None or task.label is None:
        return False
    return rule(attempt.objective, task.label, task)


def strict(found: float, label: float, _: Task) -> bool:
    """The optimum, up to what solvers leave open: `|p - a| <= 1e-6 max(1, |a|)`."""
    return abs(found - label) <= 1e-6 * max(1.0, abs(label))


def rounded(found: float, label: float, task: Task) -> bool:
    """`strict`, or half a unit of the last digit where the label was rounded: it has one to five
    decimals, or its text asks for an answer rounded to a whole number."""
    if strict(found, label, task):
        return True
    digits = decimals(label)
    if 0 < digits <= 5:
        return _within(found, label, 0.5 * 10.0**-digits)
    asks = digits == 0 and _ASKS_TO_ROUND.search(task.question) is not None
    return asks and _within(found, label, 0.5)


def decimals(label: float) -> int:
    """Decimals that a label is written with.

    >>> decimals(125.49), decimals(5050.0), decimals(1e-7)
    (2, 0, 7)
    """
    text = repr(label)
    if "e-" in text:
        head, _, exponent = text.partition("e-")
        return len(head.partition(".")[2].rstrip("0")) + int(exponent)
    return 0 if label == int(label) else len(text.partition(".")[2])


def orlm(found: float, label: float, _: Task) -> bool:
    """ORLM, and OptMATH without its retries: both rounded to whole numbers, then 5 %."""
    p, a = _whole(found), _whole(label)
    return abs(p - a) <= 0.05 * abs(a)


def mamo(found: float, label: float, _: Task) -> bool:
    """MAMO: less than 0.01 or than a unit of the label's last decimal, or 1e-4 relative."""
    unit = 10.0 ** -decimals(label) if decimals(label) else 0.0
    return abs(found - label) < max(0.01, unit) or abs(found - label) <= 1e-4 * abs(label)


def _absolute(tolerance: float, *, inclusive: bool) -> Rule:
    def rule(found: float, label: float, _: Task) -> bool:
        difference = abs(found - label)
        return difference <= tolerance if inclusive else difference < tolerance

    return rule


def _shifted(found: float, label: float, _: Task) -> bool:
    """SIRL and OptiMind: `|p - a| / (|a| + 1) <= 1e-6` (OptiMind's is `<`)."""
    return abs(found - label) <= 1e-6 * (abs(label) + 1.0)


def _relative(found: float, label: float, _: Task) -> bool:
    """Agora-Opt: 5 % relative."""
    return abs(found - label) <= 0.05 * abs(label)


def _share(tolerance: float) -> Rule:
    def rule(found: float, label: float, _: Task) -> bool:
        return abs(found - label) <= tolerance * abs(label)

    return rule


def _retail(found: float, label: float, task: Task) -> bool:
    """RetailOpt: 1e-4 relative, or what a row says for its family (0.1 where the source stopped its
    solver early)."""
    upstream = (task.row.get("reference") or {}).get("tolerance_upstream")
    tolerance = upstream if isinstance(upstream, int | float) else 1e-4
    return abs(found - label) <= tolerance * abs(label)


def _exact(found: float, label: float, _: Task) -> bool:
    """Chain-of-Experts: equal."""
    return found == label


RULES: Mapping[str, Rule] = {
    "strict": strict,
    "rounded": rounded,
    "orlm": orlm,
    "optmath": orlm,
    "sirl": _shifted,
    "optimind": _shifted,
    "mamo": mamo,
    "resocratic": _absolute(1e-4, inclusive=True),
    "or_llm_agent": _absolute(0.1, inclusive=False),
    "alphaopt": _absolute(0.1, inclusive=True),
    "orthought": _absolute(0.01, inclusive=False),
    "agora": _relative,
    "coe": _exact,
    "retailopt": _retail,
    "optengine": _share(2e-3),
    "orspace": _share(1e-2),
}


OF_THEIR_SETS = frozenset({"retailopt", "optengine", "orspace"})
"""Rules that only rows of the data sets of that name are scored by, so that what was scored before
them stays as it was."""


def _agreement(said: str) -> tuple[str, ...]:
    agreeing, _, published = said.partition("/")
    if not (agreeing.isdigit() and published.isdigit()) or int(published) < 2:
        return ()
    return ("agreed",) if agreeing == published else ("disputed",)


def _readings(reference: Mapping[str, Any]) -> tuple[float, ...]:
    """The optimum with fractions and with whole numbers, where a source's annotation gave both."""
    solved = reference.get("annotation_solve") or {}
    values = (solved.get("lp"), solved.get("ilp"))
    return tuple(float(v) for v in values if isinstance(v, int | float))


def _is_other_reading(attempt: Attempt, task: Task, readings: tuple[float, ...]) -> bool:
    found = attempt.objective
    if found is None or not isinstance(task.label, float) or strict(found, task.label, task):
        return False
    return any(_close(found, reading, 1e-6) for reading in readings)


def _close(a: float, b: float, tolerance: float) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def _within(found: float, label: float, half_unit: float) -> bool:
    # A found value exactly between two roundings may go either way; floats must not decide it.
    return abs(found - label) <= half_unit * (1 + 1e-9)


def _whole(value: float) -> float:
    return floor(value + 0.5)
