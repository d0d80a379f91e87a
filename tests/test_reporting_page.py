"""Reports: what is linked, which picture is drawn, and what Markdown and PDF hold."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.doctor import examine
from optwright.errors import InputError, Unavailable
from optwright.reporting import write
from optwright.reporting.answers import families
from optwright.reporting.charts.bars import bars
from optwright.reporting.facts import Facts, gather
from optwright.reporting.marks import Piece, pieces
from optwright.reporting.page import page
from optwright.reporting.pdf import BROWSERS
from optwright.reporting.pictures import pictures
from optwright.reporting.text import document, escaped
from optwright.solvers.data.binding import bind
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status
from tests.reports import candy, flour, solved, workshop


def facts_of(name: str) -> Facts:
    problem, solution = {"candy": candy, "flour": flour, "workshop": workshop}[name]()
    return gather(solution, problem)


def labels(found: tuple[Piece, ...], number: str) -> list[list[str]]:
    """The labels behind each place where a number stands."""
    return [
        [part.label for part in piece.parts]
        for piece in found
        if piece.number is not None and piece.text == number
    ]


# The problem's words and numbers


def test_a_number_leads_to_the_part_of_the_model_that_uses_it() -> None:
    problem, solution = candy()
    found = pieces(problem.text, solution.formulation)
    assert labels(found, "12000") == [["2"]]
    assert labels(found, "200") == [["2"]]
    assert labels(found, "300") == [["3"]]
    assert labels(found, "20") == [["1"]]
    assert labels(found, "6") == labels(found, "9") == [["goal"]]


def limited(*limits: tuple[str, str]) -> Formulation:
    return Formulation(
        variables=(Variable(name="x"), Variable(name="y")),
        objective=Objective(sense=Sense.MAXIMIZE, expression="x + y"),
        constraints=tuple(
            Constraint(name=f"c{at}", expression=expression, text=words)
            for at, (words, expression) in enumerate(limits)
        ),
    )


def test_a_number_two_limits_use_belongs_to_the_one_its_words_are_about() -> None:
    text = "A box takes 100 grams of sugar and 100 grams of butter. There are 900 grams of sugar."
    model = limited(("grams of sugar", "100*x <= 900"), ("grams of butter", "100*x <= 500"))
    assert labels(pieces(text, model), "100") == [["1"], ["2"]]


def test_a_number_no_part_uses_is_marked_and_leads_nowhere() -> None:
    found = pieces("The shop has 7 doors and 12 eggs", limited(("12 eggs", "x <= 12")))
    assert labels(found, "7") == [[]]
    assert labels(found, "12") == [["1"]]


def test_a_quote_without_a_number_is_linked_where_it_ends() -> None:
    problem, solution = flour()
    found = pieces(problem.text, solution.formulation)
    ends = {piece.text: [p.label for p in piece.parts] for piece in found if piece.parts}
    assert ends["Find the cheapest plan"] == ["goal"]
    assert ends["60"] == ["3"]


def test_words_are_found_whatever_their_capitals_and_line_breaks() -> None:
    found = pieces("At most\n  five BOXES fit.", limited(("at most five boxes", "x <= 5")))
    assert "".join(p.text for p in found if p.is_said) == "At most\n  five BOXES"


_TEXTS = st.text(st.sampled_from("at most 12 boxes. 3% half\n$4,500 two <&>é"), max_size=80)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS, st.lists(st.tuples(_TEXTS, st.integers(1, 99)), max_size=4))
def test_the_pieces_of_a_text_are_the_text(text: str, limits: list[tuple[str, int]]) -> None:
    model = limited(*((words, f"x <= {bound}") for words, bound in limits))
    assert "".join(piece.text for piece in pieces(text, model)) == text


def test_a_long_text_is_marked_quickly() -> None:
    text = "Make the most of " + " ".join(f"{n}" for n in range(1000, 4900))
    values = {str(n): float(n) for n in range(1000, 4900)}
    model = limited(("the most", "x <= 1000")).model_copy(
        update={"parameters": (Parameter(name="a", indices=("I",), values=dict(values)),)}
    )
    began = time.process_time()
    found = pieces(text, model)
    assert time.process_time() - began < 2
    assert labels(found, "4321") == [["a"]]


# Answers


def test_members_that_hold_a_comma_are_told_apart() -> None:
    model = Formulation(
        sets=(
            IndexSet(name="I", members=("Paris, north", "Lyon")),
            IndexSet(name="T", members=(1,)),
        ),
        variables=(Variable(name="x", indices=("I", "T")),),
        objective=Objective(sense=Sense.MINIMIZE, expression="sum(x[i, 1] for i in I)"),
    )
    solution = Solution(
        status=Status.OPTIMAL,
        verified=True,
        formulation=model,
        variables={"x[Paris, north,1]": 2.0, "x[Lyon,1]": 0.0},
    )
    (family,) = families(solution, bind(model, {}))
    assert family.chosen == {("Paris, north", "1"): 2.0}
    assert len(family.values) == 2


def test_what_lowering_adds_to_a_model_is_not_reported() -> None:
    model = limited(("at most 8", "x + y <= 8")).model_copy(
        update={
            "objective": Objective(sense=Sense.MINIMIZE, expression="max(x, 7 - y) + abs(x - 3)")
        }
    )
    solution = solved(model)
    facts = gather(solution)
    assert len(solution.variables) > 2
    assert [family.name for family in facts.families] == ["x", "y"]
    assert [limit.row for limit in facts.limits] == ["c0"]


# Pictures


@pytest.mark.parametrize(
    ("name", "captions"),
    [
        ("candy", ["What to choose"]),
        ("flour", ["tons of flour sent from a mill to a bakery: from mill to bakery"]),
        ("workshop", ["Schedule"]),
    ],
)
def test_each_kind_of_answer_gets_the_picture_that_fits_it(name: str, captions: list[str]) -> None:
    assert [picture.caption for picture in pictures(facts_of(name))] == captions


def titles(svg: str) -> list[str]:
    root = ET.fromstring(f"<div>{svg}</div>")
    return [element.text or "" for element in root.iter("title")]


def test_a_flow_is_drawn_for_each_pair_that_sends_something() -> None:
    (picture,) = pictures(facts_of("flour"))
    assert "Weir to Harbour: 60" in titles(picture.html)
    assert picture.html.count("<line") == 5


def test_a_schedule_has_a_row_for_each_machine_and_a_bar_for_each_job() -> None:
    (picture,) = pictures(facts_of("workshop"))
    bars_shown = titles(picture.html)
    assert len(bars_shown) == 8
    assert any(re.fullmatch(r"paint: 1 to 5 hours", told) for told in bars_shown)


def moved(places: dict[str, list[object]] | None) -> Facts:
    """Trucks between three towns, whose places a table may tell."""
    towns = ("Lyon", "Metz", "Nice")
    model = Formulation(
        sets=(IndexSet(name="A", members=towns, meaning="towns"),),
        variables=(Variable(name="send", indices=("A", "A"), unit="trucks"),),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(send[a, b] for a in A for b in A)"
        ),
        constraints=(
            Constraint(name="there", expression="send['Lyon', 'Nice'] >= 4"),
            Constraint(name="back", expression="send['Nice', 'Metz'] >= 2"),
        ),
    )
    tables = {} if places is None else {"towns": from_columns("towns", places)}
    return gather(solved(model), Problem("Move the fewest of 9 trucks of the company", tables))


def centres(svg: str) -> dict[str, tuple[float, float]]:
    found = {}
    for circle in ET.fromstring(f"<div>{svg}</div>").iter("circle"):
        (title,) = circle
        at = (float(circle.attrib["cx"].rstrip("%")), float(circle.attrib["cy"]))
        found[title.text or ""] = at
    return found


def test_flows_inside_one_set_are_a_network() -> None:
    (picture,) = pictures(moved(None))
    assert len(centres(picture.html)) == 3
    assert "Lyon to Nice: 4 trucks" in titles(picture.html)


def test_a_table_with_coordinates_makes_a_map_of_a_network() -> None:
    places: dict[str, list[object]] = {
        "town": ["Lyon", "Metz", "Nice"],
        "longitude": [4.8, 6.2, 7.3],
        "latitude": [45.8, 49.1, 43.7],
    }
    (picture,) = pictures(moved(places))
    at = centres(picture.html)
    assert at["Lyon"][0] < at["Metz"][0] < at["Nice"][0]
    assert at["Metz"][1] < at["Lyon"][1] < at["Nice"][1]


def planned(members: tuple[str | int, ...], *, rows: bool) -> Facts:
    """Amounts made in each period, for one product or for two."""
    indices = ("P", "T") if rows else ("T",)
    element = "make[p, t]" if rows else "make[t]"
    loops = "p in P, t in T" if rows else "t in T"
    model = Formulation(
        sets=(
            IndexSet(name="P", members=("chairs", "tables"), meaning="products"),
            IndexSet(name="T", members=members, meaning="weeks"),
        ),
        parameters=(Parameter(name="need", values=3.0),),
        variables=(Variable(name="make", indices=indices, domain=Domain.INTEGER),),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(make[p, t] for p in P for t in T)"
            if rows
            else "sum(make[t] for t in T)",
        ),
        constraints=(Constraint(name="met", forall=loops, expression=f"{element} >= need"),),
    )
    return gather(solved(model), Problem("Make the fewest chairs and tables of the 2 shops"))


def test_amounts_over_periods_are_columns_in_order() -> None:
    (picture,) = pictures(planned((1, 2, 3, 4), rows=False))
    assert picture.caption == "make, by weeks"
    assert [told for told in titles(picture.html) if told] == ["1: 3", "2: 3", "3: 3", "4: 3"]


def test_a_grid_has_its_periods_across_whichever_index_they_are() -> None:
    facts = planned(("Mon", "Tue"), rows=True)
    (family,) = facts.families
    turned = replace(
        family,
        sets=family.sets[::-1],
        members=family.members[::-1],
        values={key[::-1]: value for key, value in family.values.items()},
    )
    (first,), (second,) = pictures(facts), pictures(replace(facts, families=(turned,)))
    assert first.html == second.html
    assert first.caption == second.caption


def test_amounts_over_products_and_days_are_a_chart_for_each_product() -> None:
    (picture,) = pictures(planned(("Mon", "Tue", "Wed"), rows=True))
    assert picture.caption == "make, by weeks"
    assert '<div class="series">tables</div>' in picture.html
    assert titles(picture.html) == ["Mon: 3", "Tue: 3", "Wed: 3"] * 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.text(max_size=50), st.floats(-1e9, 1e9)), min_size=1, max_size=40))
def test_bars_stay_inside_their_picture(items: list[tuple[str, float]]) -> None:
    clean = [(re.sub(r"[^\x20-\x7e]", "", label), value) for label, value in items]
    drawing = ET.fromstring(f"<div>{bars(clean, 'kg')}</div>")
    for box in drawing.iter("rect"):
        left, wide = (float(box.attrib[name].rstrip("%")) for name in ("x", "width"))
        assert left >= -0.02
        assert left + wide <= 100.02


# The page


def test_the_page_has_a_row_for_each_part_of_the_model() -> None:
    html = page(facts_of("candy"))
    for anchor in ("goal", "limit-1", "limit-2", "limit-3", "choose-gift", "choose-regular"):
        assert html.count(f'id="{anchor}"') == 1
    assert "Whole numbers cost nothing" in html


def test_prices_of_limits_come_with_the_range_they_hold_in() -> None:
    html = page(facts_of("flour"))
    assert "<td>costs 5</td><td>between 60 and 95</td>" in html
    assert "<td>saves 0.5</td>" in html


def test_the_page_says_which_column_became_what() -> None:
    assert "capacity: column capacity_tons of mills, by mill (3 rows)" in page(facts_of("flour"))


def test_a_solution_without_its_problem_is_still_reported() -> None:
    _, solution = flour()
    html = page(gather(solution))
    assert "The problem" not in html
    assert "<th>Weir</th>" in html


def test_why_there_is_no_solution_is_reported() -> None:
    _, solution = candy()
    told = ("These 2 cannot hold together:", '- "at least 20"', '- "at most 10"')
    infeasible = solution.model_copy(
        update={"status": Status.INFEASIBLE, "objective": None, "diagnosis": told}
    )
    html = page(gather(infeasible))
    assert "<li>&quot;at most 10&quot;</li>" in html
    assert "The answer" not in html


def test_generated_code_is_shown_where_there_is_no_formulation() -> None:
    _, solution = candy()
    coded = solution.model_copy(update={"formulation": None, "code": "x = '<b>'"})
    assert "<pre>x = &#x27;&lt;b&gt;&#x27;</pre>" in page(gather(coded))
    assert "```python\nx = '<b>'\n```" in document(gather(coded))


# Markdown and PDF


def test_markdown_has_the_answer_the_limits_and_formulas() -> None:
    text = document(facts_of("flour"))
    assert "| Weir | Harbour | 60 |" in text
    assert "| no route may carry more than 60 tons (Weir, Harbour) | 60 | saves 0.5 |" in text
    assert r"\sum_{b \in B} \mathit{send}_{m, b} \le \mathit{capacity}_{m}" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# big\n- list", r"\# big - list"),
        ("a | b", r"a \| b"),
        ("[x](http://x) <b>", r"\[x\](http://x) \<b\>"),
        ("*a* _b_ `c` $d$", r"\*a\* \_b\_ \`c\` \$d\$"),
        ("1. first", "1\u2060. first"),
    ],
)
def test_words_are_never_markdown(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.browser
def test_a_pdf_is_printed_by_the_browser(tmp_path: Path) -> None:
    problem, solution = candy()
    path = tmp_path / "candy.pdf"
    try:
        write(solution, path, problem)
    except Unavailable:
        pytest.skip("no Chromium is on the path (apt-get install chromium)")
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") >= 1


def test_a_pdf_without_a_browser_is_refused_before_anything_is_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert BROWSERS
    problem, solution = candy()
    with pytest.raises(Unavailable, match="needs Chromium or Chrome") as error:
        write(solution, tmp_path / "candy.pdf", problem)
    assert "write .html" in error.value.hint


def test_characters_no_file_can_hold_do_not_keep_a_report_from_being_written(
    tmp_path: Path,
) -> None:
    problem, solution = candy()
    broken = solution.model_copy(update={"warnings": ("half a character: \ud800",)})
    for name in ("candy.html", "candy.md"):
        write(broken, tmp_path / name, problem)
        assert "half a character: " in (tmp_path / name).read_text("utf-8")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    problem, solution = candy()
    with pytest.raises(InputError, match="is of no kind that is written"):
        write(solution, tmp_path / "candy.docx", problem)


def test_the_doctor_says_what_reports_and_data_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = {check.name: check for check in examine(tmp_path, attack=False).checks}
    printing = checks["reports in PDF"]
    assert not printing.ok
    assert not printing.needed
    assert "write .html" in printing.todo
    assert "tables from PostgreSQL" in checks
