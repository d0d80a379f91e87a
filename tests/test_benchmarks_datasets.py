"""Data sets: what is read from each form, what is refused, and what a system gets to see."""

from __future__ import annotations

import csv
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from optwright.benchmarks import datasets
from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Hub, Normalised, from_file
from optwright.benchmarks.datasets.forms import Records
from optwright.benchmarks.datasets.row import LARGEST_LABEL, UnreadableError, read_label, read_row
from optwright.errors import InputError
from optwright.solvers.data.tables import load as load_tables


def write_lines(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_json(path: Path, body: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body), encoding="utf-8")


def test_every_data_set_says_how_its_paper_scores_and_under_what_licence() -> None:
    from optwright.benchmarks.scoring import RULES

    known = datasets.known()
    families = "nl4opt nlp4lp optibench mamo_easylp mamo_complexlp industryor complexor".split()
    assert {*families, "optmath_bench", "bwor", "logior", "miplib_nl"} <= known.keys()
    assert all(d.rule in RULES and d.licence and d.title for d in known.values())
    assert all(d.checkout or d.normalised for d in known.values())


def test_names_are_found_whatever_their_case_and_a_typing_error_is_pointed_out() -> None:
    assert datasets.find("NL4OPT-clean").name == "nl4opt_clean"
    with pytest.raises(InputError, match="no data set 'nl4optt'") as caught:
        datasets.find("nl4optt")
    assert "nl4opt" in caught.value.hint


def test_rows_come_in_order_of_md5_of_the_question(tmp_path: Path) -> None:
    rows = [{"id": q, "question": q, "answer": 1} for q in ("a?", "b?", "c?")]
    loaded = from_file(write_lines(tmp_path / "mine.jsonl", *rows))
    # printf 'a?' | md5sum, and so on
    assert [row.id for row in loaded.rows] == ["a?", "c?", "b?"]
    again = from_file(write_lines(tmp_path / "again.jsonl", *reversed(rows)))
    assert [row.id for row in again.rows] == [row.id for row in loaded.rows]


def test_two_rows_of_one_name_are_told_apart(tmp_path: Path) -> None:
    rows = [{"id": "x", "question": q, "answer": 1} for q in ("one?", "two?")]
    loaded = from_file(write_lines(tmp_path / "mine.jsonl", *rows))
    assert {row.id for row in loaded.rows} == {"x", "x-2"}


