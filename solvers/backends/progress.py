"""What a solver tells while it works: a better point, a better bound, that it has returned.

The solver process passes it on to ours, so that neither a limit, nor a kill, nor an interrupt loses
a point. An adapter asks `listener` who listens when it begins; in-process nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from optwright.solvers.model.linear_model import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SolverEvent:
    """`point`: `x` is a better one, in the columns of the model; NaN for one that is in no row and
    not in the objective of a model without arrays. `bound`: nothing new but that. `log`: what the
    solver wrote of a point that it keeps to itself, and of its bound.
    `returned`: what follows is our own work, and the clock stands. `resumed`: it runs again.

    Objective and bound are the model's own, None where they are not known."""

    kind: Literal["point", "bound", "log", "returned", "resumed"]
    objective: float | None = None
    bound: float | None = None
    x: Floats | None = None


Listener = Callable[[SolverEvent], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener | None:
    """Who listens to the solve that begins now."""
    return _listener.get()


def tell(kind: Literal["returned", "resumed"]) -> None:
    """Say that the solver has returned, or that it is asked once more."""
    if (on_event := _listener.get()) is not None:
        on_event(SolverEvent(kind))


@dataclass(frozen=True, slots=True)
class Control:
    """What steers a solve from outside: it asks on its way, in its own thread.

    `goes_on` says whether it shall, and may take its time to answer: so long the solve stands
    still. `offers` gives a point that was found elsewhere, in the columns of the model, once.
    """

    goes_on: Callable[[], bool]
    offers: Callable[[], Floats | None]


_control: ContextVar[Control | None] = ContextVar("control", default=None)


def control() -> Control | None:
    """What steers the solve that begins now."""
    return _control.get()


@contextmanager
def controlled_by(steered: Control) -> Iterator[None]:
    """Steer the solves inside the `with` block."""
    token = _control.set(steered)
    try:
        yield
    finally:
        _control.reset(token)


@contextmanager
def listened_by(on_event: Listener | None) -> Iterator[None]:
    """Call `on_event` with what the solves inside the `with` block tell; None has nobody listen."""
    token = _listener.set(on_event)
    try:
        yield
    finally:
        _listener.reset(token)
