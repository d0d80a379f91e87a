"""What parameters share whose values are lists of given items: orders of them, or subsets."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.optim.parameter import Scalar, Tunable, distinct_scalars, is_scalar, tagged


class ItemList(Tunable[list[Scalar]]):
    """A list of some of `items`, distinct JSON scalars. 1, 1.0 and True are different items."""

    def __init__(self, name: str, value: Sequence[Scalar], items: Sequence[Scalar]) -> None:
        self.items: tuple[Scalar, ...] = distinct_scalars(name, items)
        super().__init__(name, value)

    def _plain(self) -> list[Scalar]:
        return list(super()._plain())  # a copy: what callers do to it stays with them

    def _listed(self, value: object) -> Sequence[object]:
        if not isinstance(value, list | tuple):
            raise self._refuse(value, "is not a list")
        return value

    def _known(self, value: Sequence[object]) -> list[Scalar]:
        """The items of `value` that are ours, each once, in the order of `value`."""
        ours = {tagged(item): item for item in self.items}
        tags = dict.fromkeys(tagged(item) for item in value if is_scalar(item))
        return [ours[tag] for tag in tags if tag in ours]

    def _missing(self, chosen: Sequence[Scalar]) -> list[Scalar]:
        """The items that are not there, in their own order."""
        there = {tagged(item) for item in chosen}
        return [item for item in self.items if tagged(item) not in there]
