"""The gate a reader has to pass before its word verifies anything: stored questions with known
answers.

Errors by chance cost coverage, so at most 5 % of the answers on allowed and on broken plans may be
wrong. Misreadings shared with the draft cost precision: on plans that a wrong draft judges wrongly
a reader may agree with the draft at most 30 % of the time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from time import perf_counter
from typing import Any

from optwright.agents.checks.plans.question import (
    Answer,
    Asks,
    Decision,
    Plan,
    Question,
    Reader,
    Reading,
    Reliability,
    Verdict,
)
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import Sense

MOST_WRONG = 0.05
MOST_SHARED = 0.30
NEAR = 1e-3
"""How far an amount may be off, relatively."""


@dataclass(frozen=True, slots=True)
class Known:
    """One plan with the right answer and what a draft says of it; values where the plan asks for
    one."""

    plan: Plan
    truth: Verdict | float
    draft: Verdict | float

    @property
    def is_misread(self) -> bool:
        """Whether the draft is wrong about it."""
        return not _same(self.truth, self.draft)


@dataclass(frozen=True, slots=True)
class GateCase:
    """One stored question: a problem, a draft's plans, and what is true of each."""

    name: str
    question: Question
    sense: Sense
    known: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.count} of {self.of} ({self.share:.0%})"


