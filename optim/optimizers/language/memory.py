"""What a proposer is shown: fresh examples of the values it starts from, and what became of
earlier proposals. Everything fits into a number of tokens; what fits whole stays whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from random import Random

from optwright.optim.trial import Evaluation, Trial, Values

Count = Callable[[str], int]
"""How many tokens a text has."""

WORDS = 200  # of what was said about a run that two runs are compared by
LINE_CHARS = 600  # of what was said about one run, in the memory of attempts
NEAR = 0.3  # of what was wanted that an output must be alike, to count as partly right

_WORD = re.compile(r"\w+")


def show_values(values: Values) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def show_score(trial: Trial) -> str:
    return "failed" if trial.failed else f"{trial.score:.6g}"


class Coverage:
    """Which examples were shown how often; draws those that tell most that is new."""

    def __init__(self) -> None:
        self.shown: Counter[str] = Counter()

    def draw(self, runs: Sequence[Evaluation], most: int, roll: Random) -> list[Evaluation]:
        """At most `most` of the runs: failures and low scores first, those not shown yet before
        others, unlike each other in what was said; one that went well where there is room. The
        worst comes first. What is drawn counts as shown."""
        chosen: list[Evaluation] = []
        left = sorted(runs, key=lambda run: run.example)
        roll.shuffle(left)
        words = {run.example: _words(run) for run in left}
        worth = _worth(left)
        while left and len(chosen) < most:
            wants_good = len(chosen) == most - 1 >= 2
            best = max(
                left,
                key=lambda run: (
                    self._value(run, chosen, words, 1.0 - worth[run.example])
                    if wants_good
                    else self._value(run, chosen, words, worth[run.example])
                ),
            )
            chosen.append(best)
            left.remove(best)
        self.shown.update(run.example for run in chosen)
        return sorted(chosen, key=lambda run: (run.score, run.example))

    def _value(
        self,
        run: Evaluation,
        chosen: Sequence[Evaluation],
        words: Mapping[str, frozenset[str]],
        worth: float,
    ) -> float:
        new = 1.0 / (1 + self.shown[run.example])
        own = words[run.example]
        unlike = min((_distance(own, words[other.example]) for other in chosen), default=1.0)
        return worth + new + 0.5 * unlike

    def state(self) -> dict[str, int]:
        return dict(self.shown)


def _worth(runs: Sequence[Evaluation]) -> dict[str, float]:
    """1 for the worst of the runs and for failures, 0 for the best."""
    finite = [run.score for run in runs if isfinite(run.score)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    width = high - low or 1.0
    return {run.example: 1.0 if run.failed else (high - run.score) / width for run in runs}


def _words(run: Evaluation) -> frozenset[str]:
    text = f"{run.text or run.shown}"
    return frozenset(_WORD.findall(text.lower())[:WORDS])


def _distance(first: frozenset[str], second: frozenset[str]) -> float:
    either = first | second
    return 1.0 - len(first & second) / len(either) if either else 0.0


def show_run(run: Evaluation) -> str:
    """One run: input and output, score, what was said and printed, then the steps. Each once."""
    score = "failed" if run.failed else f"{run.score:.4g}"
    printed = f"printed: {run.printed}" if run.printed else ""
    parts = [run.shown, f"score: {score}", run.text, printed, run.trace]
    return "\n".join(part for part in parts if part)


def show_runs(runs: Iterable[Evaluation], tokens: int, count: Count) -> str:
    """Runs in the order given, whole where all of them fit, the longest shortened where not."""
    return "\n\n".join(fitted([show_run(run) for run in runs], tokens, count)) or "(none)"


def show_attempts(
    parent: Trial | None,
    trials: Sequence[Trial],
    verdicts: Mapping[int, str],
    *,
    most: int,
    tokens: int,
    count: Count,
) -> str:
    """What was tried besides the parent, the latest at the end: what it changed, its score next to
    the parent's, and what was said. Proposals that were refused come before others."""
    others = [trial for trial in trials if parent is None or trial.number != parent.number]
    told = [trial for trial in others if trial.number in verdicts][-most:]
    rest = [trial for trial in others if trial.number not in verdicts]
    told += rest[max(0, len(rest) - (most - len(told))) :] if len(told) < most else []
    texts = [
        _attempt(parent, trial, verdicts.get(trial.number, ""))
        for trial in sorted(told, key=lambda trial: trial.number)
    ]
    return "\n\n".join(fitted(texts, tokens, count)) or "(none)"


