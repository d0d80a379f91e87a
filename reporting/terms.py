"""What each part of the objective comes to at the answer: cost by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optwright.errors import OptwrightError
from optwright.reporting.structure import terms
from optwright.solvers.language import expressions as ex

if TYPE_CHECKING:
    from optwright.reporting.facts import Facts
    from optwright.solvers.model.formulation import Formulation

MOST_TERMS = 24


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the objective: what it is about, its mathematics, and what it comes to."""

    label: str
    formula: str
    value: float


def objective_terms(facts: Facts) -> tuple[Term, ...]:
    """The parts of a plain objective that are not zero, in its order; nothing where it is one
    part alone or cannot be worked out."""
    model = facts.solution.formulation
    if model is None or facts.evaluation is None or not facts.solution.status.has_solution:
        return ()
    if len(model.objectives) + len(model.goals) > 1 or model.scenarios is not None:
        return ()
    try:
        parts = _parts(model)
        if not 2 <= len(parts) <= MOST_TERMS:
            return ()
        nodes = [ex.Negate(node) if sign < 0 else node for sign, node in parts]
        _, values = facts.evaluation.table(nodes, facts.solution.variables, ex.Forall())
    except OptwrightError:
        return ()
    labels = _distinct([_label(node, model) for _, node in parts], parts)
    found = zip(labels, nodes, values, strict=True)
    terms_found = [Term(label, ex.to_text(node), float(value[0])) for label, node, value in found]
    return tuple(t for t in terms_found if abs(t.value) > 1e-9)


def _parts(model: Formulation) -> list[tuple[int, ex.Expr]]:
    """What the objective adds up; a name that stands for a sum is taken apart once."""
    found = list(terms(ex.parse(model.objective.expression), 1))
    named = {stated.name: stated for stated in model.expressions if not stated.forall}
    if len(found) == 1 and isinstance(found[0][1], ex.Ref) and found[0][1].name in named:
        sign, ref = found[0]
        assert isinstance(ref, ex.Ref)
        found = list(terms(ex.parse(named[ref.name].expression), sign))
    return found


def _label(node: ex.Expr, model: Formulation) -> str:
    """What a part is about: the meaning of the data it multiplies, or of its decisions."""
    meanings = {e.name: e.meaning or e.name.replace("_", " ") for e in model.expressions}
    given = {p.name: p.meaning or p.name.replace("_", " ") for p in model.parameters}
    chosen = {v.name: v.meaning or v.name.replace("_", " ") for v in model.variables}
    used = list(dict.fromkeys(n.name for n in ex.walk(node) if isinstance(n, ex.Ref)))
    for known in (meanings, given, chosen):
        if said := [known[name] for name in used if name in known]:
            return " and ".join(said[:2])
    return ex.to_text(node)


def _distinct(labels: list[str], parts: list[tuple[int, ex.Expr]]) -> list[str]:
    """Labels told apart by their mathematics where two are the same."""
    return [
        label if labels.count(label) == 1 else f"{label}: {ex.to_text(node)}"
        for label, (_, node) in zip(labels, parts, strict=True)
    ]
