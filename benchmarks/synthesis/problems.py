"""Problems by seed: drawn, told, certified, and accepted or rejected with the reason.

Problem `i` of a seed depends on the seed, `i` and the selection alone: a benchmark is its command.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from optwright.benchmarks.synthesis import acceptance
from optwright.benchmarks.synthesis.certificates import Certificate, certified, same
from optwright.benchmarks.synthesis.complexity import count
from optwright.benchmarks.synthesis.data import Data
from optwright.benchmarks.synthesis.families import chosen
from optwright.benchmarks.synthesis.family import LANGUAGES, Family, Limit, Say
from optwright.benchmarks.synthesis.public import Public
from optwright.benchmarks.synthesis.replies import reply_of
from optwright.benchmarks.synthesis.styles import STYLES, Manner, Where, style_named
from optwright.benchmarks.synthesis.tables import with_columns
from optwright.benchmarks.synthesis.wording import WrittenProblem, tell
from optwright.errors import InputError
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import Formulation

_TRIES = 12
_TRIES_IF_VAGUE = 60
"""Draws for one problem before it is given up. Two meanings often come to the same optimum, and
then a problem is not ambiguous."""


class Kind(StrEnum):
    """What is to be done with a problem: solve it, ask for what is missing, say that nothing can
    keep all limits, or ask which of two meanings is meant."""

    RIGHT = "right"
    INCOMPLETE = "incomplete"
    CONTRADICTORY = "contradictory"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Selection:
    """What is drawn. Empty means all; `band` is of the complexity score, `public` holds texts that
    no problem may repeat. `engines` of 1 saves SCIP where a family has an algorithm of its own."""

    families: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    wheres: tuple[str, ...] = ("text",)
    kinds: tuple[str, ...] = ("right",)
    size: int = 0
    """1 to 3; 0 draws it."""
    band: tuple[float, float] | None = None
    engines: int = 2

    def __post_init__(self) -> None:
        chosen(self.families)
        for style in self.styles:
            style_named(style)
        for name, given, known in (
            ("language", self.languages, LANGUAGES),
            ("place of figures", self.wheres, tuple(Where)),
            ("kind", self.kinds, tuple(Kind)),
        ):
            if wrong := [one for one in given if one not in known]:
                raise InputError(
                    f"there is no {name} {wrong[0]!r}", hint=f"there are {', '.join(known)}"
                )

    def families_with(self, kind: Kind) -> list[Family]:
        """The chosen families that have problems of a kind."""
        return [family for family in chosen(self.families) if _offers(family, kind)]


@dataclass(frozen=True)
class Problem:
    """A problem with everything known about it. `formulation` holds its numbers itself and quotes
    the text; `told_model` reads the tables where there are any."""

    id: str
    family: str
    style: str
    language: str
    where: Where
    kind: Kind
    size: int
    data: Data
    told: WrittenProblem
    formulation: Formulation
    told_model: Formulation
    certificate: Certificate
    complexity: float
    asks: tuple[str, ...] = ()
    """Numbers that are missing and have to be asked for."""
    readings: tuple[float, ...] = ()
    """Optima of the two meanings of an ambiguous one."""

    @property
    def text(self) -> str:
        return self.told.text

    @cached_property
    def reply(self) -> Mapping[str, Any]:
        """The right answer of a formulator."""
        return reply_of(self.told_model)

    @property
    def label(self) -> float | str | None:
        """What the data set says: the optimum, `infeasible`, or None where one has to ask."""
        if self.kind in (Kind.INCOMPLETE, Kind.AMBIGUOUS):
            return None
        certificate = self.certificate
        return certificate.optimum if certificate.status == "optimal" else certificate.status


@dataclass
class Tally:
    """What was drawn and why some of it was rejected. `reasons` begin with what kind it is."""

    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def reject(self, why: str, where: str, detail: str) -> None:
        self.rejected[why] += 1
        self.examples.setdefault(why, f"{where}: {detail}")

    @property
    def share(self) -> float:
        """The rejected share of what was drawn."""
        drawn = self.accepted + self.rejected.total()
        return self.rejected.total() / drawn if drawn else 0.0

    def __str__(self) -> str:
        lines = [f"{self.accepted} accepted, {self.rejected.total()} rejected ({self.share:.1%})"]
        lines += [f"  {n} {why} ({self.examples[why]})" for why, n in self.rejected.most_common()]
        return "\n".join(lines)


class _RejectedError(Exception):
    """A draw that is no problem; why, and the detail."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


