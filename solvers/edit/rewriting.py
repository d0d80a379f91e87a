"""Changing expressions as trees: new names, new limits, new coefficients.

What comes out is text of the expression language again. Nothing here knows formulations.
"""

from __future__ import annotations

from collections.abc import Callable

from optwright.solvers.language.expressions import (
    parse,
    parse_constraint,
    parse_forall,
    parse_set,
    to_text,
)
from optwright.solvers.language.notation import set_text
from optwright.solvers.language.transform import renamed
from optwright.solvers.model.syntax import (
    Add,
    Binary,
    Comparison,
    Expr,
    Negate,
    Number,
    Ref,
    Statement,
)

Rename = Callable[[str], str]


def renamed_expression(text: str, rename: Rename) -> str:
    """The expression with every name replaced by what `rename` makes of it."""
    return to_text(renamed(parse(text), rename))


def renamed_constraint(text: str, rename: Rename) -> str:
    """The comparison, chain of comparisons or statement of logic, with its names replaced."""
    return statement_text(tuple(renamed(part, rename) for part in parse_constraint(text)))


def renamed_set(text: str, rename: Rename) -> str:
    """What a set is worked out from, with the names it uses replaced."""
    return set_text(renamed(parse_set(text), rename))


def renamed_forall(text: str, rename: Rename) -> str:
    """The loops of a constraint with the names they use replaced."""
    loops = parse_forall(text)
    return to_text(renamed(loops, rename)) if loops.generators else ""


def statement_text(statements: tuple[Statement, ...]) -> str:
    """What a constraint states, written the same way whoever wrote it."""
    chain = tuple(part for part in statements if isinstance(part, Comparison))
    return chain_text(chain) if len(chain) == len(statements) else to_text(statements[0])


def chain_text(chain: tuple[Comparison, ...]) -> str:
    """`a <= b`, or `a <= b <= c` for two comparisons that share their middle."""
    first, *rest = chain
    return to_text(first) + "".join(f" {c.operator} {to_text(c.right)}" for c in rest)


def literal(node: Expr) -> float | None:
    """The number a node is written as, or None if it is not a number alone.

    >>> literal(parse("-3")), literal(parse("2*x"))
    (-3.0, None)
    """
    match node:
        case Number(value):
            return value
        case Negate(Number(value)):
            return -value
    return None


def number(value: float) -> Expr:
    """The tree of a number; negative ones are a sign and a literal."""
    return Negate(Number(-value)) if value < 0 else Number(value)


def coefficients(node: Expr) -> dict[Ref, float]:
    """What each element is multiplied by, where the text says so in one place with a number.

    Elements of loops are left out, and so is what stands in more than one term.

    >>> coefficients(parse("6*regular + 9*gift - van"))[Ref("van")]
    -1.0
    """
    found: dict[Ref, float] = {}
    twice: set[Ref] = set()
    for term in terms(node):
        split = _split(term)
        if split is not None:
            factor, element = split
            if element in found:
                twice.add(element)
            found[element] = factor
    return {element: factor for element, factor in found.items() if element not in twice}


def with_coefficient(node: Expr, element: Ref, value: float) -> Expr:
    """The sum with another coefficient for an element that `coefficients` lists."""
    changed = []
    for term in terms(node):
        split = _split(term)
        mine = split is not None and split[1] == element
        changed.append(Binary("*", number(value), element) if mine else term)
    return changed[0] if len(changed) == 1 else Add(tuple(map(_tidy, changed)))


def terms(node: Expr) -> tuple[Expr, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _split(term: Expr) -> tuple[float, Ref] | None:
    """A term as factor and element."""
    match term:
        case Ref():
            return 1.0, term
        case Negate(operand):
            inner = _split(operand)
            return None if inner is None else (-inner[0], inner[1])
        case Binary("*", left, Ref() as element) if (factor := literal(left)) is not None:
            return factor, element
        case Binary("*", Ref() as element, right) if (factor := literal(right)) is not None:
            return factor, element
    return None


def _tidy(term: Expr) -> Expr:
    """`- 3*x` for a term with a negative number, as people write it inside a sum."""
    match term:
        case Binary("*", Negate(Number() as size), element):
            return Negate(Binary("*", size, element))
    return term
