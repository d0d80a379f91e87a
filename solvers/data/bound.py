"""A formulation with its data: sets with members, parameters with numbers, numbered variables.

Sparse where the formulation is: what runs over a set of tuples, or is stated for some combinations
of its sets, has exactly these; a parameter of few values over a large product keeps only the few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.errors import FormulationError
from optwright.solvers.data.unread import Unread
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Formulation, Member, Variable
from optwright.solvers.model.linear_model import Floats
from optwright.solvers.model.names import Texts

MAX_ELEMENTS = 20_000_000
"""Of one parameter or one variable, and of one loop nest: 160 MB a column of numbers."""

DENSE_ELEMENTS = 1_000_000  # a parameter over a smaller product is an array whatever it holds

Places = NDArray[np.signedinteger[Any]]
"""One number a combination: a place in a set, a row, an element; -1 for none."""


class BoundSet:
    """Members in order. Two members are the same if their texts are: 3 and "3" are.

    A member of a set of tuples is a tuple, its text `Lyon,Paris`; `parts` are the sets of what
    stands first, second, ... in it, and `codes` the place of each member's part in these. Tuples
    and their texts are put together when somebody reads them.
    """

    def __init__(
        self,
        name: str,
        members: tuple[Member, ...] | NDArray[np.int64] = (),
        parts: tuple[BoundSet, ...] = (),
        codes: tuple[Places, ...] = (),
    ) -> None:
        self.name = name
        self.parts = parts
        self.codes = codes
        self._plain = members
        self.read_from: tuple[object, tuple[str, ...]] | None = None
        """The table whose rows are its tuples, one each and in their order, and the key columns."""

    def named(self, name: str) -> BoundSet:
        """The same members under another name."""
        found = BoundSet(name, self._plain, self.parts, self.codes)
        found.read_from = self.read_from
        return found

    @cached_property
    def members(self) -> tuple[Member | tuple[Member, ...], ...]:
        if isinstance(self._plain, np.ndarray):
            return tuple(self._plain.tolist())
        if not self.parts:
            return self._plain
        columns = (
            [part.members[at] for at in places.tolist()]
            for part, places in zip(self.parts, self.codes, strict=True)
        )
        return tuple(zip(*columns, strict=True))

    @cached_property
    def texts(self) -> Sequence[str]:
        if isinstance(self._plain, np.ndarray):
            return Texts(self._plain)
        if not self.parts:
            return list(map(str, self._plain))
        columns = (
            np.array(list(part.texts), dtype=object)[places].tolist()
            for part, places in zip(self.parts, self.codes, strict=True)
        )
        return list(map(",".join, zip(*columns, strict=True)))

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """The place of each member's text."""
        return {text: at for at, text in enumerate(self.texts)}

    @cached_property
    def _whole(self) -> NDArray[np.int64] | None:
        if isinstance(self._plain, np.ndarray):
            return self._plain
        if self.parts or not {*map(type, self._plain)} <= {int, bool}:
            return None
        return np.array(self._plain, dtype=np.int64)

    @cached_property
    def numbers(self) -> Floats | None:
        """The members as numbers, or None if they are not all whole numbers."""
        return None if self._whole is None else self._whole.astype(np.float64)

    @cached_property
    def _by_number(self) -> tuple[int, Places | None, int] | None:
        """The least member, for each number from it on its place (None where that is the number
        less the least), and how many there are; None where members are not whole numbers that lie
        close together."""
        members = self._whole
        if members is None or not len(members):
            return None
        low, width = int(members.min()), int(members.max() - members.min()) + 1
        if width > 4 * len(members) + 1000:
            return None
        if width == len(members) and np.all(members[1:] > members[:-1]):
            return low, None, width
        places = np.full(width, -1, dtype=np.intp)
        places[members - low] = np.arange(len(members))
        return low, places, width

    def find_numbers(self, wanted: NDArray[np.integer[Any]]) -> Places | None:
        """The place of each number, -1 for none; None where that is not looked up so."""
        if self._by_number is None:
            return None
        low, places, width = self._by_number
        at = wanted - low if low else wanted
        if len(at) and (at.min() < 0 or at.max() >= width):
            inside = (at >= 0) & (at < width)
            found = at if places is None else places[np.where(inside, at, 0)]
            return np.where(inside, found, -1)
        return np.asarray(at, dtype=np.intp) if places is None else places[at]

    def __len__(self) -> int:
        return len(self.codes[0]) if self.parts else len(self._plain)

    @property
    def width(self) -> int:
        """How many indices a member is."""
        return len(self.parts) or 1

    @cached_property
    def _places_in(self) -> dict[int, tuple[BoundSet, Places]]:
        return {}

    def places_in(self, wanted: BoundSet) -> Places:
        """For each member its place in another set, -1 where it is none of it."""
        known = self._places_in.get(id(wanted))
        if known is None or known[0] is not wanted:
            found = None
            if self._whole is not None and len(self):
                found = wanted.find_numbers(self._whole)
            if found is None:
                at = wanted.positions
                found = np.fromiter((at.get(text, -1) for text in self.texts), np.intp, len(self))
            known = self._places_in[id(wanted)] = (wanted, found)
        return known[1]

    @cached_property
    def _own_keys(self) -> NDArray[np.int64]:
        return numbered(self.codes, self._shape)

    @cached_property
    def _sorted_keys(self) -> tuple[NDArray[np.int64], Places]:
        order = np.argsort(self._own_keys)
        return self._own_keys[order], order

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        return tuple(len(part) for part in self.parts)

    def find(self, parts: Sequence[Places]) -> Places:
        """The place of each tuple that is given by the places of its parts; -1 for none."""
        inside = np.all([at >= 0 for at in parts], axis=0)
        if not len(self) or not inside.any():
            return np.full(len(inside), -1, dtype=np.intp)
        wanted = numbered([np.maximum(at, 0) for at in parts], self._shape)
        if inside.all() and np.array_equal(wanted, self._own_keys):
            return np.arange(len(self))  # the rows that the set itself was read from
        keys, order = self._sorted_keys
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(inside & (keys[at] == wanted), order[at], -1)

    @cached_property
    def _by_part(self) -> dict[int, tuple[Places, Places]]:
        return {}

    def by_part(self, at: int) -> tuple[Places, Places]:
        """The members ordered by their part `at`, and for each place in `parts[at]` where its
        members begin (one more at the end)."""
        if at not in self._by_part:
            self._by_part[at] = _grouped(self.codes[at], len(self.parts[at]))
        return self._by_part[at]


