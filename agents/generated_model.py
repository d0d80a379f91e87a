"""The model that generated code handed out of the sandbox, as files to take home.

The code is exported as the Pyomo program it is; LP and MPS come from the LP text that was solved,
with the names of the program put back in. Nothing here runs the code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from optwright.agents.solution import Solution

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program

# What Pyomo's LP writer calls columns and rows. Which names they stand for is the code's word, so
# nothing else may be renamed by it.
_LABEL = re.compile(r"(?<![\w.])(?:x\d+|[cr]_[elu]_x\d+_)(?!\w)")


def export(solution: Solution, fmt: str) -> str:
    """The answer of generated code as text in one of the formats of `solvers.export`.

    Raises `FormulationError` for formats that need a formulation, of which there is none.
    """
    from optwright.solvers.export import export as written

    if fmt == "pyomo":
        return solution.code
    return written(_program(solution), fmt)


def _program(solution: Solution) -> Program:
    from optwright.solvers.backends.program import Program

    if solution.handed_out is not None:
        return Program(solution.handed_out)
    return Program.from_lp(named(solution.lp_text, solution.names))


def named(lp_text: str, names: Mapping[str, str]) -> str:
    """LP text with its labels replaced by what they stand for, as LP files can hold it. Columns
    that would have one name keep their labels.

    >>> named("min\\nx1: +2 x2", {"x1": "cost", "x2": "ship[Lyon,Paris]"})
    'min\\ncost: +2 ship(Lyon,Paris)'
    """
    from optwright.solvers.export.files import file_names

    uses = Counter(name for label, name in names.items() if label.startswith("x"))
    clear = {label: name for label, name in names.items() if uses[name] < 2}
    safe = file_names(dict.fromkeys(clear.values()))
    return _LABEL.sub(lambda found: safe.get(clear.get(found[0], ""), found[0]), lp_text)
