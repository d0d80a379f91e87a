"""Parameters that choose among given things: a subset, and demonstrations for a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optwright.errors import InputError
from optwright.optim.item_lists import ItemList
from optwright.optim.nodes import note_read
from optwright.optim.parameter import Json, Scalar, distinct_scalars

SHOWN_CHARS = 160  # of a demonstration, where a proposer chooses among them


class Subset(ItemList):
    """Some of `items`, distinct JSON scalars: at least `least`, at most `most` of them.

    A value is a list in the order of `items`, whatever the order it was given in: a set of tools,
    the columns of a table, the checks that run.
    """

    kind = "subset"

    def __init__(
        self,
        name: str,
        value: Sequence[Scalar],
        items: Sequence[Scalar],
        *,
        least: int = 0,
        most: int | None = None,
    ) -> None:
        count = len(distinct_scalars(name, items))
        self.least, self.most = least, count if most is None else most
        if not 0 <= self.least <= self.most <= count:
            raise InputError(
                f"{name}: from {least!r} to {most!r} of {count} items cannot be chosen"
            )
        super().__init__(name, value, items)

    def check(self, value: object) -> list[Scalar]:
        given = self._listed(value)
        chosen = self._known(given)
        if len(chosen) != len(given):
            raise self._refuse(value, "repeats an item or holds one that does not belong")
        if not self.least <= len(chosen) <= self.most:
            raise self._refuse(value, f"does not hold {self.least} to {self.most} items")
        return chosen

    def project(self, value: object) -> list[Scalar]:
        """Drop repeated and foreign items and those beyond `most`; add the first ones missing."""
        chosen = self._known(self._listed(value))[: self.most]
        more = self._missing(chosen)
        return self._known([*chosen, *more[: max(0, self.least - len(chosen))]])

    def schema(self) -> dict[str, Json]:
        return {
            "type": "array",
            "items": {"enum": list(self.items)},
            "minItems": self.least,
            "maxItems": self.most,
            "uniqueItems": True,
        }

    def _limits(self) -> dict[str, Json]:
        return {"items": list(self.items), "least": self.least, "most": self.most}

    def _known(self, value: Sequence[object]) -> list[Scalar]:
        """The items of `value` that are ours, each once, in the order of `items`."""
        left_out = self._missing(super()._known(value))
        return self._missing(left_out)


class Demos(Subset):
    """Few-shot demonstrations: at most `most` examples of a pool, shown where the parameter stands
    in an f-string.

    `pool` holds pairs (input, output), mappings or texts; take it from examples that are not among
    those that decide, or their answers stand in the prompt. A value is a list of places in the
    pool, from 0 on, and `str()` or an f-string gives the text: one demonstration after the other,
    pairs as `form`.

    >>> demos = Demos("demos", [("2 + 2", "4"), ("3 + 5", "8")], [1])
    >>> print(f"{demos}")
    3 + 5
    -> 8
    """

    kind = "demos"

    def __init__(
        self,
        name: str,
        pool: Sequence[Any],
        value: Sequence[int] = (),
        *,
        most: int = 4,
        least: int = 0,
        form: str = "{input}\n-> {output}",
    ) -> None:
        self.form = form
        self.pool = tuple(_shown(name, item, form) for item in pool)
        if not self.pool:
            raise InputError(f"{name}: there are no demonstrations in the pool")
        places = range(len(self.pool))
        super().__init__(name, value, list(places), least=least, most=min(most, len(self.pool)))

    @property
    def chosen(self) -> list[str]:
        """The demonstrations in use, as texts."""
        note_read(self)
        return [self.pool[place] for place in self._plain()]  # type: ignore[index]  # whole numbers

    def __str__(self) -> str:
        return "\n\n".join(self.chosen)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def schema(self) -> dict[str, Json]:
        listed = (f"{i}: {text[:SHOWN_CHARS]!r}" for i, text in enumerate(self.pool))
        return {**super().schema(), "description": "places of: " + "; ".join(listed)}

    def _limits(self) -> dict[str, Json]:
        return {"pool": list(self.pool), "least": self.least, "most": self.most}


def _shown(name: str, item: object, form: str) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, tuple) and len(item) == 2:
        return form.format(input=item[0], output=item[1])
    if isinstance(item, Mapping):
        return "\n".join(f"{key}: {value}" for key, value in item.items())
    raise InputError(
        f"{name}: {item!r} is no demonstration", hint="a pair (input, output), a mapping or a text"
    )