@dataclass(frozen=True)
class GateResult:
    """How a reader did. Plans that it cannot tell anything of count as unanswered, not as wrong;
    a reader that leaves more than half unanswered has not passed either."""

    reader: str
    allowed_wrong: Share
    broken_wrong: Share
    values_wrong: Share
    shared: Share
    unanswered: Share
    seconds: float

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why it did not pass, in sentences; empty for a reader that did."""
        said = []
        for share, what in (
            (self.allowed_wrong, "allowed plans were called broken"),
            (self.broken_wrong, "broken plans were called allowed"),
            (self.values_wrong, "amounts were wrong"),
        ):
            if share.share > MOST_WRONG:
                said.append(f"{share} {what}; at most {MOST_WRONG:.0%} may be")
        if self.shared.share > MOST_SHARED:
            said.append(
                f"{self.shared} of a wrong draft's misreadings were shared; at most "
                f"{MOST_SHARED:.0%} may be"
            )
        if self.unanswered.share > 0.5:
            said.append(f"{self.unanswered} plans were left unanswered")
        return tuple(said)

    @property
    def reliability(self) -> Reliability:
        """Its errors by chance, the worse of those on allowed and on broken plans, and those it
        shares."""
        wrong = max(self.allowed_wrong.share, self.broken_wrong.share)
        return Reliability(wrong, self.shared.share)

    @property
    def passed(self) -> bool:
        return not self.complaints

    def to_json(self) -> dict[str, Any]:
        """The result as JSON holds it; each share as a count and of how many."""
        shares = ("allowed_wrong", "broken_wrong", "values_wrong", "shared", "unanswered")
        counts = {name: [getattr(self, name).count, getattr(self, name).of] for name in shares}
        said = {"reader": self.reader, "passed": self.passed, "complaints": list(self.complaints)}
        return {**said, **counts, "seconds": round(self.seconds, 3)}

    def __str__(self) -> str:
        lines = [
            f"allowed plans called broken  {self.allowed_wrong}",
            f"broken plans called allowed  {self.broken_wrong}",
            f"amounts wrong                {self.values_wrong}",
            f"misreadings shared           {self.shared}",
            f"unanswered                   {self.unanswered}",
        ]
        verdict = "passed" if self.passed else "not passed: " + "; ".join(self.complaints)
        return "\n".join([*lines, f"{self.reader}: {verdict} ({self.seconds:.0f} s)"])


def try_reader(
    reader: Reader,
    cases: Sequence[GateCase] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> GateResult:
    """Ask a reader the stored questions (or `cases`), one request each; raises what reading
    raises. `on_progress` hears how many of how many are done."""
    cases = stored_cases() if cases is None else cases
    started = perf_counter()
    counted = _Counted()
    for done, case in enumerate(cases, start=1):
        counted.add(case, reader.read(case.question))
        on_progress(done, len(cases))
    return counted.result(reader.name, perf_counter() - started)


class _Counted:
    """Counts answers by what is true of their plans."""

    def __init__(self) -> None:
        self._wrong = {kind: [0, 0] for kind in ("allowed", "broken", "value")}
        self._shared = [0, 0]
        self._unanswered = [0, 0]

    def add(self, case: GateCase, reading: Reading) -> None:
        for known in case.known:
            said = _said(known.plan, reading.of(known.plan))
            self._unanswered[1] += 1
            if said is None:
                self._unanswered[0] += 1
                continue
            # What a wrong draft misreads is hard on purpose, so it is counted apart.
            if known.is_misread:
                self._count(self._shared, _same(said, known.draft))
            else:
                self._count(self._wrong[_kind(known.truth)], not _same(said, known.truth))

    @staticmethod
    def _count(tally: list[int], hit: bool) -> None:
        tally[0] += hit
        tally[1] += 1

    def result(self, reader: str, seconds: float) -> GateResult:
        allowed, broken, value = (Share(*self._wrong[k]) for k in ("allowed", "broken", "value"))
        shared, unanswered = Share(*self._shared), Share(*self._unanswered)
        return GateResult(reader, allowed, broken, value, shared, unanswered, seconds)


def _kind(truth: Verdict | float) -> str:
    if not isinstance(truth, Verdict):
        return "value"
    return "allowed" if truth is Verdict.ALLOWED else "broken"


def _said(plan: Plan, answer: Answer) -> Verdict | float | None:
    if plan.asks is Asks.VALUE:
        return answer.value
    return None if answer.verdict is Verdict.CANNOT_TELL else answer.verdict


def _same(one: Verdict | float, other: Verdict | float) -> bool:
    if isinstance(one, Verdict) or isinstance(other, Verdict):
        return one is other
    return abs(one - other) <= NEAR * max(abs(one), abs(other), 1e-6)


# Stored cases


@cache
def stored_cases() -> tuple[GateCase, ...]:
    """The questions that ship with optwright."""
    text = files(__package__).joinpath("gate.jsonl").read_text(encoding="utf-8")
    return tuple(case_from_json(json.loads(line)) for line in text.splitlines())


def case_to_json(case: GateCase, tables: Mapping[str, str]) -> dict[str, Any]:
    """A case as one JSON object; `tables` are its tables as CSV text."""
    return {
        "name": case.name,
        "text": case.question.text,
        "tables": dict(tables),
        "sense": case.sense.value,
        "decisions": [_decision_to_json(d) for d in case.question.decisions],
        "plans": [_known_to_json(k) for k in case.known],
    }


def _decision_to_json(decision: Decision) -> dict[str, Any]:
    return {
        "name": decision.name,
        "meaning": decision.meaning,
        "indices": list(decision.indices),
        "unit": decision.unit,
        "yes_or_no": decision.yes_or_no,
    }


def _known_to_json(known: Known) -> dict[str, Any]:
    plan = known.plan
    content = {
        "amounts": dict(plan.amounts),
        "lines": list(plan.lines),
        "open": list(plan.open),
        "only": list(plan.only),
        "totals": dict(plan.totals),
        "about": plan.about,
    }
    shown = {key: value for key, value in content.items() if value}
    return {"asks": plan.asks.value, **shown, "truth": known.truth, "draft": known.draft}


def case_from_json(content: Mapping[str, Any]) -> GateCase:
    """Read what `case_to_json` wrote."""
    known = tuple(_known(number, k) for number, k in enumerate(content["plans"], start=1))
    decisions = tuple(
        Decision(**{**d, "indices": tuple(d["indices"])}) for d in content["decisions"]
    )
    tables = _tables(content["tables"])
    question = Question(content["text"], tables, decisions, tuple(k.plan for k in known))
    return GateCase(content["name"], question, Sense(content["sense"]), known)


def _known(number: int, content: Mapping[str, Any]) -> Known:
    plan = Plan(
        number,
        content.get("amounts", {}),
        Asks(content["asks"]),
        tuple(content.get("open", ())),
        tuple(content.get("only", ())),
        content.get("totals", {}),
        tuple(content.get("lines", ())),
        content.get("about", ""),
    )
    return Known(plan, _truth(content["truth"]), _truth(content["draft"]))


def _truth(content: str | float) -> Verdict | float:
    return Verdict(content) if isinstance(content, str) else float(content)


def _tables(texts: Mapping[str, str]) -> dict[str, Table]:
    if not texts:
        return {}
    return load({name: dict(_columns(text)) for name, text in texts.items()})


def _columns(text: str) -> Iterator[tuple[str, list[Any]]]:
    rows = list(csv.DictReader(io.StringIO(text)))
    for name in rows[0]:
        yield name, [_cell(row[name]) for row in rows]


def _cell(text: str) -> str | int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text or None
