"""Made problems: their text says what their model says, and their optimum is found in two ways."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from optwright.agents.replies import read_formulation
from optwright.benchmarks.synthesis import acceptance
from optwright.benchmarks.synthesis.certificates import certified
from optwright.benchmarks.synthesis.complexity import BANDS, Counts, band, count
from optwright.benchmarks.synthesis.families import chosen, families
from optwright.benchmarks.synthesis.family import LANGUAGES, Family
from optwright.benchmarks.synthesis.problems import Kind, Selection, Tally, problems
from optwright.benchmarks.synthesis.public import Public, normalised
from optwright.benchmarks.synthesis.quantities import digits, in_words, read_digits
from optwright.benchmarks.synthesis.replies import reply_of
from optwright.benchmarks.synthesis.styles import STYLES, Manner, Where, style_named
from optwright.benchmarks.synthesis.wording import tell
from optwright.errors import InputError

pytest.importorskip("num2words")

FAMILIES = [pytest.param(family, id=name) for name, family in families().items()]


def test_the_worked_example_of_the_complexity_score_comes_to_16_71() -> None:
    counts = Counts(2, 2, 1, linear=3, indicator=2, quadratic=1, general=1, big_m=2, terms=19 / 7)
    assert round(counts.score(), 2) == 16.71
    assert counts.score(big_m=0.0) == pytest.approx(14.71, abs=0.01)


def test_a_program_is_counted_row_by_row() -> None:
    family = families()["knapsack"]
    data = family.draw(random.Random(0), 1, 0)
    counts = count(family.formulation(data))
    assert (counts.binary, counts.linear, counts.terms) == (5, 2, 5.0)


def test_a_band_is_two_numbers_or_a_published_one() -> None:
    assert band("30-60") == (30.0, 60.0)
    assert band("1") == BANDS[0]
    for wrong in ("9", "60-30", "wide"):
        with pytest.raises(InputError, match="is no band"):
            band(wrong)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_tells_its_numbers_and_limits_in_every_style_and_language(
    family: Family,
) -> None:
    for language in range(len(LANGUAGES)):
        for style in STYLES.values():
            for where in Where if style.name == "plain" else [Where.TEXT]:
                rng = random.Random(f"{language}{style.name}{where}")
                data = family.draw(rng, rng.randint(1, 3), language)
                manner = Manner(style, language, where)
                told = tell(family, data, manner, rng)
                assert not list(acceptance.faults(family, data, told, manner)), told.text


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_an_optimum_that_two_confirm(family: Family) -> None:
    for seed in range(7, 12):  # a draw that allows nothing is drawn again, as in `make`
        data = family.draw(random.Random(seed), 1, 0)
        certificate = certified(family, data, family.formulation(data))
        assert not certificate.fault
        if certificate.status == "optimal":
            break
    assert certificate.status == "optimal"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_right_reply_of_every_family_is_read_as_its_model(family: Family) -> None:
    formulation = family.formulation(family.draw(random.Random(3), 2, 0))
    read = read_formulation(json.dumps(reply_of(formulation)))
    assert read.variables == formulation.variables
    assert read.parameters == formulation.parameters
    assert [c.expression for c in read.constraints] == [
        c.expression for c in formulation.constraints
    ]


def test_a_text_with_another_number_is_found_out() -> None:
    family = families()["knapsack"]
    rng = random.Random(1)
    data = family.draw(rng, 1, 0)
    manner = Manner(style_named("plain"))
    told = tell(family, data, manner, rng)
    load = digits(data.number("load"), 0)
    wrong = replace(told, text=told.text.replace(f"at most {load} kg", "at most 99 kg"))
    assert any("load" in fault for fault in acceptance.faults(family, data, wrong, manner))


def test_a_text_without_the_sentence_of_a_limit_is_found_out() -> None:
    family = families()["knapsack"]
    rng = random.Random(1)
    data = family.draw(rng, 1, 0)
    manner = Manner(style_named("plain"))
    told = tell(family, data, manner, rng, sayings=[s for s in family.sentences if s.key != "load"])
    found = list(acceptance.faults(family, data, told, manner))
    assert "nothing says 'load'" in found


def test_the_same_seed_gives_the_same_problems_and_another_gives_others() -> None:
    selection = Selection(families=("knapsack",), engines=1)
    texts = [[p.text for p in problems(seed, 3, selection)] for seed in (5, 5, 6)]
    assert texts[0] == texts[1]
    assert not set(texts[0]) & set(texts[2])


def test_a_problem_in_tables_has_the_same_optimum_as_in_words() -> None:
    selection = Selection(("knapsack", "transport"), wheres=("long", "wide"))
    for made in problems(1, 6, selection):
        assert made.told.tables
        assert made.told_model != made.formulation
        assert not made.certificate.fault


def test_kinds_that_are_not_right_say_what_is_to_be_done() -> None:
    kinds = ("incomplete", "contradictory", "ambiguous")
    made = list(problems(2, 9, Selection(("production_mix",), kinds=kinds)))
    by_kind = {p.kind: p for p in made}
    assert by_kind[Kind.INCOMPLETE].asks
    assert by_kind[Kind.INCOMPLETE].label is None
    assert by_kind[Kind.CONTRADICTORY].label == "infeasible"
    one, other = by_kind[Kind.AMBIGUOUS].readings
    assert one != pytest.approx(other)


def test_kinds_take_turns_and_each_has_its_families() -> None:
    kinds = ("incomplete", "contradictory", "ambiguous")
    made = list(problems(3, 6, Selection(kinds=kinds, engines=1, size=1)))
    assert [p.kind.value for p in made] == [*kinds, *kinds]
    assert len({(p.kind, p.family) for p in made}) == 6


def test_a_text_that_is_public_is_not_taken() -> None:
    selection = Selection(("knapsack",), engines=1)
    (first,) = problems(4, 1, selection)
    public = Public()
    public.exact[normalised(first.text)] = "somebody's"
    tally = Tally()
    (other,) = problems(4, 1, selection, tally, public)
    assert other.text != first.text
    assert tally.rejected["like a public text"] == 1


@pytest.mark.parametrize("language", range(3))
@pytest.mark.parametrize("value", [0.5, 7.0, 12.25, 1250.0, 31.0, 999_999.5])
def test_a_number_is_read_as_it_was_written(value: float, language: int) -> None:
    assert read_digits(digits(value, language), language) == value


def test_numbers_in_words_are_said_as_each_language_says_them() -> None:
    assert [in_words(45, at) for at in range(3)] == [
        "forty-five",
        "fünfundvierzig",
        "cuarenta y cinco",
    ]


def test_a_name_that_is_not_there_says_which_are() -> None:
    with pytest.raises(InputError, match="no family 'nothing'"):
        chosen(["nothing"])
    with pytest.raises(InputError, match="no style 'sonnet'"):
        style_named("sonnet")
    with pytest.raises(InputError, match="no language 'fr'"):
        Selection(languages=("fr",))