@dataclass(frozen=True, eq=False)
class BoundParameter:
    """Numbers over sets, NaN where no value is given; `values` has one axis a set.

    With `flat` only the combinations it numbers (rising, the last index fastest) have a value, that
    of `given`; `values` is then made when it is asked for.
    """

    name: str
    sets: tuple[BoundSet, ...]
    dense: Floats | None
    flat: NDArray[np.int64] | None = None
    given: Floats | None = None
    default: float = float("nan")
    unread: Unread | None = None
    """Cells of the parameter's column that are no numbers; the values there are NaN."""

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.sets))

    @cached_property
    def values(self) -> Floats:
        if self.dense is not None:
            return self.dense
        assert self.flat is not None
        assert self.given is not None
        limit_size(self.name, self.shape)
        values = np.full(self.shape, self.default)
        values.reshape(-1)[self.flat] = self.given
        return values

    @cached_property
    def is_complete(self) -> bool:
        """Whether it is an array and has a value everywhere."""
        return self.dense is not None and not np.isnan(self.dense.min(initial=0.0))

    def at(self, places: Sequence[Places], size: int) -> Floats:
        """The value at each combination of places, NaN where there is none."""
        if not places:
            return np.broadcast_to(np.asarray(self.values), (size,))
        if self.dense is not None:
            return np.asarray(self.dense[tuple(places)])
        assert self.flat is not None
        assert self.given is not None
        if not len(self.flat):
            return np.full(size, self.default)
        wanted = numbered(places, self.shape)
        at = np.minimum(np.searchsorted(self.flat, wanted), len(self.flat) - 1)
        return np.where(self.flat[at] == wanted, self.given[at], self.default)

    def has(self, places: Sequence[Places]) -> NDArray[np.bool_]:
        """Whether each combination of places, all inside the sets, has a value of its own."""
        return ~np.isnan(self.at(places, len(places[0])))

    def places(self) -> tuple[tuple[Places, ...], Floats]:
        """Where there are values, one array a set, and the values."""
        if self.dense is None and np.isnan(self.default):
            assert self.flat is not None
            assert self.given is not None
            found = np.unravel_index(self.flat, self.shape)
            return tuple(np.asarray(at, dtype=np.intp) for at in found), self.given
        given = np.nonzero(~np.isnan(self.values))
        return given, np.asarray(self.values[given])

    @cached_property
    def pair_codes(self) -> tuple[tuple[BoundSet, ...], tuple[Places, ...]]:
        """The sets, and the places in them of every value."""
        return self.sets, self.places()[0]

    @cached_property
    def _by_part(self) -> dict[int, tuple[Places, Places]]:
        return {}

    def by_part(self, at: int) -> tuple[Places, Places]:
        """As `BoundSet.by_part`, of the combinations that have a value."""
        if at not in self._by_part:
            self._by_part[at] = _grouped(self.pair_codes[1][at], len(self.sets[at]))
        return self._by_part[at]


