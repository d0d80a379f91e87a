"""The ten problems have the optima they claim, by programs written here by hand."""

from __future__ import annotations

import highspy
import pytest

from optwright.benchmarks.ten_problems import PROBLEMS, Known

INF = highspy.kHighsInf
# Sense, costs, rows of coefficients with their least and most; all variables are 0 or more.
PROGRAMS: dict[str, tuple[str, list[float], list[tuple[list[float], float, float]], bool]] = {
    "acres": ("max", [300, 200], [([1, 1], 0, 40), ([3, 1], 0, 80)], False),
    "chairs": ("max", [30, 70], [([2, 4], 0, 60), ([1, 3], 0, 39)], True),
    "fertilizer": ("min", [6, 8], [([4, 3], 36, INF), ([2, 5], 32, INF)], True),
    "buses": ("min", [800, 450], [([50, 30], 300, INF), ([1, 1], 0, 6)], True),
    "paint": ("max", [5, 6], [([0.3, 0.5], 0, 90), ([0.6, 0.4], 0, 108), ([0, 1], 0, 150)], False),
    "advertising": (
        "max",
        [5000, 3000],
        [([400, 300], 0, 12000), ([0, 1], 8, INF), ([1, 0], 0, 20)],
        True,
    ),
    "bakery": (
        "max",
        [2, 3],
        [([500, 300], 0, 60000), ([10, 20], 0, 2000), ([1, 0], 40, INF)],
        True,
    ),
    "boats": ("max", [120, 130], [([6, 5], 0, 150), ([4, 6], 0, 132), ([1, -1], 0, INF)], True),
    "diet": ("min", [0.3, 0.12], [([13, 3.5], 65, INF), ([380, 60], 1900, INF)], False),
    "couriers": ("min", [1, 3], [([10, 60], 500, INF), ([1, 0], 5, INF), ([-1, 2], 0, INF)], True),
}


def optimum(name: str) -> float:
    sense, costs, rows, whole = PROGRAMS[name]
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    for cost in costs:
        highs.addCol(cost, 0, INF, 0, [], [])
    for coefficients, least, most in rows:
        highs.addRow(least, most, len(costs), list(range(len(costs))), coefficients)
    if whole:
        for column in range(len(costs)):
            highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    if sense == "max":
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    highs.run()
    return float(highs.getInfo().objective_function_value)


@pytest.mark.parametrize("known", PROBLEMS, ids=[known.name for known in PROBLEMS])
def test_the_optimum_is_right(known: Known) -> None:
    assert known.optimum == pytest.approx(optimum(known.name))


def test_there_are_ten_and_each_has_a_program() -> None:
    assert [known.name for known in PROBLEMS] == list(PROGRAMS)
    assert len(PROBLEMS) == 10
