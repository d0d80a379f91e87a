"""What Pyomo's two solver interfaces end with has a place among our statuses."""

from __future__ import annotations

import pytest
from pyomo.contrib.solver.common.results import TerminationCondition
from pyomo.opt import TerminationCondition as OlderCondition

from optwright.errors import SolverMissing
from optwright.solvers.backends import pyomo_engines
from optwright.solvers.backends.pyomo_engines import (
    OLDER_STATUSES,
    STATUSES,
    CurrentEngine,
    find,
    installed,
)
from optwright.solvers.model.outcome import Status


def test_every_termination_condition_of_pyomo_is_mapped() -> None:
    assert set(TerminationCondition.__members__) == set(STATUSES)
    assert set(OlderCondition.__members__) == set(OLDER_STATUSES)


def test_only_proof_is_optimal() -> None:
    optimal = [name for name, status in STATUSES.items() if status is Status.OPTIMAL]
    older = [name for name, status in OLDER_STATUSES.items() if status is Status.OPTIMAL]
    assert optimal == ["convergenceCriteriaSatisfied"]
    assert older == ["globallyOptimal", "optimal"]


def test_highs_is_always_installed() -> None:
    assert "highs" in installed()
    assert isinstance(find("highs"), CurrentEngine)


def test_scip_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyomo.contrib.solver.common.base import Availability
    from pyomo.contrib.solver.solvers.scip.scip_direct import ScipDirect

    monkeypatch.setattr(ScipDirect, "_available", Availability.NotFound)
    with pytest.raises(SolverMissing, match="pyscipopt") as error:
        pyomo_engines.find("scip")
    assert error.value.hint == "pip install pyscipopt"
