"""Tracing ordinary Python, and going back from a result to the parameters it came from.

`traced` functions and nodes record a graph while a program runs; `backward` returns the part of it
between the parameters and one output. Nothing is registered anywhere: the graph is held by its
values and by the `Trace`, and goes when they go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any, cast

from optwright.errors import InputError
from optwright.optim import picture
from optwright.optim import render as rendering
from optwright.optim.feedback import Feedback
from optwright.optim.nodes import Held, Node, attach, brief, parents
from optwright.optim.operators import ObjectNode, node
from optwright.optim.parameters import Tunable
from optwright.optim.subgraph import Subgraph, downstream
from optwright.optim.traced import FAILED, TracedFunction, carry, traced

__all__ = ["Trace", "TracedFunction", "backward", "carry", "node", "traced"]


class Trace(Subgraph):
    """A subgraph that can be shown, to a model or to a person."""

    def only(self, parameter: Tunable[Any]) -> Trace:
        """The part of the trace between this parameter and the output."""
        kept = downstream(self.nodes, lambda node: node is parameter)
        return Trace(self.output, self.feedback, kept)

    def render(self, tokens: int = 1000, *, steps_only: bool = False) -> str:
        """The trace as text for a prompt, of at most `tokens` tokens by
        `optwright.serving.tokens.most_tokens`. All steps are told with their values whole where
        they fit. `steps_only` leaves out what was said about the output and the parameters."""
        return rendering.render(self, tokens, steps_only=steps_only)

    def mermaid(self, steps: int = 60) -> str:
        """A Mermaid flowchart; beyond `steps` boxes it says how many it left out."""
        return picture.mermaid(self, steps)

    def svg(self, steps: int = 60) -> str:
        """The same picture as an SVG document of its own."""
        return picture.svg(self, steps)


def backward(
    output: object,
    feedback: str | Feedback = "",
    *,
    score: float | None = None,
    direction: Mapping[str, float] | None = None,
) -> Trace:
    """Go back from `output` to the parameters it was made from, in time linear in what was done.

    `output` is a node, a list, tuple or dict that holds nodes, or an exception that a traced
    function raised. `feedback` says in words what should be different; `score` is higher for
    better; `direction` has a sign or a gradient per parameter name. Nothing is stored in the nodes:
    the trace is all there is.

    Raises `InputError` when `output` carries no trace.
    """
    if isinstance(feedback, str):
        feedback = Feedback(score, feedback, direction or {})
    if isinstance(output, BaseException):
        failed = getattr(output, FAILED, None)
        if failed is not None:
            output, feedback = failed, _of_failure(failed, feedback)
    if isinstance(output, tuple | list | dict) and not isinstance(output, Node):
        held = Held(output)
        if held.nodes:
            output = attach(ObjectNode(output), f"{type(output).__name__}()", (held,), None)
    if not isinstance(output, Node):
        raise InputError(
            f"{brief(output)} carries no trace",
            hint="keep it a node, or compute it in a function decorated with @traced",
        )
    nodes = downstream(_ancestors(output), lambda node: isinstance(node, Tunable))
    return Trace(output, feedback, nodes)


def _of_failure(failed: Node, feedback: Feedback) -> Feedback:
    text = "\n".join(part for part in (repr(failed.value), feedback.text) if part)
    score = -inf if feedback.score is None else feedback.score
    return replace(feedback, score=score, text=text)


def _ancestors(output: Node) -> list[Node]:
    """All that `output` was made from and itself, sources first."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[Node | None] = [output]
    while stack:
        here = stack.pop()
        if here is None:  # all sources of the node below this mark are in
            order.append(cast("Node", stack.pop()))
        elif id(here) not in seen:
            seen.add(id(here))
            stack += (here, None)
            stack += parents(here)[::-1]
    return order
