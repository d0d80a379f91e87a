"""Values that a notebook shows. What a problem, a model or a solution looks like is drawn by a room
above them, so the types only ask, and the front door says who answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Renderer(Protocol):
    """Draws a value of any of the types that are `Displayed`."""

    def html(self, value: Displayed) -> str: ...

    def markdown(self, value: Displayed) -> str: ...

    def latex(self, value: DisplayedAsMathematics) -> str: ...


_load: list[Callable[[], Renderer]] = []


def draw_with(load: Callable[[], Renderer]) -> None:
    """Let the renderer that `load` brings draw what notebooks show; it is loaded at first use."""
    _load[:] = [load]


class Displayed:
    """A value that notebooks show as a page instead of its `repr`."""

    def _repr_html_(self) -> str:
        return _load[0]().html(self)

    def _repr_markdown_(self) -> str:
        return _load[0]().markdown(self)


class DisplayedAsMathematics(Displayed):
    """A value that is mathematics, and that notebooks may show as such."""

    def _repr_latex_(self) -> str:
        return _load[0]().latex(self)
