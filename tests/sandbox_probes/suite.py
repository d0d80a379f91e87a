"""Runs the probes in one configuration and prints what came of them as JSON.

Arguments: the level asked for; names of the probes, or `all`; system calls to refuse first, as a
container's own filter would.
"""

from __future__ import annotations

import errno
import json
import struct
import sys

from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox import Sandbox, libc, seccomp
from optwright.solvers.sandbox.probes import run_probes
from optwright.solvers.sandbox.syscalls import this_machine

SOLVE = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.x = pyo.Var(range(60), domain=pyo.Binary)
model.fits = pyo.Constraint(expr=sum((7 + i % 13) * model.x[i] for i in range(60)) <= 200)
model.worth = pyo.Objective(
    expr=sum((5 + i % 11) * model.x[i] for i in range(60)), sense=pyo.maximize
)
pyo.SolverFactory("appsi_highs").solve(model)
print(round(pyo.value(model.worth)))
"""


def refuse(names: list[str]) -> None:
    """Make these system calls answer as if the kernel did not know them."""
    machine = this_machine()
    assert machine is not None
    instructions = [(seccomp.LOAD, 0, 0, seccomp.NUMBER)]
    for name in names:
        instructions.append((seccomp.JUMP_EQUAL, 0, 1, machine.numbers[name]))
        instructions.append((seccomp.RETURN, 0, 0, seccomp.ERRNO | errno.ENOSYS))
    instructions.append((seccomp.RETURN, 0, 0, seccomp.ALLOW))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(b"".join(struct.pack("=HBBI", *i) for i in instructions))


def main() -> None:
    level, names, refused = sys.argv[1], sys.argv[2], sys.argv[3:]
    refuse(refused)
    try:
        with Sandbox(level) as box:
            report = box.build_model(SOLVE)
            answer = {"level": box.level, "layers": box.layers, "solved": report.claim}
    except SandboxUnavailable as error:
        print(json.dumps({"unavailable": str(error), "hint": error.hint}))  # noqa: T201  # its output
        return
    results = run_probes(level, None if names == "all" else names.split(","))
    answer["open"] = [f"{r.name}: {harm}" for r in results for harm in r.harm]
    answer["ran"] = len(results)
    print(json.dumps(answer))  # noqa: T201  # its output


if __name__ == "__main__":
    main()
