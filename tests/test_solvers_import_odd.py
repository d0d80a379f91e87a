"""Files as other programs and people write them: what they say is read, and what a reader would
leave out in silence is refused with the line or the name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from optwright.errors import FormulationError
from optwright.solvers.analysis.diagnosis import diagnose
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.edit.operations import ChangeConstraint, apply
from optwright.solvers.export import export
from optwright.solvers.import_.reading import model_from_text
from optwright.solvers.model.outcome import Status

RANGES = """NAME          NEXT WEEK
ROWS
 N  COST
* the press runs nine hours
 L  LIM
 G  LEAST
 E  UPE
 E  DOWNE
COLUMNS
    X         COST         1.0   LIM          1.0
    X         UPE          1.0
    Y         COST         2.0   LEAST        1.0
    Z         COST        -1.0   DOWNE        1.0
RHS
    RHS       LIM          9.0   LEAST        2.0
    RHS       UPE          3.0   DOWNE        5.0
RANGES
    RNG       LIM          4.0   LEAST        3.0
    RNG       UPE          4.0   DOWNE       -2.0
ENDATA
"""
"""5 <= x <= 9 and 3 <= x <= 7; 2 <= y <= 5; 3 <= z <= 5: at best 5 + 4 - 5."""

ONE = """NAME T
OBJSENSE
    MAX
ROWS
 N OBJ
 L R
COLUMNS
 X OBJ 3 R 1
RHS
 RHS R 4
ENDATA
"""
BOUNDS = """NAME B
ROWS
 N OBJ
 N OTHER
 G R
COLUMNS
 A OBJ 1 R 1
 B OBJ 1 OTHER 7
 B R 1
 C OBJ 1 R 1
 D OBJ -1 R 0.5
 E OBJ 1 R 1
 F OBJ 1 R 1
RHS
 RHS R -100
BOUNDS
 MI BND A
 UP BND A 4
 FX BND B 2
 FR BND C
 BV BND D
 LI BND E -3
 UI BND E 5
 PL BND F
ENDATA
"""
SPACES = """NAME          SPACES
ROWS
 N  COST
 L  ROW ONE
COLUMNS
    MY VAR    COST              -3.0   ROW ONE            1.0
    OTHER X   COST              -1.0   ROW ONE            1.0
RHS
    RHS       ROW ONE            4.0
BOUNDS
 UP BND       MY VAR             3.0
ENDATA
"""
MARKER = """NAME M
ROWS
 N OBJ
 L R
COLUMNS
 M1 'MARKER' 'INTORG'
 X OBJ -1 R 2
 M2 'MARKER' 'INTEND'
 Y OBJ -1 R 2
RHS
 RHS R 7 OBJ -10
BOUNDS
 UP BND Y 1.5
ENDATA
"""
GUROBI = r"""\ Model diet
\ LP format - for model browsing. Use MPS format to capture full model detail.
Minimize
  10 Constant + 2 x[1] + 3 x[2] + 0 y[a,b]
Subject To
 need[1]: x[1] + x[2] >= 4 \ what a person needs
Bounds
 Constant = 1
 x[1] <= 3
 y[a,b] free
End
"""
CPLEX = r"""\ENCODING=ISO-8859-1
\Problem name: shop

Maximise
 profit: 3x + 2 y + 2 x
 - 4
Subject To
 \ there are ten hours
 hours: x + y =< 10
 r: x - y
 => -2
Bounds
 -infinity <= y <= +1e30
 x <= 6.5
Generals
 x
