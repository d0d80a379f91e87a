"""Parameters that take one of given things, or all of them in some order."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.optim.parameter import Json, Scalar, Tunable, distinct_scalars, is_scalar, tagged


class Choice(Tunable[Scalar]):
    """One of `options`, which are distinct JSON scalars. 1, 1.0 and True are different options."""

    kind = "choice"

    def __init__(self, name: str, value: Scalar, options: Sequence[Scalar]) -> None:
        self.options: tuple[Scalar, ...] = distinct_scalars(name, options)
        super().__init__(name, value)

    def check(self, value: object) -> Scalar:
        for option in self.options:
            if type(option) is type(value) and option == value:
                return option
        raise self._refuse(value, f"is not one of {list(self.options)!r}")

    def schema(self) -> dict[str, Json]:
        return {"enum": list(self.options)}

    def _limits(self) -> dict[str, Json]:
        return {"options": list(self.options)}


class Permutation(Tunable[list[Scalar]]):
    """The items of the first value, distinct JSON scalars, in some order. A value is a list."""

    kind = "permutation"

    def __init__(self, name: str, value: Sequence[Scalar]) -> None:
        self.items: tuple[Scalar, ...] = distinct_scalars(name, value)
        super().__init__(name, list(value))

    def _plain(self) -> list[Scalar]:
        return list(super()._plain())  # a copy: what callers do to it stays with them

    def check(self, value: object) -> list[Scalar]:
        given = self._listed(value)
        order = self._known(given)
        if len(order) != len(given):
            raise self._refuse(value, "repeats an item or holds one that does not belong")
        missing = self._missing(order)
        if missing:
            raise self._refuse(value, f"lacks {missing!r}")
        return order

    def project(self, value: object) -> list[Scalar]:
        """Drop repeated and foreign items, then append what is missing in its first order."""
        order = self._known(self._listed(value))
        return order + self._missing(order)

    def schema(self) -> dict[str, Json]:
        return {
            "type": "array",
            "items": {"enum": list(self.items)},
            "minItems": len(self.items),
            "maxItems": len(self.items),
            "uniqueItems": True,
        }

    def _limits(self) -> dict[str, Json]:
        return {"items": list(self.items)}

    def _listed(self, value: object) -> Sequence[object]:
        if not isinstance(value, list | tuple):
            raise self._refuse(value, "is not a list")
        return value

    def _known(self, value: Sequence[object]) -> list[Scalar]:
        """The items of `value` that are ours, each once, in the order of `value`."""
        ours = {tagged(item): item for item in self.items}
        tags = dict.fromkeys(tagged(item) for item in value if is_scalar(item))
        return [ours[tag] for tag in tags if tag in ours]

    def _missing(self, order: Sequence[Scalar]) -> list[Scalar]:
        there = {tagged(item) for item in order}
        return [item for item in self.items if tagged(item) not in there]
