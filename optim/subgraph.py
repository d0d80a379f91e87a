"""The part of a graph between parameters and one output."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from optwright.optim.feedback import Feedback
from optwright.optim.nodes import Node, Value, parents
from optwright.optim.parameters import Tunable


class Subgraph:
    """What lies between the parameters and one output, and what was said about the output.

    `parameters` are those the output depends on, in the order it met them. `nodes` are all nodes
    on a way from one of them to the output, sources first. `values` are the parameters' values at
    the time of `backward`.
    """

    def __init__(self, output: Node, feedback: Feedback, nodes: tuple[Node, ...]) -> None:
        self.output = output
        self.feedback = feedback
        self.nodes = nodes
        self.parameters = [node for node in nodes if isinstance(node, Tunable)]
        self.values: dict[str, Value] = {p.name: p.value for p in self.parameters}

    @property
    def score(self) -> float | None:
        return self.feedback.score


def downstream(nodes: Iterable[Node], is_source: Callable[[Node], bool]) -> tuple[Node, ...]:
    """Those of `nodes` (sources first, all leading to one output) that come from a source."""
    reached: set[int] = set()
    kept = []
    for here in nodes:
        if is_source(here) or not reached.isdisjoint(map(id, parents(here))):
            reached.add(id(here))
            kept.append(here)
    return tuple(kept)
