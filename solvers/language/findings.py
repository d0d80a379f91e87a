"""Findings of checks, and the words they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from optwright.errors import FormulationError
from optwright.solvers.model.formulation import Diagnostic, Kind, Severity


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
    return replace(found, excerpt=error.excerpt)


def wrong(kind: Kind, element: str, words: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, kind, element, f"{element!r} {words}")


def odd(kind: Kind, element: str, words: str) -> Diagnostic:
    return Diagnostic(Severity.WARNING, kind, element, f"{element!r} {words}")
