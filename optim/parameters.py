"""Typed parameters: what an optimizer may change, and the limits it cannot leave.

A parameter refuses a value that does not fit and says why, so that the reason can go back to
whoever proposed it. `ParameterSpace` is all parameters of one program; it takes a whole proposal
or none of it. `ParameterSpace.use` evaluates the program with other values without touching the
shared objects.
"""

from __future__ import annotations

from optwright.optim.choice_parameters import Choice, Permutation
from optwright.optim.number_parameters import Integer, Real
from optwright.optim.parameter import Constraint, Json, Scalar, Tunable
from optwright.optim.parameter_space import ParameterSpace, from_json
from optwright.optim.subsets import Demos, Subset
from optwright.optim.text_parameters import Code, Text

__all__ = [
    "Choice",
    "Code",
    "Constraint",
    "Demos",
    "Integer",
    "Json",
    "ParameterSpace",
    "Permutation",
    "Real",
    "Scalar",
    "Subset",
    "Text",
    "Tunable",
    "from_json",
]
