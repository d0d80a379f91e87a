"""Parameters that take one of given things, or all of them in some order."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.optim.item_lists import ItemList
from optwright.optim.parameter import Json, Scalar, Tunable, distinct_scalars


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


class Permutation(ItemList):
    """The items of the first value, distinct JSON scalars, in some order. A value is a list."""

    kind = "permutation"

    def __init__(self, name: str, value: Sequence[Scalar]) -> None:
        super().__init__(name, list(value), value)

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
