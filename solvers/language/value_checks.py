"""Checks of one declaration by itself: members, values, bounds and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from keyword import iskeyword

from optwright.solvers.language import expressions as ex
from optwright.solvers.language.findings import nearest_name, odd, wrong
from optwright.solvers.model.formulation import Diagnostic, Domain, IndexSet, Kind, Values, Variable
from optwright.solvers.model.json_places import Path

MOST_TOLD = 20  # values for no member that are told one by one


def set_findings(index_set: IndexSet) -> Iterator[Diagnostic]:
    members = list(map(str, index_set.members))
    given = [bool(members), bool(index_set.tuples), index_set.column is not None]
    given.append(bool(index_set.expression))
    path: Path = ("sets", index_set.name)
    if not any(given):
        yield wrong(Kind.NO_VALUES, index_set.name, "has no members")
    if sum(given) > 1:
        words = "has members of its own and a column of a table"
        if index_set.expression:
            words = "is worked out by an expression and has members given as well"
        yield wrong(Kind.DUPLICATE_NAME, index_set.name, words, (*path, "members"))
    if len({*map(len, index_set.tuples)}) > 1:
        words = "has members of different length"
        odd_one = next(
            at for at, t in enumerate(index_set.tuples) if len(t) != len(index_set.tuples[0])
        )
        yield wrong(Kind.INDEX_COUNT, index_set.name, words, (*path, "members", odd_one))
    twice = [pair for pair, count in Counter(index_set.tuples).items() if count > 1]
    if twice:
        words = f"has the member {twice[0]!r} more than once"
        place = _last(index_set.tuples, twice[0])
        yield wrong(Kind.DUPLICATE_NAME, index_set.name, words, (*path, "members", place))
    for member, count in Counter(members).items():
        if count > 1:
            words = f"has the member {member!r} {count} times"
            place = _last(members, member)
            yield wrong(Kind.DUPLICATE_NAME, index_set.name, words, (*path, "members", place))
        if ('"' in member and "'" in member) or "\\" in member or "\n" in member:
            words = f"has the member {member!r}, which cannot be written in an expression"
            place = members.index(member)
            yield odd(Kind.UNKNOWN_MEMBER, index_set.name, words, (*path, "members", place))


def _last(listed: Sequence[object], member: object) -> int:
    return max(at for at, other in enumerate(listed) if other == member)


def is_numeric(index_set: IndexSet | None) -> bool:
    """Whether members may be used as numbers; sets of tables are taken to be, until read."""
    members = index_set.members if index_set else ()
    return all(isinstance(m, int) or m.removeprefix("-").isdigit() for m in members)


def member_findings(element: str, member: str, index_set: IndexSet | None) -> Iterator[Diagnostic]:
    if index_set and index_set.members and member not in map(str, index_set.members):
        hint = nearest_name(member, map(str, index_set.members))
        words = f"uses {member!r}, which is not a member of {index_set.name!r}{hint}"
        yield wrong(Kind.UNKNOWN_MEMBER, element, words)


def depths(values: Values) -> Iterator[int]:
    if not isinstance(values, dict):
        yield 0
        return
    kinds = set(map(type, values.values()))  # a look at each level, not at each of many values
    if kinds != {dict}:
        yield 1
    if dict in kinds:
        inners = (inner for inner in values.values() if isinstance(inner, dict))
        yield from (1 + depth for depth in {d for inner in inners for d in depths(inner)})


def value_findings(
    name: str, values: Values | None, sets: Sequence[IndexSet], above: Path = ()
) -> Iterator[Diagnostic]:
    """Values for no member, and members without a value, where both are written out. `above` is the
    path to the values."""
    above = above or ("parameters", name, "values")
    if not isinstance(values, dict) or not sets:
        return
    members = dict.fromkeys(map(str, sets[0].members))
    told = 0
    for member in values if members else ():
        if member not in members:
            told += 1
            if told > MOST_TOLD:
                break
            hint = nearest_name(member, members)
            words = f"has a value for {member!r}, not a member of {sets[0].name!r}{hint}"
            yield wrong(Kind.UNKNOWN_MEMBER, name, words, (*above, member))
    missing = [member for member in members if member not in values]
    if missing:
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        yield odd(Kind.NO_VALUES, name, f"has no value for {missing[0]!r}{others}", above)
    for member, inner in values.items() if len(sets) > 1 else ():
        yield from value_findings(name, inner, sets[1:], (*above, member))


def bound_findings(variable: Variable) -> Iterator[Diagnostic]:
    lower, upper = variable.lower, variable.upper
    path: Path = ("variables", variable.name)
    if variable.domain is Domain.BINARY:
        if lower not in (0, 1, None) or upper not in (0, 1, None):
            words = f"is binary, so its bounds are 0 and 1, not {lower} and {upper}"
            side = "upper" if lower in (0, 1, None) else "lower"
            yield odd(Kind.BOUNDS, variable.name, words, (*path, side))
        if lower == 1 and upper == 0:
            yield wrong(
                Kind.BOUNDS, variable.name, "is binary with the bounds 1 and 0", (*path, "upper")
            )
        return
    if lower is not None and upper is not None and lower > upper:
        words = f"has a lower bound {lower:g} above its upper bound {upper:g}"
        yield wrong(Kind.BOUNDS, variable.name, words, (*path, "upper"))
    for side, bound in (("lower", lower), ("upper", upper)):
        if variable.domain is Domain.INTEGER and bound is not None and bound != int(bound):
            words = f"is an integer with the fractional bound {bound:g}"
            yield odd(Kind.BOUNDS, variable.name, words, (*path, side))


def reserved_findings(name: str, kind: str) -> Iterator[Diagnostic]:
    if name in ex.FUNCTIONS or name in ex.KEYWORDS or iskeyword(name):
        words = f"is a {kind} named like a word of the language"
        yield wrong(Kind.RESERVED_NAME, name, words)
