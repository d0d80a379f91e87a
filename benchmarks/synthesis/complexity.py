"""How complex a program is, by the score of OptMATH (Lu et al. 2025, arXiv 2502.11102).

    S = sum of a_k n_k over kinds of variables (binary, integer, continuous)
      + sum of b_k m_k over kinds of rows (linear, indicator, quadratic, general)
      + g f + d L

`f` is how many rows are big-M rows and `L` how many terms a row has on average. All weights are 1
by default, as in the paper's worked example, which comes to 16.71. How rows are told apart is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from optwright.errors import InputError
from optwright.solvers.backends.arrays import Rows, rows_of
from optwright.solvers.backends.linearity import nonlinear_part
from optwright.solvers.data.binding import bind
from optwright.solvers.data.bound import Family, Instance
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Formulation

BANDS = ((25.0, 75.0), (50.0, 100.0), (75.0, 125.0), (100.0, 150.0), (125.0, 175.0))
"""The published bands."""

_INDICATORS = frozenset({"implies", "iff"})
_BIG = 2.0  # from this factor on a yes/no decision switches an amount on and off, below it counts


@dataclass(frozen=True)
class Counts:
    """What the score adds up."""

    binary: float = 0
    integer: float = 0
    continuous: float = 0
    linear: float = 0
    indicator: float = 0
    quadratic: float = 0
    general: float = 0
    big_m: float = 0
    terms: float = 0.0
    """On average in a row."""

    def score(self, **weights: float) -> float:
        """The score, with other weights than 1 where they are named."""
        return float(sum(weights.get(name, 1.0) * value for name, value in vars(self).items()))


def count(formulation: Formulation) -> Counts:
    """Count a formulation that holds its numbers itself."""
    instance = bind(formulation, {})
    kinds = dict.fromkeys(("binary", "integer", "continuous"), 0)
    domains = {v.name: v.domain for v in formulation.variables}
    for name, variable in instance.variables.items():
        kinds[domains[name].value] += variable.size
    rows = dict.fromkeys(("linear", "indicator", "quadratic", "general"), 0)
    big, terms = 0, 0
    for family in instance.families:
        kind, height, entries, switches = _rows(family, instance, domains)
        rows[kind] += height
        terms += entries
        big += switches
    total = sum(rows.values())
    return Counts(**kinds, **rows, big_m=big, terms=terms / total if total else 0.0)


def _rows(
    family: Family, instance: Instance, domains: Mapping[str, Domain]
) -> tuple[str, int, int, int]:
    """Kind, number of rows, of their terms, and of those that are big-M rows."""
    ground = Ground(instance, family.name)
    frame, _ = ground.extend(Frame(), family.forall.generators)
    if isinstance(family.statement, ex.Comparison):
        both = ex.Add((family.statement.left, ex.Negate(family.statement.right)))
        if nonlinear_part(both, instance.variables.keys()) is None:
            rows = rows_of(family, instance)
            return "linear", frame.size, len(rows.columns), _switches(rows, instance, domains)
        text = ex.to_text(family.statement)
        plain = not any(f"{name}(" in text for name in ("min", "max", "abs", "piecewise", "exp",
                                                        "log", "sqrt", "count"))  # fmt: skip
        return ("quadratic" if plain else "general"), frame.size, frame.size * _names(text), 0
    text = ex.to_text(family.statement)
    kind = "indicator" if text.split("(")[0] in _INDICATORS else "general"
    return kind, frame.size, frame.size * _names(text), 0


def _switches(rows: Rows, instance: Instance, domains: Mapping[str, Domain]) -> int:
    """Rows in which a factor of a yes/no decision stands beside an amount."""
    binary = set[int]()
    at = 0
    for name, variable in instance.variables.items():
        if domains[name] is Domain.BINARY:
            binary.update(range(at, at + variable.size))
        at += variable.size
    count = 0
    for begin, end in pairwise(rows.starts.tolist()):
        entries = zip(rows.columns[begin:end], rows.coefficients[begin:end], strict=True)
        inside = [(int(column) in binary, abs(float(factor))) for column, factor in entries]
        count += any(b and f >= _BIG for b, f in inside) and any(not b for b, _ in inside)
    return count


def _names(text: str) -> int:
    """How many decisions and numbers a statement names, a stand-in for its terms."""
    return max(1, text.count("["))


def band(text: str) -> tuple[float, float]:
    """`50-100` as numbers, or a published band by its number from 1; `InputError` otherwise."""
    low, dash, high = text.partition("-")
    try:
        found = (float(low), float(high)) if dash else BANDS[int(low) - 1]
    except (ValueError, IndexError):
        found = (1.0, 0.0)
    if found[0] > found[1]:
        raise InputError(
            f"{text!r} is no band of complexity", hint="write LOW-HIGH such as 25-75, or 1 to 5"
        )
    return found
