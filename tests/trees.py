"""Random expression trees, every one of which can be written and read back."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from optwright.solvers.language.expressions import (
    Add,
    Aggregate,
    Binary,
    Call,
    Comparison,
    Condition,
    Expr,
    Generator,
    Junction,
    Membership,
    Negate,
    Not,
    Number,
    Operator,
    Quoted,
    Ref,
)

Item = TypeVar("Item")

WORDS = st.sampled_from(["x", "cost", "_a", "Demand2", "i", "t"])
SETS = st.sampled_from(["I", "J"])
NUMBERS = st.builds(Number, st.floats(0, 1e18) | st.integers(0, 10**6).map(float))
QUOTED = st.builds(Quoted, st.sampled_from(["Lyon", "a b", "it's", 'say "x"', "", "café", "x#1"]))
REFS = st.builds(Ref, WORDS)
OPERATORS: list[Operator] = ["<=", ">=", "==", "!=", "<", ">"]
EXPONENTS = st.builds(Number, st.integers(0, 9).map(float)) | st.builds(Negate, REFS)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Expr:
    """Any tree that can be written: sums are flat, powers are not in exponents."""
    if depth == 0:
        return draw(NUMBERS | REFS)
    part = trees(depth - 1)
    match draw(st.sampled_from(["leaf", "-", "+", "*", "**", "[]", "call", "min", "sum"])):
        case "-":
            return Negate(draw(part))
        case "+":
            first = draw(part.filter(lambda node: not isinstance(node, Add)))
            return Add((first, *draw(st.lists(part, min_size=1, max_size=3))))
        case "*":
            return Binary(draw(st.sampled_from(["*", "/"])), draw(part), draw(part))
        case "**":
            return Binary("**", draw(part), draw(EXPONENTS))
        case "[]":
            return Ref(draw(WORDS), draw(some(part | QUOTED)))
        case "call":
            return Call(draw(st.sampled_from(["abs", "exp", "sqrt"])), (draw(part),))
        case "min":
            return Call(draw(st.sampled_from(["min", "max"])), (draw(part), draw(part)))
        case "sum":
            loops = draw(some(generators(depth - 1)))
            return Aggregate(draw(st.sampled_from(["sum", "min", "max"])), draw(part), loops)
    return draw(NUMBERS | REFS)


@st.composite
def conditions(draw: st.DrawFn, depth: int) -> Condition:
    side = trees(max(depth - 1, 0)) | QUOTED
    match draw(st.sampled_from(["<", "in", "not", "and"][: None if depth else 2])):
        case "<":
            return Comparison(draw(st.sampled_from(OPERATORS)), draw(side), draw(side))
        case "in":
            return Membership(draw(some(side)), draw(SETS | some(side)), draw(st.booleans()))
        case "not":
            return Not(draw(conditions(depth - 1)))
    parts = st.lists(conditions(depth - 1), min_size=2, max_size=3).map(tuple)
    return Junction(draw(st.sampled_from(["and", "or"])), draw(parts))


@st.composite
def generators(draw: st.DrawFn, depth: int = 2) -> Generator:
    return Generator(draw(WORDS), draw(SETS), draw(st.none() | conditions(depth)))


def some(items: st.SearchStrategy[Item]) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(items, min_size=1, max_size=2).map(tuple)