@dataclass(frozen=True, eq=False)
class BoundText:
    """A text attribute: for each combination of its sets a place in `vocabulary`, -1 for none."""

    name: str
    sets: tuple[BoundSet, ...]
    codes: NDArray[np.intp]
    vocabulary: BoundSet

    def has(self, places: Sequence[Places]) -> NDArray[np.bool_]:
        """Whether each combination of places, all inside the sets, has a text."""
        return np.asarray(self.codes[tuple(places)] >= 0)


@dataclass(frozen=True, eq=False)
class BoundVariable:
    """A variable's elements are numbered by its sets, the last index fastest, from `offset`.

    With `support` there are only the combinations it numbers. `lowers` and `uppers` are the bounds
    of each element, where the variable does not have one bound for all.
    """

    variable: Variable
    sets: tuple[BoundSet, ...]
    offset: int
    support: NDArray[np.int64] | None = None
    lowers: Floats | None = None
    uppers: Floats | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.sets))

    @property
    def size(self) -> int:
        return prod(self.shape) if self.support is None else len(self.support)

    def places(self) -> tuple[Places, ...]:
        """The combination of each element, one array a set."""
        flat = np.arange(self.size) if self.support is None else self.support
        if not self.sets:
            return ()
        return tuple(np.asarray(at, dtype=np.intp) for at in np.unravel_index(flat, self.shape))

    def elements(self, places: Sequence[Places]) -> Places:
        """The number of the element of each combination, all inside the sets; -1 where the
        variable has none."""
        if self.support is None and len(places) == 1:
            return places[0] + self.offset if self.offset else places[0]
        flat = numbered(places, self.shape)
        if self.support is None:
            return np.asarray(flat + self.offset, dtype=np.intp)
        if not len(self.support):
            return np.full(len(flat), -1, dtype=np.intp)
        at = np.minimum(np.searchsorted(self.support, flat), len(self.support) - 1)
        return np.where(self.support[at] == flat, at + self.offset, -1)


@dataclass(frozen=True)
class Family:
    """One statement, for every combination its loops leave: the rows of one name.

    What is stated is a comparison, once `linearize` has turned logic into such.
    """

    name: str
    forall: ex.Forall
    statement: ex.Statement

    @property
    def comparison(self) -> ex.Comparison:
        """The comparison it states; logic has to be turned into comparisons before."""
        if not isinstance(self.statement, ex.Comparison):
            raise FormulationError(
                f"{self.name!r} states logic, {ex.to_text(self.statement)!r}, and no one comparison"
            )
        return self.statement


@dataclass(frozen=True, eq=False)
class Instance:
    """A formulation with its data: everything needed to write down any row of it."""

    formulation: Formulation
    sets: Mapping[str, BoundSet]
    parameters: Mapping[str, BoundParameter]
    variables: Mapping[str, BoundVariable]
    objective: ex.Expr
    families: tuple[Family, ...]
    texts: Mapping[str, BoundText] = field(default_factory=dict)
    """Parameters whose values are texts."""
    notes: tuple[str, ...] = ()
    """What was done to make it linear that a reader should know, such as large numbers."""
    readings: tuple[str, ...] = ()
    """Where what is stated was read as something that a solver can tell apart."""

    @property
    def size(self) -> int:
        """How many variables there are, elements counted one by one."""
        return sum(variable.size for variable in self.variables.values())


def element_name(name: str, members: Sequence[Member]) -> str:
    """An element as a reader writes it: `x`, `ship[Lyon,Paris]`."""
    return f"{name}[{','.join(map(str, members))}]" if members else name


