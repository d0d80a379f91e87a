"""`max`, `min`, `abs` and broken lines, as linear rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.additions import Loops
from optwright.solvers.backends.linear_products import LinearProducts
from optwright.solvers.backends.linear_rows import MOST_SWITCHED, ONE, negation
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain
from optwright.solvers.model.linear_model import INFINITE, Floats


class LinearExtremes(LinearProducts):
    """Writes extremes and broken lines."""

    def _extreme(self, node: ex.Call | ex.Aggregate, direction: int, loops: Loops) -> ex.Expr:
        """A new variable in the place of a `max`, `min` or `abs`, held from the side that the
        program pushes against, or from both."""
        wanted = -1 if node.function == "min" else 1
        low, high = self._limits(node, loops)
        parts = list(self._parts(node, loops))
        if direction != wanted:
            spans = [self._limits(part, loops + inner) for inner, part in parts]
            reach = [span[0] if wanted == 1 else span[1] for span in spans]
            # A part has loops of its own, so the widest of all is what counts.
            tops, ends = ([high], reach) if wanted == 1 else (reach, [low])
            widest = largest_gap(tops) + largest_gap([-end for end in ends])
            if not widest <= MOST_SWITCHED:
                return node  # no number switches a part off; some solvers take it as it is
        name = self._new.free_name(node.function)
        ref = self._new.variable(
            name,
            loops,
            Domain.CONTINUOUS,
            ex.to_text(node),
            (low, high) if direction != wanted or self._guarded else None,
        )
        if direction in (wanted, 0):
            operator: Literal["<=", ">="] = ">=" if wanted == 1 else "<="
            for at, (inner, part) in enumerate(parts, 1):
                bounded = self._rewrite(part, wanted, loops + inner)
                self._new.row(f"{name}_{at}", loops + inner, ref, operator, bounded)
        if direction != wanted:
            self._hold_back(name, ref, parts, wanted, loops)
        return ref

    def _hold_back(
        self,
        name: str,
        ref: ex.Ref,
        parts: Sequence[tuple[Loops, ex.Expr]],
        wanted: int,
        loops: Loops,
    ) -> None:
        """The variable is one of the parts: the one whose binary is 1."""
        outside, self._guarded = self._guarded, True
        picks = list[ex.Expr]()
        for at, (inner, part) in enumerate(parts, 1):
            if len(parts) == 2 and at == 2 and not inner and not parts[0][0]:
                pick: ex.Expr = negation(picks[0])
            else:
                meaning = f"{name} is {ex.to_text(part)}"
                pick = self._new.variable(
                    self._new.free_name(f"{name}_is"), loops + inner, Domain.BINARY, meaning
                )
            picks.append(ex.Aggregate("sum", pick, inner) if inner else pick)
            bounded = self._rewrite(part, -wanted, loops + inner)
            distance = ex.Add((ref, ex.Negate(bounded)))
            if wanted == -1:
                distance = ex.Add((bounded, ex.Negate(ref)))
            self._below(f"{name}_{at}largest_gap", distance, loops + inner, (pick,), name)
        self._guarded = outside
        if len(parts) == 1 or len(parts) > 2 or any(inner for inner, _ in parts):
            total = picks[0] if len(picks) == 1 else ex.Add(tuple(picks))
            self._new.row(f"{name}_one", loops, total, "==", ONE)

    def _parts(self, node: ex.Call | ex.Aggregate, loops: Loops) -> Iterator[tuple[Loops, ex.Expr]]:
        """What the node is the largest (or smallest) of, each under loops of its own."""
        match node:
            case ex.Call("abs", (operand,)):
                yield (), operand
                yield (), ex.Negate(operand)
            case ex.Call(_, arguments):
                yield from (((), argument) for argument in arguments)
            case ex.Aggregate(_, body, generators):
                self._refuse_nothing(node, loops)
                yield generators, body

    def _refuse_nothing(self, node: ex.Aggregate, loops: Loops) -> None:
        """The largest of no values would be a variable without a limit."""
        frame = self._frame(loops)
        _, parents = self._ground.extend(frame, node.generators)
        if len(np.unique(parents)) < frame.size:
            raise FormulationError(
                f"{self._element!r}: {ex.to_text(node)!r} is taken of nothing",
                hint="leave such combinations out with a condition",
            )

    def _piecewise(self, node: ex.Piecewise, direction: int, loops: Loops) -> ex.Expr:
        """One segment is taken; the argument and the value are those of a point on it. Where the
        line bends the way the program pushes, the segments need no binaries."""
        ats, values = self._ground.points(node, self._frame(loops))
        argument = self._rewrite(node.argument, 0, loops)
        name = self._new.free_name("piecewise")
        length, rise = np.diff(ats, axis=1), np.diff(values, axis=1)
        slope = rise / length
        bends = np.diff(slope, axis=1) * direction
        domain = Domain.BINARY if direction == 0 or np.any(bends < 0) else Domain.CONTINUOUS
        columns = {"from": ats[:, :-1], "at": values[:, :-1], "slope": slope, "length": length}
        loop, (begin, height, steep, long) = self._new.over_positions(
            name, loops, length.shape[1], columns.items()
        )
        inner = (*loops, loop)
        told = f"which segment of {ex.to_text(node)}"
        ones = np.ones(self._frame(inner).size)
        taken = self._new.variable(f"{name}_taken", inner, domain, told, (0.0 * ones, ones))
        along = self._new.variable(
            f"{name}_along",
            inner,
            Domain.CONTINUOUS,
            f"how far along: {told}",
            (0.0 * ones, length.reshape(-1)),
        )
        self._new.row(f"{name}_one", loops, ex.Aggregate("sum", taken, (loop,)), "==", ONE)
        self._new.row(f"{name}_end", inner, along, "<=", ex.Binary("*", long, taken))
        place = ex.Add((ex.Binary("*", begin, taken), along))
        self._new.row(f"{name}_is", loops, argument, "==", ex.Aggregate("sum", place, (loop,)))
        value = ex.Add((ex.Binary("*", height, taken), ex.Binary("*", steep, along)))
        return ex.Aggregate("sum", value, (loop,))


def largest_gap(arrays: Sequence[Floats]) -> float:
    """The largest number of all; of none at all, so small that it decides nothing."""
    return max((float(np.max(array)) for array in arrays if array.size), default=-INFINITE)
