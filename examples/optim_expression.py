"""An update rule for black-box search as an expression tree, searched without training.

The space is that of Symbol (Chen et al. 2024): trees of at most five layers over a population, its
best member and three others drawn for each, with +, -, * and sign, and constants from -1 to 1 by
0.1. A rule is a `Text` that `Trees`, an optimizer of one's own, draws, crosses and changes; the
functions are those of `evolve/black_box_harness.py`, where differential evolution is scored too.

    python examples/optim_expression.py [EVALUATIONS] [SEED]
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from runpy import run_path
from typing import Any

import numpy as np

import optwright as ow
from optwright.optim.optimizer import Dice, Setting
from optwright.optim.results import Minimum
from optwright.optim.trial import Suggestion, Trial

FIRST = "x + 0.5 * (best - x)"
LEAVES = ("x", "best", "one", "two", "three")
CONSTANTS = tuple(f"{tenths / 10:g}" for tenths in range(-10, 11))
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
}
LAYERS = 5
PARENTS = 20  # the best trees, of which two meet
HARNESS = run_path(str(Path(__file__).parent / "evolve" / "black_box_harness.py"))


def parsed(text: str) -> ast.expr:
    """The tree of a rule. Raises `ValueError` for what is not in the space."""
    tree = ast.parse(text, mode="eval").body
    _demand(tree, LAYERS)
    return tree


def _demand(node: ast.expr, layers: int) -> None:
    if layers == 0:
        raise ValueError(f"a rule has more than {LAYERS} layers")
    match node:
        case ast.Name(id=name) if name in LEAVES:
            return
        case ast.Constant(value=int() | float()):
            return
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            _demand(left, layers - 1)
            _demand(right, layers - 1)
        case ast.Call(func=ast.Name(id="sign"), args=[inner], keywords=[]):
            _demand(inner, layers - 1)
        case _:
            raise ValueError(f"{ast.unparse(node)} is not in the space")


def rule_of(text: str) -> Callable[..., Any]:
    """The rule as a function of a population, its best member, three others and two draws."""
    tree = parsed(text)

    def look(x: Any, *others: Any) -> Any:
        at = dict(zip(LEAVES, (x, *others), strict=False))  # the random numbers are not used
        return np.broadcast_to(_value(tree, at), x.shape)

    return look


def _value(node: ast.expr, at: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return at[name]
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, at), _value(right, at))
        case ast.Call(args=[inner]):
            return np.sign(_value(inner, at))
    return ast.literal_eval(node)


def layers(text: str) -> int:
    """How many a tree has."""

    def of(node: ast.expr) -> int:
        return 1 + max(map(of, _below(node)), default=0)

    return of(ast.parse(text, mode="eval").body)


def drawn(roll: Random, layers: int) -> str:
    """A tree at random, of at most so many layers."""
    if layers == 1 or roll.random() < 0.3:
        return roll.choice(LEAVES if roll.random() < 0.7 else CONSTANTS)
    if roll.random() < 0.1:
        return f"sign({drawn(roll, layers - 1)})"
    return f"({drawn(roll, layers - 1)} {roll.choice('+-*')} {drawn(roll, layers - 1)})"


def crossed(one: str, other: str, roll: Random) -> str:
    """One tree with a part of the other, or a new part, in the place of one of its own."""
    tree = parsed(one)
    fresh = parsed(drawn(roll, 3)) if roll.random() < 0.5 else roll.choice(_parts(parsed(other)))
    return ast.unparse(_with(tree, roll.choice(_parts(tree)), fresh))


def _parts(tree: ast.expr) -> list[ast.expr]:
    """A tree and all trees in it; a negative number is one part."""
    return [tree, *(part for below in _below(tree) for part in _parts(below))]


def _below(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(args=args):
            return args
    return []


def _with(tree: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    """The tree with one part replaced."""
    if tree is old:
        return new
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(_with(left, old, new), op, _with(right, old, new))
        case ast.Call(func=func, args=[inner]):
            return ast.Call(func, [_with(inner, old, new)], [])
    return tree


class Trees:
    """Evolution of expression trees: a new one now and then, else two of the best are crossed."""

    name = "trees"

    def __init__(self, setting: Setting) -> None:
        self.space, self.dice = setting.space, Dice(setting.seed, self.name)
        self.trials: list[Trial] = []
        self.seen: set[str] = set()

    def ask(self, n: int = 1) -> list[Suggestion]:
        return [Suggestion({"rule": self._next()}, self.name) for _ in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.trials += trials
        self.seen |= {trial.values["rule"] for trial in trials}

    def state(self) -> int:
        return self.dice.rolled

    def restore(self, state: int, trials: Sequence[Trial]) -> None:
        self.dice.rolled, self.trials, self.seen = state, [], set()
        self.tell(trials)

    def _next(self) -> str:
        best = sorted((t for t in self.trials if not t.failed), key=lambda t: -t.score)[:PARENTS]
        while True:
            roll = self.dice.roll()
            if roll.random() < 0.2 or len(best) < 2:
                text = ast.unparse(parsed(drawn(roll, LAYERS)))
            else:
                text = crossed(*(t.values["rule"] for t in roll.sample(best, 2)), roll)
            if layers(text) <= LAYERS and text not in self.seen:
                self.seen.add(text)
                return text


def search(evaluations: int, seed: int = 0, train: Any = HARNESS["TRAIN"]) -> Minimum:
    """The best rule on the training cases."""

    def cost(rule: str) -> float:
        return -float(HARNESS["of_rule"](rule_of(rule), train))

    budget = ow.Budget(evaluations=evaluations)
    rule = ow.Text("rule", FIRST, max_chars=400)
    return ow.minimize(cost, [rule], optimizer=Trees, budget=budget, seed=seed)


def main() -> None:
    evaluations, seed = (*map(int, sys.argv[1:]), *(1000, 0)[len(sys.argv) - 1 :])
    found, test = search(evaluations, seed), HARNESS["TEST"]
    rules = {
        "first": rule_of(FIRST),
        "found": rule_of(found.values["rule"]),
        "DE": HARNESS["differential_evolution"],
    }
    print(found.values["rule"])  # noqa: T201
    print(f"minus log10 of the error: {-found.score:.2f} on the cases of the search")  # noqa: T201
    for name, rule in rules.items():
        print(f"{name}: {HARNESS['of_rule'](rule, test):.2f} on unseen cases")  # noqa: T201


if __name__ == "__main__":
    main()
