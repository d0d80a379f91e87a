"""Findings of checks, and the words they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from optwright.errors import FormulationError
from optwright.solvers.model.formulation import Diagnostic, Formulation, Kind, Severity
from optwright.solvers.model.json_places import Path
from optwright.solvers.model.places import Place

MOST_TOLD = 5  # errors of one refusal
MOST_PLACED = 100  # findings whose place in JSON is looked for
_KINDS = (
    "sets",
    "parameters",
    "variables",
    "expressions",
    "further_objectives",
    "goals",
    "constraints",
)


def counted(number: int, what: str = "index") -> str:
    plural = "indices" if what == "index" else f"{what}s"
    return f"one {what}" if number == 1 else f"{number or 'no'} {plural}"


def nearest_name(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'Lyon'?`, or nothing if no known name is like it."""
    near = get_close_matches(name, [*known], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def unreadable(element: str, error: FormulationError) -> Diagnostic:
    hint = f" ({error.hint})" if error.hint else ""
    found = wrong(Kind.UNREADABLE, element, f"cannot be read: {error}{hint}")
    return replace(found, place=error.place, excerpt=error.excerpt)


def at(finding: Diagnostic, text: str, place: tuple[int, int] | None) -> Diagnostic:
    """The finding with its place in a text, where it has none yet."""
    if finding.excerpt or place is None or not text:
        return finding
    found = Place(text, *place)
    return replace(finding, place=str(found), excerpt=found.excerpt)


def wrong(kind: Kind, element: str, words: str, path: Path = ()) -> Diagnostic:
    """An error. `path` is where it stands in the formulation, if not in an expression."""
    return Diagnostic(Severity.ERROR, kind, element, f"{element!r} {words}", path=path)


def odd(kind: Kind, element: str, words: str, path: Path = ()) -> Diagnostic:
    """A warning, with a path as an error has it."""
    return Diagnostic(Severity.WARNING, kind, element, f"{element!r} {words}", path=path)


def placed(formulation: Formulation, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings, each of the first many that is in no expression with its place in JSON: where
    its path leads, or the name of what it is about."""
    bare = [finding for finding in findings if not finding.excerpt][:MOST_PLACED]
    if not bare:
        return list(findings)
    place_of = formulation.places()
    found = dict[int, Diagnostic]()
    for finding in bare:
        place = place_of(finding.path or _named(formulation, finding))
        if place is not None:
            new = replace(finding, place=str(place), excerpt=place.excerpt)
            found[id(finding)] = new
    return [found.get(id(finding), finding) for finding in findings]


def _named(formulation: Formulation, finding: Diagnostic) -> Path:
    """Where the name of an element stands: the last time, where that is what is wrong."""
    paths = [
        (kind, at, "name")
        for kind in _KINDS
        for at, part in enumerate(getattr(formulation, kind))
        if part.name == finding.element
    ]
    if not paths:
        return (finding.element,)  # `objective`, `scenarios`
    return paths[-1 if finding.kind is Kind.DUPLICATE_NAME else 0]


def refuse_errors(found: Iterable[Diagnostic]) -> None:
    """Raise `FormulationError` where there are errors among the findings. It names the first few,
    each with its place, and `excerpt` shows the line and the carets of each."""
    errors = [f for f in found if f.severity is Severity.ERROR]
    if not errors:
        return
    told = "; ".join(finding.placed_message for finding in errors[:MOST_TOLD])
    more = f"; and {len(errors) - MOST_TOLD} more" if len(errors) > MOST_TOLD else ""
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
    raise FormulationError(f"the formulation has {count}: {told}{more}", excerpt=_shown(errors))


def _shown(errors: Sequence[Diagnostic]) -> str:
    """The excerpts of the first few errors; of several, each under its element and place."""
    told = [f for f in errors[:MOST_TOLD] if f.excerpt]
    if len(errors) == 1:
        return "".join(f.excerpt for f in told)
    return "\n".join(f"{f.element!r}, {f.place}:\n{f.excerpt}" for f in told)
