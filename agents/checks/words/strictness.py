"""Words that rule out equality, and limits that allow it: "larger than" stated as `a >= b`.

A program has no strict comparison. Of whole numbers "larger than" may mean `a >= b + 1`; people and
published labels differ, so a model keeps the plain limit, and says that it does.
"""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.text.quantities import quantities, says
from optwright.agents.text.wording import phrases
from optwright.errors import FormulationError
from optwright.solvers.language.expressions import numbers, parse_comparison, to_text
from optwright.solvers.model.formulation import Constraint
from optwright.solvers.model.syntax import Add, Comparison, Number


def allows_equal(constraint: Constraint) -> bool:
    """Whether a constraint's words say "more than" or "less than" and its expression allows equal.

    A limit with a number that its words do not hold, as in `a >= b + 1`, is taken to rule it out.
    """
    stated = phrases(constraint.text)
    if len(stated) != 1 or not stated[0].strict:
        return False
    comparison = _comparison(constraint)
    if comparison is None or comparison.operator not in ("<=", ">="):
        return False
    said = quantities(constraint.text)
    return all(says(said, n) for n in numbers(comparison))


def ruling_out_equal(constraint: Constraint) -> str | None:
    """The expression that wants one more, or one less; None where it is no single comparison."""
    comparison = _comparison(constraint)
    if comparison is None or comparison.operator not in ("<=", ">="):
        return None
    left, right = comparison.left, comparison.right
    if comparison.operator == ">=":
        right = Add((right, Number(1.0)))
    else:
        left = Add((left, Number(1.0)))  # not `right - 1`: sums read better
    return to_text(replace(comparison, left=left, right=right))


def _comparison(constraint: Constraint) -> Comparison | None:
    try:
        chain = parse_comparison(constraint.expression)
    except FormulationError:
        return None
    return chain[0] if len(chain) == 1 else None
