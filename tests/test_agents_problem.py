"""A text is refused only where nothing in it can be counted; what it asks for is not guessed."""

from __future__ import annotations

import pytest

from optwright.agents.problem import Problem
from optwright.benchmarks.corpus.entries import read_entries
from optwright.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "Hello there, how are you?",
        "Thanks!",
        "Guten Tag, wie geht es Ihnen?",
        "¿Qué tiempo hace hoy?",
        "Quelle est la capitale de la France ?",
        "今天天气怎么样",
        "Привет, как дела?",
        "Write me a short birthday poem for my aunt, she loves gardening and terrible puns.",
        "What's the capital of Australia, and roughly how many people live there?",
        "I wonder what the optimal way to live is. Should I aim to be kind, or to be right?",
    ],
)
def test_small_talk_in_any_language_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="nothing to optimize"):
        Problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "Meet the demand of 10 doses of X and 20 doses of Y at minimum cost.",
        "The expected profit is $3 a cap and $5 a hat, and at most forty hours can be used.",
        "Costs down: two boilers, four fuels, prices as agreed.",
        "某工厂生产甲乙两种产品,甲每件利润三元,乙每件利润五元,工时共四十小时。",
        "Ein Koch hat zwölf Eier und neun Tassen Mehl. Ein Kuchen braucht drei Eier und zwei "
        "Tassen, eine Tarte zwei Eier und drei Tassen. Was bringt am meisten?",
        "У повара двенадцать яиц и девять чашек муки. На торт идёт три яйца и две чашки, на "
        "пирог два яйца и три чашки. Что выгоднее?",
        "एक किसान के पास ४० एकड़ ज़मीन है।",
    ],
)
def test_whatever_counts_something_is_a_problem_however_it_asks(text: str) -> None:
    assert Problem(text).text == text


def test_no_text_of_the_corpus_is_refused() -> None:
    assert all(Problem(entry.text, entry.data).text for entry in read_entries())


def test_a_language_without_spaces_does_not_read_as_english_for_its_formulas() -> None:
    assert not Problem("产品A和产品B每件需要a小时, A_1 = 3, b = 4, a + b <= 40。").reads_as_english
    assert Problem("A farmer has 40 acres of land for corn and wheat.").reads_as_english


@pytest.mark.parametrize(
    "text",
    [
        "Un contadino ha 12 ettari. Il mais rende 300 euro a ettaro e 5 giorni per uomo in estate.",
        "Een boer heeft 40 hectare. Per hectare is er water nodig in de zomer. Winst of verlies?",
        "En bager bager kager for 30 kroner. Han har 40 kg mel, og han kan have 12 i ovnen at se.",
    ],
)
def test_words_that_languages_share_make_no_text_english(text: str) -> None:
    assert not Problem(text).reads_as_english


def test_a_short_english_text_of_few_function_words_reads_as_english() -> None:
    text = (
        "Wine tasting: exactly 8 bottles are opened, no fewer than 5 red and no fewer than 4 "
        "white. Red costs 14, white 11. Keep the cost down as far as possible."
    )
    assert Problem(text).reads_as_english


def test_one_line_with_accents_is_a_text_and_no_name_of_a_file() -> None:
    text = "La fábrica necesita 40 horas más " + "é" * 200
    assert Problem.read(text).text == text
