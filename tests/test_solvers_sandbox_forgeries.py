"""No forgery is believed: the optimum is what a trusted solve of the exported LP says."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import highspy
import pytest

from optwright.solvers.sandbox import Limits, RunReport, Sandbox
from optwright.solvers.sandbox.contract import Json

SOURCE = (Path(__file__).parent / "sandbox_probes" / "forgeries.py").read_text()
FORGERIES = [
    node.name
    for node in ast.parse(SOURCE).body
    if isinstance(node, ast.FunctionDef) and node.name != "honest"
]
DATA: Json = {"weights": {"a": 2.0, "b": 3.0, "c": 4.0}, "most": 5.5}
OPTIMUM = 5.0
# These hand over another model than they built. Its LP is what is solved, and it is what a person
# or a critic gets to see as the model; whether it is the right one is not the sandbox's to say.
OTHER_MODEL = {
    "break_out_of_the_lps_comment",
    "patch_the_writers_inside",
    "patch_the_runner",
    "patch_text_buffers",
    "patch_os_write",
    "give_a_whole_forged_result",
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def verified(report: RunReport, directory: Path) -> float | None:
    """The optimum of the exported LP, solved here; None if there is no sound one."""
    if report.lp_text is None:
        return None
    path = directory / "model.lp"
    path.write_text(report.lp_text)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", 5.0)
    if solver.readModel(str(path)) == highspy.HighsStatus.kError:
        return None
    solver.run()
    objective = solver.getObjectiveValue()
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(objective) if optimal and math.isfinite(objective) else None


def run(box: Sandbox, name: str) -> RunReport:
    return box.build_model(f"{SOURCE}\nmodel = {name}(data)\n", DATA, Limits(wall_s=10))


def test_the_honest_program_is_verified(box: Sandbox, tmp_path: Path) -> None:
    assert verified(run(box, "honest"), tmp_path) == pytest.approx(OPTIMUM)


def test_there_are_thirty_forgeries() -> None:
    assert len(FORGERIES) >= 30
    assert set(FORGERIES) > OTHER_MODEL


@pytest.mark.parametrize("name", [name for name in FORGERIES if name not in OTHER_MODEL])
def test_a_forged_optimum_is_not_verified(box: Sandbox, tmp_path: Path, name: str) -> None:
    objective = verified(run(box, name), tmp_path)
    assert objective is None or objective == pytest.approx(OPTIMUM)


@pytest.mark.parametrize("name", sorted(OTHER_MODEL))
def test_a_swapped_model_shows_in_the_lp_that_is_solved(
    box: Sandbox, tmp_path: Path, name: str
) -> None:
    report = run(box, name)
    objective = verified(report, tmp_path)
    assert objective is None or objective == pytest.approx(OPTIMUM) or "42" in str(report.lp_text)


def test_a_claim_is_reported_next_to_the_lp_and_changes_nothing_in_it(
    box: Sandbox, tmp_path: Path
) -> None:
    report = run(box, "print_json")
    assert report.claim == {"status": "optimal", "objective": 42}
    assert verified(report, tmp_path) == pytest.approx(OPTIMUM)
