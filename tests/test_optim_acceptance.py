"""A change is accepted on evidence that survives noise, many tries and looking often."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.optim.acceptance import Comparer, Draw, PairedTest, Verdict
from optwright.optim.acceptance.confidence import e_value, interval

EXAMPLES = [f"e{n}" for n in range(50)]
Score = Callable[[Draw], float]


def opened(rule: PairedTest) -> Comparer:
    comparison = rule.compare(EXAMPLES, {})
    assert comparison is not None  # nothing was learnt, so nothing is put off
    return comparison


def play(comparison: Comparer | None, score: Score) -> Verdict:
    assert comparison is not None  # nothing was learnt, so nothing is put off
    while comparison.wanted:
        comparison.report([score(draw) for draw in comparison.wanted])
    assert comparison.verdict is not None
    return comparison.verdict


def flips(dice: Random, incumbent: float, candidate: float) -> Score:
    return lambda draw: float(dice.random() < (candidate if draw.candidate else incumbent))


def steady(incumbent: Sequence[float], candidate: Sequence[float]) -> Score:
    """Scores by example, without any randomness."""
    place = {example: index for index, example in enumerate(EXAMPLES)}
    return lambda draw: (candidate if draw.candidate else incumbent)[place[draw.example]]


# --- Evidence ---------------------------------------------------------------------------------


def test_evidence_against_chance_rarely_gets_large_however_often_one_looks() -> None:
    dice = Random(1)
    crossed = 0
    for _ in range(400):
        seen: list[float] = []
        for _ in range(40):
            seen.append(float(dice.random() < 0.5) - float(dice.random() < 0.5))
            if e_value(seen) >= 10:
                crossed += 1
                break
    assert crossed <= 0.1 * 400


@given(st.lists(st.floats(-1, 1), max_size=60))
def test_evidence_does_not_hang_on_the_order(differences: list[float]) -> None:
    assert e_value(differences) == pytest.approx(e_value(sorted(differences)))
    assert e_value([*differences, 0.0]) == pytest.approx(e_value(differences))


@pytest.mark.parametrize("truth", [0.02, 0.5, 0.9])
def test_the_interval_holds_the_truth(truth: float) -> None:
    dice = Random(2)
    found = [interval([float(dice.random() < truth) for _ in range(60)]) for _ in range(100)]
    assert sum(truth in limits for limits in found) >= 95
    assert fmean(limits.high - limits.low for limits in found) < 0.4


@given(st.lists(st.floats(-3, 5), min_size=1, max_size=30))
def test_the_interval_is_around_the_mean_and_inside_the_range(scores: list[float]) -> None:
    limits = interval(scores, bounds=(-3.0, 5.0))
    assert -3.0 <= limits.low <= limits.mean + 1e-9
    assert limits.mean - 1e-9 <= limits.high <= 5.0


def test_more_scores_narrow_the_interval() -> None:
    widths = [interval([0.0, 1.0] * n) for n in (10, 40, 160)]
    assert [w.high - w.low for w in widths] == sorted([w.high - w.low for w in widths])[::-1]


def test_without_a_range_the_limits_are_students() -> None:
    limits = interval([1.0, 2.0, 3.0, 4.0, 5.0], bounds=None)
    assert not limits.exact
    assert limits.high - limits.mean == pytest.approx(2.776 * math.sqrt(2.5 / 5), rel=0.01)


def test_scores_outside_their_range_are_refused() -> None:
    for scores, bounds in (([1.5], (0.0, 1.0)), ([math.nan], (0.0, 1.0)), ([], (0.0, 1.0))):
        with pytest.raises(InputError):
            interval(scores, bounds)
    with pytest.raises(InputError):
        interval([1.0], bounds=None)


# --- The test ---------------------------------------------------------------------------------


def test_a_clear_improvement_is_accepted_before_all_examples_ran() -> None:
    rule = PairedTest()
    verdict = play(rule.compare(EXAMPLES, {}), flips(Random(0), 0.1, 0.9))
    assert verdict.accepted
    assert verdict.reason == "better"
    assert verdict.evidence >= verdict.needed == pytest.approx(80)
    assert verdict.examples < 50
    assert verdict.gain > 0.5


def test_a_clear_loss_is_dropped_early() -> None:
    verdict = play(PairedTest().compare(EXAMPLES, {}), flips(Random(0), 0.9, 0.1))
    assert not verdict.accepted
    assert verdict.reason == "not better"
    assert verdict.runs <= 40


def test_of_many_proposals_that_are_no_better_none_slips_through() -> None:
    # Accepting a better mean on 50 examples takes 39 % of such proposals.
    accepted = 0
    for seed in range(20):
        rule, dice = PairedTest(seed=seed), Random(seed)
        for _ in range(20):
            accepted += play(rule.compare(EXAMPLES, {}), flips(dice, 0.5, 0.48)).accepted
    assert accepted <= 1


def test_what_is_needed_grows_with_the_proposals_tried_and_shrinks_with_success() -> None:
    rule = PairedTest(alpha=0.1)
    better, same = flips(Random(0), 0.0, 1.0), steady([0.5] * 50, [0.5] * 50)
    needed = [play(rule.compare(EXAMPLES, {}), same).needed for _ in range(3)]
    assert needed == pytest.approx([40, 120, 240])
    assert play(rule.compare(EXAMPLES, {}), better).accepted
    assert play(rule.compare(EXAMPLES, {}), same).needed == pytest.approx(300)


def test_an_open_and_promising_matter_is_settled_by_repeats() -> None:
    verdicts = [
        play(PairedTest(seed=s).compare(EXAMPLES, {}), flips(Random(s), 0.45, 0.72))
        for s in range(10)
    ]
    assert sum(v.accepted for v in verdicts) >= 7
    assert any(v.runs > 100 and v.accepted for v in verdicts)


def test_a_program_without_randomness_is_not_run_again() -> None:
    incumbent = [float(n % 2) for n in range(50)]
    candidate = [1.0 if n < 8 else incumbent[n] for n in range(50)]
    rule = PairedTest()
    asked: list[Draw] = []

    def score(draw: Draw) -> float:
        asked.append(draw)
        return steady(incumbent, candidate)(draw)

    play(rule.compare(EXAMPLES, {}), score)
    assert sum(draw.repeat > 0 for draw in asked) <= 2 * rule.batch
    asked.clear()
    play(rule.compare(EXAMPLES, {}), score)
    assert all(draw.repeat == 0 for draw in asked)


def test_no_run_is_asked_for_twice_in_a_comparison() -> None:
    asked: list[Draw] = []
    dice = Random(3)

    def score(draw: Draw) -> float:
        asked.append(draw)
        return flips(dice, 0.45, 0.6)(draw)

    play(PairedTest().compare(EXAMPLES, {}), score)
    assert len(set(asked)) == len(asked)


def test_a_change_that_harms_a_group_is_refused() -> None:
    groups = {example: "rare" if n < 10 else "usual" for n, example in enumerate(EXAMPLES)}
    harmful = steady([1.0] * 10 + [0.0] * 40, [0.0] * 10 + [1.0] * 40)
    verdict = play(PairedTest(batch=50).compare(EXAMPLES, groups), harmful)
    assert not verdict.accepted
    assert verdict.reason == "worse on rare"
    assert verdict.groups == {"rare": -1.0, "usual": 1.0}
    assert play(PairedTest(batch=50).compare(EXAMPLES, {}), harmful).accepted


def test_a_failed_run_counts_as_the_lowest_score() -> None:
    failing = steady([0.9] * 50, [-math.inf] * 50)
    assert play(PairedTest().compare(EXAMPLES, {}), failing).gain == pytest.approx(-0.9)
    unbounded = play(PairedTest(bounds=None).compare(EXAMPLES, {}), failing)
    assert not unbounded.accepted


def test_without_a_range_wins_are_counted() -> None:
    rule = PairedTest(bounds=None)
    wide = steady([0.0] * 50, [1e9 if n % 5 else -1e3 for n in range(50)])
    assert play(rule.compare(EXAMPLES, {}), wide).accepted


def test_scores_outside_the_range_say_what_to_do() -> None:
    comparison = opened(PairedTest())
    with pytest.raises(InputError, match=r"outside \[0.0, 1.0\]") as refused:
        comparison.report([7.0 for _ in comparison.wanted])
    assert "bounds" in refused.value.hint


def test_a_comparison_can_be_stopped_and_then_decides_by_what_is_known() -> None:
    rule = PairedTest()
    untouched = opened(rule).stop("budget")
    assert (untouched.accepted, untouched.reason, untouched.runs) == (False, "budget", 0)
    comparison = opened(rule)
    comparison.report([0.5 for _ in comparison.wanted])
    assert not comparison.stop("budget").accepted
    assert comparison.wanted == ()


def test_a_restored_rule_goes_on_the_same_way() -> None:
    rule = PairedTest(seed=4)
    for _ in range(3):
        play(rule.compare(EXAMPLES, {}), flips(Random(0), 0.2, 0.5))
    copy = PairedTest(seed=4)
    copy.restore(rule.state())
    first, second = (opened(r) for r in (rule, copy))
    assert first.wanted == second.wanted
    assert play(first, flips(Random(1), 0.2, 0.5)) == play(second, flips(Random(1), 0.2, 0.5))


def test_a_candidate_that_uses_none_of_its_chances_is_dropped_early() -> None:
    rule = PairedTest()
    assert rule.screen([(0.0, 0.0)] * 6, more=True) is False
    assert rule.screen([(1.0, 1.0)] * 20, more=True) is None  # there was nothing to gain
    assert rule.screen([(0.0, 0.0)] * 6 + [(0.0, 1.0)], more=True) is None
    assert PairedTest(bounds=None).screen([(0.0, 0.0)] * 20, more=True) is None


def test_the_screen_drops_keeps_and_asks_for_more() -> None:
    rule = PairedTest()
    assert rule.screen([(0.0, 1.0)] * 5, more=True) is True
    assert rule.screen([(1.0, 0.0)] * 3, more=True) is False
    assert rule.screen([(0.5, 0.5)] * 5, more=True) is None
    assert rule.screen([(0.5, 0.5)] * 5, more=False) is False
    assert rule.screen([(0.0, 1.0)] * 2, more=False) is True


def test_a_rule_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"alpha": 0.0}, {"gate": 2.0}, {"repeats": 0}, {"batch": 0}):
        with pytest.raises(InputError):
            PairedTest(**wrong)
    with pytest.raises(InputError):
        PairedTest().compare([], {})