def test_a_name_that_a_row_has_is_not_given_to_another(tmp_path: Path) -> None:
    rows = [{"id": id, "question": f"{n}?", "answer": 1} for n, id in enumerate(["a", "a", "a-2"])]
    for given in (rows, rows[::-1]):
        loaded = from_file(write_lines(tmp_path / "mine.jsonl", *given))
        assert {row.id for row in loaded.rows} == {"a", "a-2", "a-3"}
        assert next(row.id for row in loaded.rows if row.question == "2?") == "a-2"


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        (5, 5.0),
        ("1,250.5", 1250.5),
        ("12,500", 12500.0),
        (" -1,234,567e-3 ", -1234.567),
        (".5", 0.5),
        ("Infeasible", "infeasible"),
        ("unbounded", "unbounded"),
        (None, None),
        ("", None),
        (4.08e35, None),
    ],
)
def test_a_label_is_a_number_a_status_or_nothing(answer: object, label: object) -> None:
    assert read_label(answer) == label
    assert LARGEST_LABEL < 4.08e35


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("about five", "'about five' is no number and no status"),
        (True, "'True' is no number"),
        ([1], r"'\[1\]' is no number"),
        (float("nan"), "'nan' is not a finite number"),
        ("NaN", "'NaN' is no number"),
        (float("inf"), "'inf' is not a finite number"),
        ("1e400", "'1e400' is not a finite number"),
        (10**400, r"'10+'\.\.\. is not a finite number"),
        ("12,5", "'12,5' is no number and no status; a comma is read between thousands"),
        ("0,500", "a comma is read between thousands"),
        ("1,2500", "a comma is read between thousands"),
        ("1_000", "'1_000' is no number"),
        ("\u0661\u0662", "is no number"),  # digits of another script
    ],
)
def test_other_answers_are_refused(answer: object, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read_label(answer)


BROKEN = [
    ({"id": "\ud800"}, r"its 'id' holds half a character, '\\ud800'"),
    ({"question": "How \ud800?"}, "its 'question' holds half a character"),
    ({"answer": 10**400}, "is not a finite number"),
    ({"data": {"files": ["a.csv"]}}, "its data.files is not a JSON object"),
    ({"data": {"files": {"a.csv": None}}}, "its table 'a.csv' is not a text"),
    ({"data": {"files": {"a.csv": "\ud800"}}}, "its 'a.csv' holds half a character"),
    ({"data": {"files": {"x/a.csv": "1", "y/a.csv": "2"}}}, "two of its tables are called 'a.csv'"),
    ({"data": {"schema": "x"}}, "its data.schema is not a JSON object"),
    ({"data": {"schema": {"a": "x"}}}, "what its schema says about 'a' is not a JSON object"),
    ({"data": {"files": {}, "by": "us"}, "params": {"x" * 300: [1]}}, "name of its table 'x+'"),
    ({"reference": "x"}, "its reference is not a JSON object"),
    ({"reference": ["label"]}, "its reference is not a JSON object"),
    ({"reference": {"annotation_solve": [1]}}, "the annotation_solve of its reference is not"),
    ({"reference": {"annotation_solve": {"lp": 10**400}}}, "the lp of its annotation_solve is not"),
    ({"reference": {"annotation_solve": {"ilp": [1]}}}, "the ilp of its annotation_solve is not"),
    ({"reference": {"label_agreement": "1/\u00b2"}}, "its label_agreement '1/\u00b2' is not K/N"),
]


@pytest.mark.parametrize(("changed", "why"), BROKEN)
def test_a_row_that_would_stop_a_measurement_is_named_instead(
    changed: dict[str, object], why: str, tmp_path: Path
) -> None:
    fine = {"id": "1", "question": "How many?", "answer": 1}
    loaded = from_file(write_lines(tmp_path / "mine.jsonl", fine, {**fine, **changed}))
    ((where, said),) = loaded.broken
    assert where.endswith("line 2")
    assert re.search(why, said)


def test_what_a_reference_may_leave_open_is_read() -> None:
    solved = {"lp": 1.5, "ilp": "infeasible"}
    for reference in (None, {}, {"annotation_solve": None}, {"annotation_solve": solved}):
        row = read_row({"question": "a?", "answer": 1, "reference": reference})
        assert row.label == 1.0


def test_rows_without_a_label_are_counted_in_a_note(tmp_path: Path) -> None:
    rows = [{"question": f"{n}?", "answer": a} for n, a in enumerate([1, None, "none", 1e18])]
    (note,) = from_file(write_lines(tmp_path / "mine.jsonl", *rows)).notes
    assert note.startswith("3 of 4 rows have no label and are not scored; 1 of them for an answer")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('1,"Q, 1?",1\n2,Q2\n', "row 2: it has 2 cells and the first row has 3"),
        ("1,Q1?,1\n2,Q2, and more?,1\n", "row 2: it has 4 cells and the first row has 3"),
        ('1,Q1?,1\n2,"Q2?,1\n3,Q3?,1\n', "row 2: it and what follows cannot be read as CSV"),
        ('1,Q1?,1\n2,Q2?,"1\n3,Q3?,1\n', "row 2: it and what follows cannot be read as CSV"),
    ],
)
def test_a_csv_row_that_does_not_fit_its_names_is_named(
    text: str, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("id,question,answer\n" + text)
    loaded = from_file(path)
    assert [row.id for row in loaded.rows] == ["1"]
    ((where, said),) = loaded.broken
    assert why in f"{where}: {said}"


def test_unreadable_rows_are_named_with_their_line_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "a?", "answer": 1}\nnonsense\n{"answer": 2}\n[]\n')
    loaded = from_file(path)
    assert len(loaded.rows) == 1
    assert [where.rpartition(", ")[2] for where, _ in loaded.broken] == [
        f"line {n}" for n in (2, 3, 4)
    ]
    assert ["JSON" in why or "question" in why for _, why in loaded.broken] == [True] * 3


def test_a_line_separator_inside_a_text_does_not_end_the_row(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "a\u2028b?", "answer": 1}\n', encoding="utf-8")
    assert from_file(path).rows[0].question == "a\u2028b?"


def test_a_file_without_any_readable_row_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("nonsense\n")
    with pytest.raises(InputError, match=r"no readable row.*line 1: it is not JSON"):
        from_file(path)