def problems(
    seed: int, n: int, selection: Selection, tally: Tally | None = None,
    public: Public | None = None,
) -> Iterator[Problem]:  # fmt: skip
    """`n` problems: kinds in turn, of each its families, and of these the styles, so that every
    share of the benchmark has as much of each as can be; languages and places are drawn."""
    tally = tally if tally is not None else Tally()
    for at in range(n):
        yield problem(seed, at, selection, tally, public)


def problem(seed: int, at: int, selection: Selection, tally: Tally,
            public: Public | None = None) -> Problem:  # fmt: skip
    """Problem number `at` of a seed. Raises `InputError` where nothing that is asked for can be
    drawn, as in a band that a family does not reach."""
    kind = Kind(selection.kinds[at % len(selection.kinds)])
    families = selection.families_with(kind)
    if not families:
        raise InputError(f"no family that was chosen has {kind.value} problems")
    turns = at // len(selection.kinds)
    family = families[turns % len(families)]
    turn = random.Random(f"{seed}/{at}/turn")
    styles = selection.styles or tuple(STYLES)
    style = style_named(styles[(turns // len(families) + turns) % len(styles)])
    language = LANGUAGES.index(turn.choice(selection.languages))
    where = Where(turn.choice(selection.wheres))
    last = ""
    tries = _TRIES_IF_VAGUE if kind is Kind.AMBIGUOUS else _TRIES
    for attempt in range(tries):
        rng = random.Random(f"{seed}/{at}/{family.name}/{attempt}")
        name = f"{family.name}.{style.name}.{LANGUAGES[language]}.{where}.{kind}.{seed}-{at}"
        try:
            made = _drawn(
                name,
                family,
                Manner(style, language, where),
                rng,
                kind=kind,
                selection=selection,
                attempt=attempt,
            )
            if public is not None and (why := public.like(made.text)):
                raise _RejectedError("like a public text", why)
        except _RejectedError as rejected:
            tally.reject(rejected.why, name, rejected.detail)
            last = f"{rejected.why}: {rejected.detail}"
            continue
        tally.accepted += 1
        return made
    raise InputError(
        f"{tries} draws of {family.name!r} gave no problem ({last})",
        hint="choose another size, band or kind",
    )


def _offers(family: Family, kind: Kind) -> bool:
    return {
        Kind.RIGHT: True,
        Kind.INCOMPLETE: bool(family.missing),
        Kind.CONTRADICTORY: family.contrary is not None,
        Kind.AMBIGUOUS: family.vague is not None,
    }[kind]


def _drawn(
    name: str,
    family: Family,
    manner: Manner,
    rng: random.Random,
    *,
    kind: Kind,
    selection: Selection,
    attempt: int,
) -> Problem:
    language, where = manner.language, manner.where
    size = selection.size or rng.randint(1, 3)
    if selection.band and attempt:
        size = 1 + attempt % 3
    data = family.draw(rng, size, language)
    sayings, limits, unknown = _sayings(family, kind, rng)
    plain = family.formulation(data, language, limits)
    complexity = count(plain).score()
    if selection.band and not selection.band[0] <= complexity <= selection.band[1]:
        raise _RejectedError("outside the band of complexity", f"{complexity:.1f}")
    told = tell(family, data, manner, rng, sayings=sayings, unknown=unknown)
    wrong = list(acceptance.faults(family, data, told, manner, limits=limits, unknown=unknown))
    if wrong:
        raise _RejectedError("text and model differ", wrong[0])
    formulation = quoted(plain, family, told, limits)
    told_model = with_columns(formulation, told.sheets, where, language)
    tables = tables_of(told) if where in (Where.LONG, Where.WIDE) else {}
    altered = kind is Kind.CONTRADICTORY
    certificate = certified(
        family, data, formulation, told_model, tables, altered=altered, engines=selection.engines
    )
    if certificate.fault:
        raise _RejectedError("no certificate", certificate.fault)
    wanted = "infeasible" if altered else "optimal"
    if certificate.status != wanted:
        raise _RejectedError(f"not {wanted}", certificate.status)
    readings = _readings(family, data, language, certificate) if kind is Kind.AMBIGUOUS else ()
    return Problem(
        id=name,
        family=family.name,
        style=manner.style.name,
        language=LANGUAGES[language],
        where=where,
        kind=kind,
        size=size,
        data=data,
        told=told,
        formulation=formulation,
        told_model=told_model,
        certificate=certificate,
        complexity=round(complexity, 2),
        asks=tuple(sorted(unknown)),
        readings=readings,
    )


def _sayings(
    family: Family, kind: Kind, rng: random.Random
) -> tuple[tuple[Say, ...], tuple[Limit, ...], frozenset[str]]:
    """Sentences, further limits, and numbers that stay unknown, of a kind."""
    said = tuple(family.sentences)
    if kind is Kind.INCOMPLETE:
        return said, (), frozenset({rng.choice(family.missing)})
    if kind is Kind.CONTRADICTORY and family.contrary is not None:
        limit, say = family.contrary
        return (*said[:-1], say, said[-1]), (limit,), frozenset()
    if kind is Kind.AMBIGUOUS and (vague := family.vague) is not None:
        put = Say(vague.key, vague.words)
        return tuple(put if s.key == vague.key else s for s in said), (), frozenset()
    return said, (), frozenset()


def _readings(
    family: Family, data: Data, language: int, certificate: Certificate
) -> tuple[float, ...]:
    """The optima of both meanings; a draw for which they are the same is not ambiguous."""
    vague = family.vague
    assert vague is not None
    limits = [vague.other.get(limit.name, limit) for limit in family.limits]
    second = Family(**{**vars(family), "limits": limits, "own": None})
    other = certified(second, data, second.formulation(data, language))
    if other.fault or other.optimum is None or certificate.optimum is None:
        raise _RejectedError("no second meaning", other.fault or other.status)
    if same(other.optimum, certificate.optimum, 1e-4):
        raise _RejectedError("both meanings come to the same", f"{other.optimum:g}")
    return certificate.optimum, other.optimum


def quoted(
    formulation: Formulation, family: Family, told: WrittenProblem, limits: Sequence[Limit] = ()
) -> Formulation:
    """The formulation with the sentences of the text as the words that it states."""
    words: dict[str, str] = {}
    for sentence in told.sentences:
        words.setdefault(sentence.key, sentence.text.partition("\n")[0])
    by_limit = {limit.name: words.get(limit.sentence, "") for limit in (*family.limits, *limits)}
    constraints = tuple(
        c.model_copy(update={"text": by_limit[c.name]}) for c in formulation.constraints
    )
    objective = formulation.objective.model_copy(update={"text": words.get("objective", "")})
    return formulation.model_copy(update={"constraints": constraints, "objective": objective})


def tables_of(told: WrittenProblem) -> dict[str, Table]:
    """The tables as typed columns. `OptwrightError` for a sheet that cannot be read as one."""
    import csv
    import io

    columns = {}
    for name, text in told.tables.items():
        lines = list(csv.reader(io.StringIO(text)))
        columns[name] = {
            head: [_cell(line[at]) for line in lines[1:]] for at, head in enumerate(lines[0])
        }
    return load(columns)


def _cell(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def row(problem: Problem) -> dict[str, Any]:
    """The problem as a row of a data set."""
    files = {f"{name}.csv": text for name, text in problem.told.tables.items()}
    return {
        "id": problem.id,
        "question": problem.text,
        "answer": problem.label,
        "data": {"files": files} if files else {},
        "family": problem.family,
        "style": problem.style,
        "language": problem.language,
        "where": problem.where.value,
        "kind": problem.kind.value,
        "size": problem.size,
        "complexity": problem.complexity,
        "certificate": list(problem.certificate.by),
        "asks": list(problem.asks),
        "readings": list(problem.readings),
        "formulation": json.loads(problem.formulation.to_json()),
    }
