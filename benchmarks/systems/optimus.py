"""OptiMUS 0.3 (AhmadiTeshnizi et al., 2024), after its published description.

A fixed pipeline: parameters, objective, constraints, then one clause at a time a formula and a
statement of code, then the program, corrected up to three times while it fails. Left out are its
retrieval and its questions about its own confidence; the statements are Pyomo where it has Gurobi.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.programs import Built
from optwright.benchmarks.pyomo_programs import program_in
from optwright.benchmarks.recipe import Desk, Recipe
from optwright.serving.schemas import TEXT, array, record

CORRECTIONS = 3
MOST_CONSTRAINTS = 12
_DOMAINS = {
    "integer": "pyo.NonNegativeIntegers",
    "binary": "pyo.Binary",
    "continuous": "pyo.NonNegativeReals",
}

_SHAPE = array({"type": "integer"}, 0, 2)


_NUMBERS = array({"type": "number"}, 0, 12)
_TABLE = array(_NUMBERS, 0, 12)
_VALUE = {"anyOf": [{"type": "number"}, _NUMBERS, _TABLE]}
_PARAMETER = record({"symbol": TEXT, "definition": TEXT, "value": _VALUE})
_PARAMETERS = record({"parameters": array(_PARAMETER, 0, 24)})
_CONSTRAINTS = record({"constraints": array(TEXT, 0, MOST_CONSTRAINTS)})
_DOMAIN = {"enum": list(_DOMAINS)}
_VARIABLE = record({"symbol": TEXT, "definition": TEXT, "domain": _DOMAIN, "shape": _SHAPE})
_FORMULA = record({"formulation": TEXT, "variables": array(_VARIABLE, 0, 8)})


@dataclass(frozen=True)
class Quantity:
    """A parameter (with a value) or a decision variable (with a domain and a shape)."""

    symbol: str
    definition: str
    value: object = None
    domain: str = "continuous"
    shape: tuple[int, ...] = ()

    @property
    def told(self) -> str:
        size = "x".join(map(str, self.shape))
        kind = f", {self.domain}{', shape ' + size if size else ''}" if self.value is None else ""
        value = "" if self.value is None else f" = {json.dumps(self.value)}"
        return f"{self.symbol}{value}: {self.definition}{kind}"

    @property
    def declared(self) -> str:
        if self.value is not None:
            return f"{self.symbol} = {self.value!r}"
        sets = "".join(f"range({size}), " for size in self.shape)
        return f"model.{self.symbol} = pyo.Var({sets}domain={_DOMAINS[self.domain]})"


class OptiMUS(Recipe):
    name = "optimus"

    async def work(self, desk: Desk) -> None:
        parameters = await _parameters(desk)
        told = _told(parameters)
        objective = await desk.ask("bench_optimus_objective", role="modeller", parameters=told)
        reply = await desk.ask_json(
            "bench_optimus_constraints", _CONSTRAINTS, role="modeller", parameters=told
        )
        clauses = [f"Objective: {objective.strip()}", *_distinct(reply.get("constraints", []))]
        variables, formulas = await _formulate(desk, clauses, told)
        statements = [
            await _statement(desk, clause, formula, told, variables)
            for clause, formula in zip(clauses, formulas, strict=True)
        ]
        desk.formulation = {
            "parameters": [p.told for p in parameters],
            "variables": [v.told for v in variables],
            "clauses": dict(zip(clauses, formulas, strict=True)),
        }
        program = assembled(parameters, variables, statements)
        await correct(desk, await desk.run(program, step="assembled"))


async def correct(desk: Desk, built: Built) -> None:
    """Have the program written again while it does not run."""
    for turn in range(1, CORRECTIONS + 1):
        if built.outcome is not None:
            return
        reply = await desk.ask(
            "bench_optimus_debug", role="corrector", turn=turn, code=built.code, said=built.told
        )
        built = await desk.run(reply, step=f"correction {turn}")


async def _parameters(desk: Desk) -> list[Quantity]:
    reply = await desk.ask_json("bench_optimus_parameters", _PARAMETERS, role="modeller")
    found = [_quantity(entry, value=entry.get("value")) for entry in _entries(reply, "parameters")]
    return list({p.symbol: p for p in found if p.value is not None}.values())


async def _formulate(
    desk: Desk, clauses: list[str], parameters: str
) -> tuple[list[Quantity], list[str]]:
    """A formula for each clause, and the variables that they brought up."""
    variables: dict[str, Quantity] = {}
    formulas = []
    for clause in clauses:
        reply = await desk.ask_json(
            "bench_optimus_formulate",
            _FORMULA,
            role="formulator",
            clause=clause,
            parameters=parameters,
            variables=_told(variables.values()),
        )
        formulas.append(str(reply.get("formulation", "")))
        for entry in _entries(reply, "variables"):
            new = _quantity(entry, **_kind(entry))
            variables.setdefault(new.symbol, new)
    return list(variables.values()), formulas


async def _statement(
    desk: Desk, clause: str, formula: str, parameters: str, variables: list[Quantity]
) -> str:
    reply = await desk.ask(
        "bench_optimus_code",
        role="coder",
        clause=clause,
        formulation=formula,
        parameters=parameters,
        variables=_told(variables, "model."),
    )
    return program_in(reply) or reply


def assembled(parameters: list[Quantity], variables: list[Quantity], statements: list[str]) -> str:
    """The program of these parts; a statement whose name is taken gets one of its own."""
    lines = ["import pyomo.environ as pyo", "model = pyo.ConcreteModel()"]
    lines += [quantity.declared for quantity in (*parameters, *variables)]
    for number, statement in enumerate(statements):
        own = re.sub(r"^(import|from) .*$|^model = .*$", "", statement, flags=re.MULTILINE)
        lines.append(
            re.sub(r"^model\.\w+( = pyo\.(?:Constraint|Objective)\()", rf"model.part_{number}\1",
                   own.strip(), count=1, flags=re.MULTILINE)
        )  # fmt: skip
    return "```python\n" + "\n".join(lines) + "\n```"


def _quantity(entry: dict[str, Any], **rest: Any) -> Quantity:
    symbol = re.sub(r"\W", "_", str(entry.get("symbol", ""))).strip("_") or "unnamed"
    symbol = symbol if not symbol[0].isdigit() else f"_{symbol}"
    return Quantity(symbol, str(entry.get("definition", "")), **rest)


def _kind(entry: dict[str, Any]) -> dict[str, Any]:
    domain = entry.get("domain")
    shape = [n for n in entry.get("shape", []) if isinstance(n, int) and 0 < n <= 100]
    return {"domain": domain if domain in _DOMAINS else "continuous", "shape": tuple(shape)}


def _entries(reply: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = reply.get(name)
    return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []


def _distinct(clauses: object) -> list[str]:
    return list(dict.fromkeys(map(str, clauses))) if isinstance(clauses, list) else []


def _told(quantities: Iterable[Quantity], place: str = "") -> str:
    """A line for each; `place` is what stands before their names in Python."""
    return "\n".join(f"- {place}{quantity.told}" for quantity in quantities) or "- none yet"


SYSTEM = OptiMUS()