def test_a_data_set_that_is_not_there_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no 'NL4OPT\.jsonl' or 'results/") as caught:
        datasets.load("nl4opt", tmp_path)
    assert "--data" in caught.value.hint


def test_another_file_than_the_known_one_is_noted(tmp_path: Path) -> None:
    write_lines(tmp_path / "NL4OPT.jsonl", {"question": "a?", "answer": 1})
    (note,) = datasets.load("nl4opt", tmp_path).notes
    assert note.startswith("NL4OPT.jsonl is not the file published numbers were made with")


def test_a_checkout_with_another_count_of_rows_is_noted(tmp_path: Path) -> None:
    dataset = Dataset("d", "d", "MIT", "strict", Checkout("o/r", "c", Records("d.jsonl"), rows=2))
    write_lines(tmp_path / "d.jsonl", {"question": "a?", "answer": 1})
    assert dataset.read(tmp_path).notes == ("d.jsonl has 1 rows; 2 were expected",)


def test_what_comes_from_the_hub_says_what_was_not_checked(tmp_path: Path) -> None:
    hub = Hub("owner/set", Records("d*.json*", question="q", answer="a"))
    checkout = Checkout("o/r", "c", Records("d.jsonl"), rows=2)
    dataset = Dataset("d", "d", "MIT", "strict", checkout, hub=hub)
    path = write_lines(tmp_path / "d1.jsonl", {"q": "a?", "a": 1})
    (note,) = dataset.read_fetched(hub, path).notes
    assert note.startswith("d1.jsonl of owner/set on the Hugging Face hub is as it is there today ")
    assert "with 1 rows, not the 2 of its source" in note
    assert sha256(path.read_bytes()).hexdigest()[:12] in note


def test_a_known_data_set_without_a_folder_comes_from_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "NL4OPT_all.json", {"en_question": "a?", "en_answer": "3"})
    monkeypatch.delenv("OPTWRIGHT_DATA", raising=False)
    monkeypatch.setattr(datasets, "_fetcher", lambda: lambda hub: path)
    loaded = datasets.load("nl4opt")
    assert [row.label for row in loaded.rows] == [3.0]
    assert "revision 'main'), with 1 rows, not the 245 of its source" in loaded.notes[0]