def show_history(
    trials: Sequence[Trial],
    verdicts: Mapping[int, str],
    *,
    most: int,
    tokens: int,
    count: Count,
) -> str:
    """The best trials, worst of them first, as many as fit; each with its score, what was decided
    and, but for the best one, what was said."""
    ranked = sorted((t for t in trials if not t.failed), key=rank)[-most:]
    lines: list[str] = []
    left = tokens
    for place, trial in enumerate(reversed(ranked)):
        said = [show_values(trial.values), f"score: {show_score(trial)}"]
        if verdict := verdicts.get(trial.number):
            said.append(verdict)
        if place:
            said += _said(trial, 1)
        line = "\n".join(said)
        left -= count(line)
        if lines and left < 0:
            break
        lines.append(line)
    return "\n\n".join(reversed(lines)) or "(nothing was tried yet)"


def rank(trial: Trial) -> tuple[float, float, int]:
    """Higher is better: by score, among equals by how near the outputs came to what was wanted,
    then the earlier one."""
    near = [run.near for run in trial.evaluations if run.near is not None]
    closeness = sum(near) / len(near) if near else 0.0
    return trial.score, round(closeness, 6), -trial.number


def _attempt(parent: Trial | None, trial: Trial, verdict: str) -> str:
    before = {} if parent is None else parent.values
    changed = {n: v for n, v in trial.values.items() if n not in before or before[n] != v}
    lines = [show_values(changed or trial.values)]
    lines.append(f"score: {show_score(trial)}{_next_to(parent, trial)}")
    lines += [verdict] if verdict else []
    lines += _partly_right(parent, trial)
    lines += _said(trial, 2)
    lines += [
        f"{name} should be {'larger' if sign > 0 else 'smaller'}"
        for name, sign in trial.direction.items()
        if sign
    ]
    return "\n".join(lines)


def _next_to(parent: Trial | None, trial: Trial) -> str:
    """How the parent did on the same examples."""
    if parent is None:
        return ""
    known = {run.example: run.score for run in parent.evaluations}
    both = [(known[r.example], r.score) for r in trial.evaluations if r.example in known]
    if not both or not all(isfinite(score) for pair in both for score in pair):
        return ""
    won = sum(after > before for before, after in both)
    lost = sum(after < before for before, after in both)
    return f" (on {len(both)} examples also run before: {won} better, {lost} worse)"


def _said(trial: Trial, most: int) -> list[str]:
    """What was said about the worst runs, each remark once."""
    worst = sorted(trial.evaluations, key=lambda run: (run.score, run.example))
    remarks = dict.fromkeys(run.text for run in worst if run.text)
    return [shorten(remark, LINE_CHARS) for remark in list(remarks)[:most]]


def _partly_right(parent: Trial | None, trial: Trial) -> list[str]:
    """The output that came nearest to what was wanted, where the score does not show it."""
    if parent is None or trial.failed or trial.score > parent.score:
        return []
    before = {run.example: run.near or 0.0 for run in parent.evaluations}
    nearer = [
        run
        for run in trial.evaluations
        if run.near is not None and run.near > max(NEAR, before.get(run.example, 0.0))
    ]
    if not nearer:
        return []
    best = max(nearer, key=lambda run: (run.near or 0.0, run.example))
    return [f"partly right, though the score does not show it: {shorten(best.shown, LINE_CHARS)}"]


def fitted(texts: Sequence[str], tokens: int, count: Count) -> list[str]:
    """All texts whole where they fit together; otherwise small ones whole, and the large ones share
    what is left and are shortened in their middle."""
    needs = [count(text) for text in texts]
    if sum(needs) <= tokens:
        return list(texts)
    left, result = tokens, list(texts)
    for rank_, index in enumerate(sorted(range(len(texts)), key=needs.__getitem__)):
        share = max(0, left // (len(texts) - rank_))
        if needs[index] > share:
            result[index] = shorten(texts[index], len(texts[index]) * share // needs[index])
        left -= min(needs[index], share)
    return [text for text in result if text]


def shorten(text: str, chars: int) -> str:
    """The beginning and the end of a long text, with a mark of how much is left out."""
    if len(text) <= chars:
        return text
    half = max(0, chars // 2 - 20)
    if not half:
        return text[:chars]
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"
