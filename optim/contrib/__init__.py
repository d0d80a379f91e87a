"""Optimizers that are a file each and that the portfolio does not use. A file put here is found
without a list to edit: it is called like the optimizer and has an `OPTIMIZER`, what opens it with a
`Setting`."""

from __future__ import annotations

from pkgutil import iter_modules


def names() -> tuple[str, ...]:
    """The optimizers here, in order."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))
