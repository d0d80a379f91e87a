"""The model of an earlier run with next week's tables: what is said, compared and refused."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest

import optwright as ow
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import State, Task
from optwright.agents.solution import Solution
from optwright.errors import DataError, InputError, OptwrightError
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status
from tests.commands import Cli

MILLS = "mill,capacity_tons,cost\nNorth,100,4\nSouth,80,5\nEast,60,9\n"
SHOPS = "shop,demand_tons\nHarbour,70\nMarket,55\n"
WORDS = "Mills send flour to shops; each shop must get its demand. Find the cheapest plan of 2."


def _model(**changed: Any) -> Formulation:
    content: dict[str, Any] = {
        "sets": [
            {"name": "MILLS", "column": {"table": "mills", "value": "mill"}},
            {"name": "SHOPS", "column": {"table": "shops", "value": "shop"}},
        ],
        "parameters": [
            {
                "name": name,
                "indices": [over],
                "column": {"table": table, "value": value, "keys": [key]},
            }
            for name, over, table, value, key in (
                ("capacity", "MILLS", "mills", "capacity_tons", "mill"),
                ("cost", "MILLS", "mills", "cost", "mill"),
                ("demand", "SHOPS", "shops", "demand_tons", "shop"),
            )
        ],
        "variables": [{"name": "ship", "indices": ["MILLS", "SHOPS"]}],
        "objective": {
            "sense": "minimize",
            "expression": "sum(cost[m] * ship[m, s] for m in MILLS for s in SHOPS)",
        },
        "constraints": [
            {
                "name": "enough",
                "expression": "sum(ship[m, s] for m in MILLS) >= demand[s]",
                "forall": "s in SHOPS",
            },
            {
                "name": "capacities",
                "expression": "sum(ship[m, s] for s in SHOPS) <= capacity[m]",
                "forall": "m in MILLS",
            },
        ],
    }
    return Formulation.model_validate(content | changed)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder with last week's tables."""
    folder = tmp_path / "week48"
    folder.mkdir()
    (folder / "mills.csv").write_text(MILLS)
    (folder / "shops.csv").write_text(SHOPS)
    return folder


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """A folder for next week's tables."""
    folder = tmp_path / "week49"
    folder.mkdir()
    return folder


@lru_cache
def _solved(mills: str, shops: str) -> Solution:
    """What the model comes to with these tables, solved once for all tests."""
    with TemporaryDirectory() as folder:
        files = [_write(Path(folder), "mills.csv", mills), _write(Path(folder), "shops.csv", shops)]
        return ow.solve_model(_model(), files)


def _begin(runs: Path, tables: Path, solution: Solution | None = None, **changed: Any) -> str:
    """A finished run of the model with its tables; what it came to is solved, not typed."""
    files = [tables / "mills.csv", tables / "shops.csv"]
    if solution is None:
        solved = _solved(*(file.read_text() for file in files))
        told = {"given": False, "verified": True, "reason": "2 of 2 drafts agree", **changed}
        solution = solved.model_copy(update=told)
    with Runs(runs).begin(Task(problem=WORDS), files, lambda _: solution) as run:
        return run.name


