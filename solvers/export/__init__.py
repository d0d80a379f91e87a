"""Writing a program out: code to take home, files other solvers read, text for people.

export(program, "pyomo")    a Pyomo script that runs by itself
export(program, "lp")       CPLEX LP text
export(program, "mps")      free MPS
export(program, "latex")    a fragment for a document that loads amsmath
export(program, "markdown") the program explained
export(program, "json")     the formulation, its data included
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from optwright.errors import FormulationError, InputError
from optwright.printing import unsteered

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program

FORMATS = ("pyomo", "lp", "mps", "latex", "markdown", "json")
_MODULES = {"pyomo": "pyomo_script", "json": "self_contained"}


def export(program: Program, fmt: str) -> str:
    """The program as text in one of `FORMATS`.

    Raises `FormulationError` for a program the format cannot hold (LP and MPS are linear; a
    program that is only LP text has no formulation to write) and `DataError` where data lack.
    """
    if fmt not in FORMATS:
        raise InputError(f"no export format {fmt!r}", hint=f"use one of: {', '.join(FORMATS)}")
    if program.formulation is None and fmt not in ("lp", "mps"):
        raise FormulationError(
            f"a program given as LP text cannot be written as {fmt}", hint="use lp or mps"
        )
    module = import_module(f"optwright.solvers.export.{_MODULES.get(fmt, fmt)}")
    text: str = module.write(program)
    return unsteered(text)
