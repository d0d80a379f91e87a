"""Whether the words that a constraint quotes hold the limit that it states."""

from __future__ import annotations

import re

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.rows import StatedRow
from optwright.agents.text.quantities import Kind, same, says
from optwright.agents.text.wording import phrases
from optwright.solvers.model.formulation import Constraint

_COMPARES = re.compile(r"\b(?:than|as (?:many|much)|same|equal\w*|times)\b", re.IGNORECASE)


def is_founded(context: CheckContext, constraint: Constraint, row: StatedRow) -> bool:
    """Whether a row's limit is in its own words and is not one of its coefficients there."""
    own = context.numbers_of(constraint.text)
    limits = [v for v in row.limits if v]
    if not limits:  # a comparison of decisions, such as "three times as many"
        factors = (Kind.PERCENT, Kind.SHARE, Kind.MULTIPLE)
        return bool(
            phrases(constraint.text)
            or _COMPARES.search(constraint.text)
            or any(q.kind in factors for q in own)
        )
    if not all(says(own, abs(v)) for v in limits):
        return False
    # "needs 3 units of gold" as 3*a <= 3: the limit is the coefficient itself.
    coefficients = [abs(c) for c in row.coefficients.values()]
    only_coefficients = all(any(same(abs(v), c) for c in coefficients) for v in limits)
    return not only_coefficients or bool(phrases(constraint.text)) or len(own) > len(coefficients)