End
"""

READ = {
    "ranges": (RANGES, "mps", 4),
    "a sense in a section": (ONE, "mps", 12),
    "a sense on its line": (ONE.replace("OBJSENSE\n    MAX", "OBJSENSE MAX"), "mps", 12),
    "a sense as a word": (ONE.replace("MAX", "MAXIMIZE"), "mps", 12),
    "a number of Fortran": (ONE.replace(" 3 ", " 3.D0 "), "mps", 12),
    "ends of lines of Windows": (ONE.replace("\n", "\r\n"), "mps", 12),
    "tabs": (ONE.replace(" X OBJ 3 R 1", "\tX\tOBJ\t3\tR\t1"), "mps", 12),
    "every kind of bound, two N rows": (BOUNDS, "mps", -101.5),
    "names with blanks": (SPACES, "mps", -10),
    "a marker, a constant": (MARKER, "mps", 7.5),  # x is 0 or 1, y at most 1.5
    "brackets": (GUROBI, "lp", 19),
    "other words and signs": (CPLEX, "lp", 5 * 6 + 2 * 4 - 4),
    "an empty objective": ("min\nobj:\nst\nc: x + y >= 2\nend\n", "lp", 0),
    "names of signs": ("max\nobj: x!1 + y#2\nst\nc,1: x!1 + y#2 <= 4\nend\n", "lp", 4),
    "two rows of a name": ("min\nx + y\nst\nc: x >= 2\nc: y >= 1\nend\n", "lp", 3),
}


@pytest.fixture(scope="module")
def read() -> dict[str, Program]:
    return {name: model_from_text(text, fmt) for name, (text, fmt, _) in READ.items()}


@pytest.mark.parametrize("name", READ)
def test_a_file_of_another_program_is_what_it_says(name: str, read: dict[str, Program]) -> None:
    outcome = solve(read[name])
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(READ[name][2])


GLPK_READS = {
    "ranges": "--freemps",
    "names with blanks": "--mps",
    "every kind of bound, two N rows": "--freemps",
}


@pytest.mark.skipif(shutil.which("glpsol") is None, reason="GLPK is not installed here")
@pytest.mark.parametrize("name", GLPK_READS)
def test_glpk_reads_the_same_in_it(name: str, tmp_path: Path) -> None:
    text, _, want = READ[name]
    path, out = tmp_path / "model.mps", tmp_path / "out.txt"
    path.write_text(text.replace("NEXT WEEK", "NEXT_WEEK"))
    command = ["glpsol", GLPK_READS[name], str(path), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    assert f"= {want:g} " in out.read_text()


def test_titles_and_comments_are_words_and_those_of_programs_are_not(
    read: dict[str, Program],
) -> None:
    models = {name: program.formulation for name, program in read.items()}
    told = {name: (m.title, [c.text for c in m.constraints]) for name, m in models.items() if m}
    assert told["brackets"] == ("diet", ["what a person needs"])
    assert told["other words and signs"] == ("shop", ["there are ten hours", ""])
    assert told["ranges"][0] == "NEXT WEEK"
    assert told["ranges"][1][0] == "the press runs nine hours"
    assert told["names with blanks"] == ("SPACES", ["ROW ONE"])


def test_whole_numbers_without_limits_are_said_to_be_read_as_yes_or_no(
    read: dict[str, Program],
) -> None:
    marker = read["a marker, a constant"].formulation
    assert marker is not None
    assert marker.assumptions[0].startswith("X: whole numbers without limits in the file")
    ours = model_from_text(export(read["a marker, a constant"], "mps"), "mps").formulation
    assert ours is not None
    assert not ours.assumptions  # it says its limits


LOST = {
    "a row that is there twice": (ONE.replace(" L R\n", " L R\n G R\n"), "mps", "same name"),
    "a number that is there twice": (ONE.replace("R 1", "R 1\n X R 2"), "mps", "duplicate"),
    "a row that is not there": (ONE.replace("R 4", "R 4 Q 3"), "mps", '"Q"'),
    "a constant on the left": ("max\nx\nst\na: x + 5 <= 6\nend\n", "lp", "left-hand side"),
    "a negative upper limit": (
        BOUNDS.replace(" UP BND A 4", "").replace(" MI BND A", " UP BND A -2"),
        "mps",
        "no lower one",
    ),
    "a negative upper limit in LP": ("min\nx\nst\na: x >= -9\nbounds\nx <= -2\nend\n", "lp",
                                     "no lower one"),
    "special sets": (ONE.replace("ENDATA", "SOS\n S1 SOS s1\n    X 1\nENDATA"), "mps", "MPS text"),
    "an indicator": ("max\nx\nst\na: b = 1 -> x <= 5\nbinary\nb\nend\n", "lp", "LP text"),
    "a quadratic MPS": (ONE.replace("ENDATA", "QUADOBJ\n X X 2\nENDATA"), "mps", "quadratic"),
    "a variable on the right": ("min\nx\nst\na: x >= 3 - y\nend\n", "lp", "LP text"),
    "half a file": (ONE.partition("RHS")[0], "mps", "MPS text"),
    "semi-continuous": ("min\nx\nst\na: x >= 1\nbounds\nx <= 8\nsemi\nx\nend\n", "lp", "'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_would_be_lost_in_reading_is_refused(name: str) -> None:
    text, fmt, said = LOST[name]
    with pytest.raises(FormulationError, match=said):
        model_from_text(text, fmt)


def test_an_error_of_the_reader_comes_with_its_line() -> None:
    import highspy

    if tuple(map(int, highspy.Highs().version().split("."))) < (1, 16, 0):
        pytest.skip("older ones do not say it")
    with pytest.raises(FormulationError, match="line 4: indicator constraints are not supported"):
        model_from_text(LOST["an indicator"][0], "lp")


def test_a_model_of_others_is_diagnosed_changed_and_exported(read: dict[str, Program]) -> None:
    ranges = read["ranges"]
    assert ranges.formulation is not None
    press = next(c for c in ranges.formulation.constraints if c.name == "LIM")
    more = press.model_copy(update={"expression": "X >= 20"})
    changed = apply(ranges, [ChangeConstraint(name="LIM", constraint=more)])
    assert solve(changed).status is Status.INFEASIBLE
    told = " ".join(diagnose(changed).sentences())
    assert "the press runs nine hours" in told
    for fmt in ("lp", "mps"):
        assert solve(model_from_text(export(ranges, fmt), fmt)).objective == pytest.approx(4)