def limit_size(name: str, shape: tuple[int, ...]) -> None:
    """Refuse an array that does not fit."""
    if prod(shape) > MAX_ELEMENTS:
        raise FormulationError(
            f"{name!r} would have {prod(shape):,} elements; {MAX_ELEMENTS:,} fit",
            hint="state it over a set of the combinations there are, or with a condition",
        )


def set_of(name: str, texts: Sequence[str] | NDArray[np.int64] | range) -> BoundSet:
    """A set of these texts, which differ; their members are numbers if all are whole ones. Whole
    numbers of at most 15 digits may be given as such."""
    if isinstance(texts, np.ndarray):
        return BoundSet(name, texts)
    if isinstance(texts, range):
        return BoundSet(name, np.arange(texts.start, texts.stop, texts.step, dtype=np.int64))
    if all(map(_is_whole, texts)):
        return BoundSet(name, tuple(map(int, texts)))
    return BoundSet(name, tuple(texts))


def tuples_of(
    name: str,
    columns: Sequence[tuple[Sequence[str] | NDArray[np.int64], Places]],
    as_numbers: Sequence[NDArray[Any]] = (),
) -> BoundSet:
    """A set of tuples, given by the texts of each part and where in these every tuple has its own.

    A tuple that is there twice is a member once. `as_numbers` are the parts of every tuple as
    numbers, where somebody has all of them.
    """
    parts = tuple(set_of(f"{name}.{at}", texts) for at, (texts, _) in enumerate(columns))
    codes = [places for _, places in columns]
    shape = tuple(map(len, parts))
    keys = numbered(codes, shape)
    # Nothing is there twice in a table in the order of its keys, as most are.
    ordered = len(as_numbers) == len(columns) and _rise(as_numbers)
    if not (ordered or np.all(keys[1:] > keys[:-1])) and has_twins(keys):
        _, first = np.unique(keys, return_index=True)
        kept = np.sort(first)
        codes = [at[kept] for at in codes]
    return BoundSet(name, (), parts, tuple(codes))


def factorized(texts: Sequence[str]) -> tuple[list[str], Places]:
    """The different texts in order, and for each text its place among them."""
    places = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return list(places), np.fromiter(map(places.__getitem__, texts), np.intp, len(texts))


def _rise(columns: Sequence[NDArray[Any]]) -> bool:
    """Whether each row comes after the one before, by its first number and then by the next."""
    after = np.zeros(len(columns[0]) - 1, dtype=np.bool_)
    for numbers in reversed(columns):
        before, here = numbers[:-1], numbers[1:]
        after = (here > before) | ((here == before) & after)
    return bool(after.all())


def has_twins(keys: NDArray[np.int64]) -> bool:
    if keys.max(initial=0) < 2**31:
        keys = keys.astype(np.int32)  # sorted in a third of the time
    ordered = np.sort(keys)  # many times faster than the order itself
    return bool((ordered[1:] == ordered[:-1]).any())


def _grouped(codes: Places, size: int) -> tuple[Places, Places]:
    starts = np.zeros(size + 1, dtype=np.intp)
    np.cumsum(np.bincount(codes, minlength=size), out=starts[1:])
    if np.all(codes[1:] >= codes[:-1]):
        return np.arange(len(codes), dtype=np.int32), starts
    # Numbers that hold code and row are sorted in half of the time that their order takes.
    count = len(codes)
    kind = np.dtype(np.uint32 if size * count < 2**32 else np.int64)
    keys = codes.astype(kind) * kind.type(count) + np.arange(count, dtype=kind)
    keys.sort()
    return (keys % kind.type(count)).astype(np.int32), starts


def numbered(places: Sequence[Places], shape: Sequence[int]) -> NDArray[np.int64]:
    """One number a combination, the last index fastest."""
    if prod(map(int, shape)) >= 2**62:
        raise FormulationError(f"a product of {prod(map(int, shape)):,} combinations is too large")
    keys: NDArray[np.int64] = np.asarray(places[0], dtype=np.int64)
    for at, size in zip(places[1:], shape[1:], strict=True):
        keys = keys * size
        keys += at
    return keys


def _is_whole(text: str) -> bool:
    """Whether a member's text is how its number is written; `007` is a name."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 16 and str(int(text)) == text
