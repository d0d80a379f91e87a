"""Answers that are no single number: held against what a row's source says must be true of them.

    FaithConstraint   prices that keep every rule of the source, or a question what is wanted: the
                      texts name no objective. A value for a price that breaks a rule is wrong.
    DCP-Bench         rows that ask for values and have exactly one solution: the values are it.

Rows of satisfaction problems with several solutions would need their source's own program, which
is not read here; they stay without a score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optwright.benchmarks.system import Attempt, Claim
from optwright.benchmarks.task import Task

_NEAR = 1e-6
_OFFSETS = (0.0, 1.0, -1.0)
"""Places may be counted from 0 or from 1 where a choice among places is decoded."""


def validated(attempt: Attempt, task: Task) -> bool | None:
    """Whether the attempt's values are right by the row; None where the row has no validator."""
    reference = task.row.get("reference") or {}
    rules = reference.get("gold_constraints")
    if rules and reference.get("feasible"):
        return _keeps(attempt, rules)
    solution = reference.get("example_solution")
    if solution and reference.get("satisfaction") and reference.get("unique_solution"):
        return attempt.status is Claim.OPTIMAL and is_solution(attempt.values, solution)
    return None


def _keeps(attempt: Attempt, rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether prices keep all rules, or the system asked for what the text leaves out."""
    if attempt.status is Claim.NONE:
        return bool(attempt.questions)
    if attempt.status is not Claim.OPTIMAL:
        return False
    names = {name for rule in rules for name in rule["terms"]}
    point = _by_name(attempt.values, names)
    return point is not None and all(_holds(rule, point) for rule in rules)


def _by_name(values: Mapping[str, float], names: set[str]) -> dict[str, float] | None:
    """The attempt's value of each name of the source: by name, or, of a single one, the only
    value that there is."""
    plain = {_plain(name): value for name, value in values.items()}
    if len(names) == 1 and len(plain) == 1:
        return dict.fromkeys(names, next(iter(plain.values())))
    found = {name: plain[_plain(name)] for name in names if _plain(name) in plain}
    return found if len(found) == len(names) else None


def _holds(rule: Mapping[str, Any], point: Mapping[str, float]) -> bool:
    found = sum(weight * point[name] for name, weight in rule["terms"].items())
    room = _NEAR * max(1.0, abs(rule["rhs"]))
    if rule["sense"] == "<=":
        return bool(found <= rule["rhs"] + room)
    if rule["sense"] == ">=":
        return bool(found >= rule["rhs"] - room)
    return bool(abs(found - rule["rhs"]) <= room)


def is_solution(values: Mapping[str, float], solution: Mapping[str, Any]) -> bool:
    """Whether values by element are a solution: each part of it is a decision of that name, or,
    where it lists several values, any decision that has them in order or chooses them place by
    place.

    >>> is_solution({"seat[a]": 2.0, "seat[b]": 1.0}, {"positions": [2, 1]})
    True
    """
    families = dict(_families(values))
    plain = {_plain(name): listed for name, listed in families.items()}
    for name, part in solution.items():
        wanted = list(_flat(part))
        named = plain.get(_plain(name))
        tried = [named] if named is not None else []
        if len(wanted) > 1:
            tried += [*families.values(), *_chosen(values)]
        elif len(solution) == 1 and len(families) == 1:
            tried += families.values()
        if not any(_same(found, wanted) for found in tried):
            return False
    return True


def _families(values: Mapping[str, float]) -> Iterator[tuple[str, list[float]]]:
    listed: dict[str, list[float]] = {}
    for element, value in values.items():
        listed.setdefault(element.partition("[")[0], []).append(value)
    yield from listed.items()


def _chosen(values: Mapping[str, float]) -> Iterator[list[float]]:
    """Decisions that choose one of several for each member, as what they choose."""
    places: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for element, value in values.items():
        name, _, inside = element.partition("[")
        first, comma, second = inside.rstrip("]").partition(",")
        if comma and value in (0.0, 1.0):
            places.setdefault(name, {}).setdefault(first, []).append((second, value))
    for family in places.values():
        ones = [[n for n, (_, v) in enumerate(row) if v] for row in family.values()]
        if not all(len(row) == 1 for row in ones):
            continue
        members = [row[at[0]][0] for row, at in zip(family.values(), ones, strict=True)]
        numbers = all(re.fullmatch(r"-?\d+(\.\d+)?", m) for m in members)
        found = [float(m) if numbers else float(at[0]) for m, at in zip(members, ones, strict=True)]
        yield from ([value + offset for value in found] for offset in _OFFSETS)


def _flat(part: Any) -> Iterator[float]:
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from _flat(inner)
    else:
        yield float(part)


def _same(found: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(found) == len(wanted) and all(
        abs(a - b) <= _NEAR * max(1.0, abs(b)) for a, b in zip(found, wanted, strict=True)
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