def _write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_new_numbers_give_a_new_plan_beside_the_last_one(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    shops = _write(week, "shops.csv", SHOPS.replace("70", "90"))
    ended = cli("solve", "--like", name, "--data", shops)
    assert ended.status == 0, ended.err
    said = " ".join(ended.out.split())
    assert f"the model was verified with the tables of run {name}; nothing was verified" in said
    assert "(verified)" not in said
    assert "objective: 525 -> 625" in said
    assert "demand: 1 of 2 numbers differ" in said
    assert "table 'mills' is the one there was" in said


def test_json_says_that_nothing_was_verified_on_the_new_tables(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    shops = _write(week, "shops.csv", SHOPS.replace("70", "90"))
    said = json.loads(cli("solve", "--like", name, "--data", shops, "--json").out)
    assert (said["verified"], said["given"], said["confidence"]) == (False, False, None)
    assert said["repeat"]["model_verified"] is True
    assert said["repeat"]["model_of"] == said["repeat"]["compared_with"] == name
    assert said["usage"]["calls"] == 0
    assert {one["name"] for one in said["repeat"]["moved"]} <= set(said["variables"])


def test_each_week_is_compared_with_the_week_before_and_kept(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    _write(week, "shops.csv", SHOPS.replace("70", "90"))
    first = json.loads(cli("solve", "--like", name, "--data", week / "shops.csv", "--json").out)
    _write(week, "shops.csv", SHOPS.replace("70", "95"))
    second = json.loads(cli("solve", "--like", name, "--data", week / "shops.csv", "--json").out)
    assert second["repeat"]["compared_with"] == first["run"]
    assert second["repeat"]["objective_before"] == 625
    third = json.loads(
        cli("solve", "--like", first["run"], "--data", week / "shops.csv", "--json").out
    )
    assert third["repeat"]["model_of"] == name
    kept = Runs(runs)
    summary = kept.summary(first["run"])
    assert summary.state is State.FINISHED
    assert set(kept.problem(summary).tables) == {"mills", "shops"}
    assert cli("runs", "show", first["run"], "--export", f"lp={week / 'a.lp'}").status == 0


def test_members_that_came_and_went_are_named(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    mills = _write(week, "mills.csv", MILLS.replace("East,60,9", "West,90,3"))
    said = " ".join(cli("solve", "--like", name, "--data", mills).out.split())
    assert "MILLS: new is West" in said
    assert "MILLS: gone is East" in said
    assert "ship[West,Harbour]: new -> " in said


def test_a_workbook_is_recognized_by_its_sheets(runs: Path, tables: Path, week: Path) -> None:
    name = _begin(runs, tables)
    book = openpyxl.Workbook()
    book.active.title = "mills"
    for sheet, content in ((book.active, MILLS), (book.create_sheet("shops"), SHOPS)):
        for row in content.split():
            sheet.append([int(c) if c.isdigit() else c for c in row.split(",")])
    book.save(week / "new.xlsx")
    found = ow.solve_like(name, week / "new.xlsx", run_dir=runs)
    assert found.status is Status.OPTIMAL
    assert found.repeat is not None
    assert "table 'new.mills' is taken for 'mills', by the name of its sheet" in (
        found.repeat.changes
    )
    assert not found.repeat.moved
    assert not found.repeat.kept


def test_a_file_of_another_name_is_recognized_by_its_columns(
    runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    data = _write(week, "week49.csv", SHOPS.replace("70", "71"))
    found = ow.solve_like(name, data, run_dir=runs)
    assert found.repeat is not None
    assert "table 'week49' is taken for 'shops': it has its columns" in found.repeat.changes


def test_a_solution_is_solved_again_with_tables_in_memory() -> None:
    mills = {"mill": ["a", "b"], "capacity_tons": [9, 9], "cost": [1, 2]}
    old = {"mills": mills, "shops": {"shop": ["s"], "demand_tons": [5]}}
    before = ow.solve_model(_model(), old)
    new = {"shops": {"shop": ["s"], "demand_tons": [10]}}
    found = ow.solve_like(before, new, before=old)
    assert found.objective == pytest.approx(11)
    assert found.exit_status == 10  # nobody verified a model that was given
    assert found.repeat is not None
    assert [one.name for one in found.repeat.moved] == ["ship[a,s]", "ship[b,s]"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (("mills.csv", MILLS.replace(",cost", ",price")), "no column 'cost' any more"),
        (("mills.csv", "mill,cost\nNorth,4\n"), "no column 'capacity_tons' any more"),
        (("mills.csv", MILLS.replace("100", "full")), "row 2 holds 'full', which is not a number"),
        (("mills.csv", MILLS.replace("100", "")), "row 2 is empty"),
        (("mills.csv", MILLS + "North,1,1\n"), "has North in rows 2 and 5"),
        (("mills.csv", "mill,capacity_tons,cost\n"), "empty|no row|rows"),
        (("orders.csv", "order,price\n1,2\n"), "the new tables are the table 'orders'"),
        (("mills.csv", MILLS.replace("100", "100 t").replace("60", "60 kg")), "not a number|unit"),
        (("mills.json", "{"), "not JSON"),
    ],
)
def test_tables_the_model_cannot_take_are_refused_with_a_sentence(
    cli: Cli, runs: Path, tables: Path, table: tuple[str, str], words: str
) -> None:
    name = _begin(runs, tables)
    ended = cli("solve", "--like", name, "--data", _write(tables, *table))
    assert ended.status in {2, 12}, ended.out
    assert re.search(words, ended.out + ended.err), ended.err
    assert len(Runs(runs).summaries()) == 1


def test_a_column_in_another_unit_is_named_with_its_factor(
    runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    data = _write(week, "mills.csv", MILLS.replace("capacity_tons", "capacity_kg"))
    with pytest.raises(DataError, match="no column 'capacity_tons'") as refused:
        ow.solve_like(name, data, run_dir=runs)
    assert "multiply it by 0.001 and call it 'capacity_tons'" in refused.value.hint


def test_another_unit_in_the_cells_is_refused(runs: Path, tables: Path, week: Path) -> None:
    told = "mill,capacity_tons,cost\nNorth,100 t,4\nSouth,80 t,5\nEast,60 t,9\n"
    _write(tables, "mills.csv", told)
    name = _begin(runs, tables)
    data = _write(week, "mills.csv", told.replace(" t,", " kg,"))
    with pytest.raises(DataError, match="is in kg now, and was in t"):
        ow.solve_like(name, data, run_dir=runs)
    bare = _write(week, "mills.csv", told.replace(" t,", ","))
    found = ow.solve_like(name, bare, run_dir=runs)
    assert any("t stood in its cells before and does not now" in w for w in found.warnings)


def test_numbers_of_another_size_are_doubted(runs: Path, tables: Path, week: Path) -> None:
    name = _begin(runs, tables)
    data = _write(week, "mills.csv", "mill,capacity_tons,cost\nNorth,100000,4\nSouth,80000,5\n")
    found = ow.solve_like(name, data, run_dir=runs)
    assert any("is the unit the same? Nothing is converted" in text for text in found.warnings)
    assert any(e.kind == "tables" and not e.supports for e in found.evidence)


def test_a_new_member_without_its_row_is_refused(runs: Path, tables: Path, week: Path) -> None:
    _write(tables, "costs.csv", "mill,cost\nNorth,4\nSouth,5\nEast,9\n")
    model = _model()
    cost = model.parameters[1].model_copy(
        update={"column": model.parameters[1].column.model_copy(update={"table": "costs"})}  # type: ignore[union-attr]
    )
    model = model.model_copy(
        update={"parameters": (model.parameters[0], cost, model.parameters[2])}
    )
    files = [tables / f"{name}.csv" for name in ("mills", "shops", "costs")]
    before = ow.solve_model(model, files)
    data = _write(week, "mills.csv", MILLS + "West,90,3\n")
    with pytest.raises(DataError, match="no row of table 'costs' gives West a value for 'cost'"):
        ow.solve_like(before, data, before=files)
    gone = _write(week, "mills.csv", MILLS.replace("East,60,9\n", ""))
    assert ow.solve_like(before, gone, before=files).status is Status.OPTIMAL


def test_a_row_about_a_member_that_the_model_does_not_have_is_refused(
    tables: Path, week: Path
) -> None:
    sets = [
        {"name": "MILLS", "members": ["North", "South", "East"]},
        {"name": "SHOPS", "column": {"table": "shops", "value": "shop"}},
    ]
    files = [tables / "mills.csv", tables / "shops.csv"]
    before = ow.solve_model(_model(sets=sets), files)
    data = _write(week, "mills.csv", MILLS + "West,90,3\n")
    with pytest.raises(DataError, match=r"West \(row 5\); its set 'MILLS' stands in the model"):
        ow.solve_like(before, data, before=files)
    gone = _write(week, "mills.csv", MILLS.replace("East,60,9\n", ""))
    with pytest.raises(DataError, match="gives East a value"):
        ow.solve_like(before, gone, before=files)


def test_a_member_that_a_row_of_the_model_names_must_be_there(tables: Path, week: Path) -> None:
    rule = {"name": "own", "expression": "sum(ship['East', s] for s in SHOPS) >= 5"}
    files = [tables / "mills.csv", tables / "shops.csv"]
    stated = [c.model_dump() for c in _model().constraints]
    before = ow.solve_model(_model(constraints=[*stated, rule]), files)
    gone = _write(week, "mills.csv", MILLS.replace("East,60,9\n", ""))
    with pytest.raises(InputError, match="East"):
        ow.solve_like(before, gone, before=files)


def test_no_solution_with_the_new_tables_is_a_result(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    ended = cli(
        "solve", "--like", name, "--data", _write(week, "shops.csv", SHOPS.replace("70", "900"))
    )
    assert ended.status == 3
    assert "WHY THERE IS NO SOLUTION" in ended.out
    again = cli("solve", "--like", name, "--data", _write(week, "shops.csv", SHOPS))
    assert again.status == 0
    assert "before: there is no solution" in again.out


def test_a_model_that_was_never_verified_stays_so(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables, verified=False, reason="drafts disagree")
    ended = cli("solve", "--like", name, "--data", _write(week, "shops.csv", SHOPS))
    assert ended.status == 10
    said = " ".join(ended.out.split())
    assert f"NOT VERIFIED: the model of run {name} was never verified: drafts disagree" in said


@pytest.mark.parametrize(
    ("solution", "words"),
    [
        (Solution(status=Status.ASKED, verified=False, questions=("How many days?",)),
         "ended in a question, so there is no model to solve again: How many days"),
        (Solution(status=Status.ERROR, verified=False, reason="no draft was read"),
         "came to no model"),
        (Solution(status=Status.OPTIMAL, verified=False, code="print()", lp_text="min\n"),
         "came from generated code"),
        (Solution(status=Status.OPTIMAL, verified=True, formulation=Formulation.model_validate(
            {"variables": [{"name": "x"}], "objective": {"sense": "minimize", "expression": "x"}})),
         "reads no table: its numbers stand in the model"),
    ],
)  # fmt: skip
def test_a_run_without_a_model_for_tables_is_refused(
    cli: Cli, runs: Path, tables: Path, solution: Solution, words: str
) -> None:
    name = _begin(runs, tables, solution)
    ended = cli("solve", "--like", name, "--data", tables / "shops.csv")
    assert ended.status == 2
    assert words in ended.err


def test_what_is_missing_or_too_much_is_said(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    shops = tables / "shops.csv"
    for arguments, words in (
        (["--like", "nothing", "--data", shops], "there is no run 'nothing'"),
        (["--like", name], "no new tables are given"),
        (["--like", name, "--data", week / "none.csv"], "none.csv"),
        (["--like", name, "--data", shops, "--model", "local"], "--model is not for --like"),
        ([WORDS, "--like", name, "--data", shops], "leave PROBLEM out"),
        ([WORDS, "--least-change"], "--least-change is for --like"),
        ([], "Missing argument 'PROBLEM'"),
    ):
        ended = cli("solve", *arguments)
        assert ended.status == 2, arguments
        assert words in ended.err


def test_a_run_that_has_no_answer_yet_is_refused(cli: Cli, runs: Path, tables: Path) -> None:
    with Runs(runs).begin(Task(problem=WORDS), [tables / "shops.csv"]) as run:
        name = run.name
    ended = cli("solve", "--like", name, "--data", tables / "shops.csv")
    assert ended.status == 2
    assert "has no answer yet" in ended.err


def test_what_a_table_leaves_open_is_asked_and_nothing_is_kept(
    cli: Cli, runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    data = _write(week, "shops.csv", "shop;demand_tons\nHarbour;1.500\nMarket;2.250\n")
    ended = cli("solve", "--like", name, "--data", data)
    assert ended.status == 12
    assert len(Runs(runs).summaries()) == 1


def test_least_change_stays_with_the_last_plan(runs: Path, tables: Path, week: Path) -> None:
    name = _begin(runs, tables)
    data = _write(week, "mills.csv", MILLS.replace("North,100,4", "North,100,6"))
    best = ow.solve_like(name, data, run_dir=runs)
    near = ow.solve_like(name, data, run_dir=runs, least_change=0)
    within = ow.solve_like(name, data, run_dir=runs, least_change=0.05)
    told = [one.repeat for one in (best, near, within)]
    assert all(t is not None for t in told)
    moved = [sum(one.distance for one in t.moved) for t in told if t is not None]
    cost = [t.objective_now for t in told if t is not None]
    assert moved[1] == 0
    assert moved[1] <= moved[2] <= moved[0]
    assert cost[0] == pytest.approx(670)
    assert cost[1] == pytest.approx(725)
    assert cost[2] == pytest.approx(670 * 1.05)


def test_least_change_needs_a_plan(runs: Path, tables: Path) -> None:
    _write(tables, "shops.csv", SHOPS.replace("70", "900"))
    name = _begin(runs, tables)
    data = _write(tables, "shops.csv", SHOPS)
    with pytest.raises(InputError, match="no plan to stay near"):
        ow.solve_like(name, data, run_dir=runs, least_change=0)


def test_a_run_in_another_folder_is_taken_by_its_directory(
    runs: Path, tables: Path, week: Path
) -> None:
    name = _begin(runs, tables)
    found = ow.solve_like(runs / name, _write(week, "shops.csv", SHOPS))
    assert found.status is Status.OPTIMAL


def test_a_new_column_is_named_and_left_alone(runs: Path, tables: Path, week: Path) -> None:
    name = _begin(runs, tables)
    data = _write(week, "shops.csv", "shop,demand_tons,owner\nHarbour,70,Ann\nMarket,55,Bo\n")
    found = ow.solve_like(name, data, run_dir=runs)
    assert found.repeat is not None
    assert "table 'shops' has new columns, which the model does not read: owner" in (
        found.repeat.changes
    )


def test_errors_are_ours(runs: Path, tables: Path) -> None:
    name = _begin(runs, tables)
    wrong: list[object] = [3, {"mills": "x"}, [], tables / "none.csv", None]
    for data in wrong:
        with pytest.raises(OptwrightError):
            ow.solve_like(name, data, run_dir=runs)


def _with_drafts(runs: Path, tables: Path, *drafts: Formulation) -> str:
    return _begin(runs, tables, agreed=drafts)


def test_drafts_that_agreed_are_solved_with_the_new_tables_and_agree_again(
    runs: Path, tables: Path, week: Path
) -> None:
    other = _model(
        objective={
            "sense": "minimize",
            "expression": "sum(sum(ship[m, s] for s in SHOPS) * cost[m] for m in MILLS)",
        }
    )
    name = _with_drafts(runs, tables, other)
    found = ow.solve_like(name, _write(week, "shops.csv", SHOPS.replace("70", "90")), run_dir=runs)
    assert found.repeat is not None
    assert (found.repeat.drafts, found.repeat.disagree) == (1, ())
    assert found.exit_status == 0
    assert "the drafts that agreed then agree again" in found.reason
    assert any(e.supports and "came to the same again" in e.text for e in found.evidence)


@pytest.mark.parametrize("least_change", [None, 0, 0.05])
def test_a_draft_that_means_something_else_shows_it_with_new_tables(
    runs: Path, tables: Path, week: Path, least_change: float | None
) -> None:
    """It forgot what mills can do, which made no difference before."""
    forgot = _model(constraints=[_model().constraints[0].model_dump()])
    enough = MILLS.replace("North,100", "North,200")
    (tables / "mills.csv").write_text(enough)
    name = _with_drafts(runs, tables, forgot)
    data = _write(week, "shops.csv", SHOPS.replace("70", "190"))
    found = ow.solve_like(name, data, run_dir=runs, least_change=least_change)
    assert found.repeat is not None
    assert len(found.repeat.disagree) == 1
    assert "a draft that agreed then comes to 980 now, not 1,025" in found.repeat.disagree[0]
    assert found.exit_status == 10
    assert found.repeat.disagree[0] in found.warnings
    assert "the draft that agreed with it then does not with these" in found.reason


def test_a_draft_that_cannot_take_the_new_tables_does_not_agree(
    runs: Path, tables: Path, week: Path
) -> None:
    content = _model().model_dump(mode="json")
    content["parameters"][2]["column"]["value"] = "tons"
    (tables / "shops.csv").write_text("shop,demand_tons,tons\nHarbour,70,70\nMarket,55,55\n")
    name = _with_drafts(runs, tables, Formulation.model_validate(content))
    found = ow.solve_like(name, _write(week, "shops.csv", SHOPS), run_dir=runs)
    assert found.repeat is not None
    assert "cannot take these tables" in found.repeat.disagree[0]
    assert found.exit_status == 10