def test_the_known_file_is_recognised_by_its_hash(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d.jsonl", {"question": "a?", "answer": 1})
    digest = from_file(path).sha256
    dataset = Dataset(
        "d", "d", "MIT", "strict", normalised=Normalised(Records("d.jsonl"), 1, digest)
    )
    assert dataset.read(tmp_path).notes == ()


def test_orlm_records_are_read_from_a_checkout(tmp_path: Path) -> None:
    path = "results/NL4OPT.q2mc_en.ORLM-LLaMA-3-8B/executed.jsonl"
    write_lines(tmp_path / path, {"en_question": "a?", "en_answer": "3.0", "en_math_model": "..."})
    assert [(r.question, r.label) for r in datasets.load("nl4opt", tmp_path).rows] == [("a?", 3.0)]


def test_a_json_list_and_a_csv_table_are_read(tmp_path: Path) -> None:
    write_json(
        tmp_path / "benchmark/OptMATH_Bench.json", [{"en_question": "a?", "en_answer": 25.0}]
    )
    assert datasets.load("optmath_bench", tmp_path).rows[0].label == 25.0
    table = tmp_path / "optimind/data/optimind_cleaned_classified_industryor.csv"
    table.parent.mkdir(parents=True)
    table.write_text('problem_class,question,answer\n[],"How many,\nat most?",7.5\n')
    row = datasets.load("industryor_clean", tmp_path).rows[0]
    assert (row.question, row.label) == ("How many,\nat most?", 7.5)


def test_the_last_result_of_optibench_is_its_label(tmp_path: Path) -> None:
    results = {"The number of trucks": "3.0", "The total cost": "120.5"}
    write_json(
        tmp_path / "data/OptiBench.json", [{"question": "a?", "results": results, "index": 4}]
    )
    (row,) = datasets.load("optibench", tmp_path).rows
    assert (row.id, row.label) == ("4", 120.5)


def test_folders_of_problems_are_read_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    for name, answer in (("prob_001", '{"status": "optimal", "obj": 30.0}'), ("prob_002", "{")):
        folder = tmp_path / "datasets/processed/LogiOR" / name
        folder.mkdir(parents=True)
        (folder / "question.txt").write_text("How many?")
        (folder / "answer.json").write_text(answer)
    (tmp_path / "datasets/processed/LogiOR/pictures").mkdir()
    loaded = datasets.load("logior", tmp_path)
    assert [(row.id, row.label) for row in loaded.rows] == [("prob_001", 30.0)]
    assert [where.rpartition("/")[2] for where, _ in loaded.broken] == ["prob_002"]


def test_parameters_of_an_abstract_problem_become_sentences_and_tables(tmp_path: Path) -> None:
    folder = tmp_path / "dataset/ComplexOR/towers"
    folder.mkdir(parents=True)
    (folder / "description.txt").write_text("Which towers are to be built?")
    params = {"delta": [[1, 0], [0, 1]], "cost": [3, 4], "sites": ["A", "B"], "budget": 4}
    (folder / "sample.json").write_text(json.dumps([{"input": params, "output": [200]}]))
    task = datasets.load("complexor", tmp_path).rows[0].task("complexor", tmp_path / "out")
    assert "budget = 4" in task.question
    tables = load_tables(task.files)
    assert list(tables["delta"].rows) == [(1, 1, 1), (1, 2, 0), (2, 1, 0), (2, 2, 1)]
    assert [c.name for c in tables["cost"].columns] == ["i", "cost"]
    assert list(tables["sites"].rows) == [(1, "A"), (2, "B")]


def test_placeholders_of_miplib_are_filled_and_its_tables_written(tmp_path: Path) -> None:
    folder = tmp_path / "dataset/30n"
    (folder / "data").mkdir(parents=True)
    (folder / "data/jobs.csv").write_text("job,hours\n1,9\n")
    instance = {
        "abstract_problem": "There are {n} jobs. Keep {other}.",
        "parameters": {"n": 30, "arms": [15, 20]},
        "files": {"jobs": {"path": "./data/jobs.csv", "description": "Hours.\nData format: | 1 |"}},
        "optimal_value": 302,
    }
    (folder / "instance.json").write_text(json.dumps(instance))
    task = datasets.load("miplib_nl", tmp_path).rows[0].task("miplib_nl", tmp_path / "out")
    assert task.question.startswith("There are 30 jobs. Keep {other}.")
    assert "Table jobs.csv: Hours." in task.question
    assert "Data format" not in task.question
    assert sorted(file.name for file in task.files) == ["arms.csv", "jobs.csv"]
    with next(f for f in task.files if f.name == "jobs.csv").open() as lines:
        assert list(csv.reader(lines)) == [["job", "hours"], ["1", "9"]]


def test_numbers_that_a_text_repeats_are_no_tables() -> None:
    row = read_row({"question": "A budget of 760000?", "answer": 1, "params": {"b": [760000]}})
    assert (row.question, row.files) == ("A budget of 760000?", {})


def test_a_file_name_of_a_row_cannot_leave_its_folder(tmp_path: Path) -> None:
    data = {"files": {"../../evil.csv": "a\n1\n"}, "schema": None}
    row = read_row({"id": "../up", "question": "a?", "answer": 1, "data": data})
    (file,) = row.task("d", tmp_path / "out").files
    assert file.resolve().is_relative_to((tmp_path / "out").resolve())


def test_no_problem_gets_the_tables_of_another(tmp_path: Path) -> None:
    ids = ["a_b", "a/b", "a b", "x" * 90, "x" * 91, "..", "\u00e9", "e\u0301"]
    for text in ids:
        row = {"id": text, "question": "a?", "answer": 1, "data": {"files": {"t.csv": text}}}
        read_row(row).task("d", tmp_path)
    kept = {file.read_text(encoding="utf-8") for file in tmp_path.glob("*/t.csv")}
    assert kept == set(ids)
    assert (tmp_path / "a_b/t.csv").read_text() == "a_b"


def test_a_system_sees_words_and_tables_and_no_label() -> None:
    raw = {"id": "x", "question": "a?", "answer": 41.5, "reference": {"model": "secret"}}
    task = read_row(raw).task("d", Path("unused"))
    shown = repr(task.assignment)
    assert "a?" in shown
    assert "41.5" not in shown
    assert "secret" not in shown
