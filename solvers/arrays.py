"""A linear program as arrays: what HiGHS eats, and what a large formulation is lowered to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """min or max  offset + cost.x  with  row_lower <= A x <= row_upper,  lower <= x <= upper.

    n columns, m rows; A is stored by row (CSR): row r holds `columns[starts[r]:starts[r+1]]` with
    `coefficients` alike. Missing limits are +-inf. `integer[j]` says column j is integral;
    a binary column is integral with limits 0 and 1.
    """

    maximize: bool
    offset: float
    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    starts: Ints
    columns: Ints
    coefficients: Floats
    column_names: Sequence[str]
    row_names: Sequence[str]
