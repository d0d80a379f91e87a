"""What people and models write for values and bounds, as the types of `formulation` hold it.

Everything here works on plain JSON, before the types are checked; what it does not know it leaves
as it is, for the check to refuse. A `Misfit` becomes a message of the formulation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from optwright.solvers.model.complaints import Misfit
from optwright.solvers.model.json_places import Path

_YES = frozenset({"yes", "true"})
_NO = frozenset({"no", "false"})


def normalized(data: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter with its values nested by text; texts under `texts`, yes and no as 1 and 0. The
    kind of its numbers may be said of the column that they are read from."""
    changed = _listed_indices(data)
    column = data.get("column")
    if isinstance(column, dict) and "kind" in column and "kind" not in data:
        changed["kind"] = column["kind"]
        changed["column"] = {key: value for key, value in column.items() if key != "kind"}
    return _with_default(_with_values(changed))


def _with_values(data: Mapping[str, Any]) -> dict[str, Any]:
    values, changed = data.get("values"), dict(data)
    if values is not None and data.get("kind") == "text" and data.get("texts") is None:
        return {**changed, "values": None, "texts": _mapped(_nested(values), _key)}
    if values is None or _is_plain(values):
        return changed
    values = _nested(values)
    leaves = list(_leaves(values))
    texts = [leaf for leaf in leaves if isinstance(leaf, str)]
    if texts and all(leaf.strip().lower() in _YES | _NO for leaf in texts):
        if len(texts) == len(leaves):
            values = _mapped(values, lambda leaf: float(leaf.strip().lower() in _YES))
            changed["kind"] = "yes_no"
    elif texts and not all(map(is_number, texts)) and data.get("texts") is None:
        changed |= {"values": None, "texts": _mapped(values, str), "kind": "text"}
        return changed
    if leaves and all(isinstance(leaf, bool) for leaf in leaves):
        changed["kind"] = "yes_no"
    changed["values"] = _mapped(values, _number_of)
    return changed


def _with_default(data: dict[str, Any]) -> dict[str, Any]:
    """A default that is a text is that of an attribute, or yes or no, or a number."""
    default, kind = data.get("default"), data.get("kind")
    if kind == "text" and isinstance(default, int | float):
        return {**data, "default": None, "default_text": f"{default:.15g}"}
    if not isinstance(default, str):
        return data
    word = default.strip().lower()
    if kind != "text" and word in _YES | _NO:
        return {"kind": "yes_no", **data, "default": float(word in _YES)}
    if kind != "text" and is_number(default):
        return data
    if kind in ("number", "yes_no") or data.get("values") is not None:
        raise Misfit(
            f"{data.get('name')!r} has the default {default!r}, which is a text, and its values "
            f"are {'yes or no' if kind == 'yes_no' else 'numbers'}",
            ("default",),
        )
    return {**data, "default": None, "default_text": default, "kind": "text"}


def _listed_indices(data: Mapping[str, Any]) -> dict[str, Any]:
    """`"indices": "I, J"` is two."""
    indices = data.get("indices")
    if not isinstance(indices, str):
        return dict(data)
    return {**data, "indices": [name.strip() for name in indices.split(",") if name.strip()]}


def variable(data: Mapping[str, Any]) -> dict[str, Any]:
    """A variable with bounds that are texts under `lower_expression` and `upper_expression`, and
    with the indices that its `forall` names."""
    changed = _listed_indices(data)
    for side in ("lower", "upper"):
        bound = data.get(side)
        if isinstance(bound, str) and not is_number(bound):
            changed[side] = None
            changed[f"{side}_expression"] = bound
    if data.get("forall") and not data.get("indices"):
        changed["indices"] = _sets_of(str(data["forall"]))
    return changed


def objectives(data: Mapping[str, Any]) -> dict[str, Any]:
    """A formulation with its first objective under `objective` and the others under
    `further_objectives`: several may be a list, under either name. With goals alone nothing else is
    sought. Scenarios may be a list of cases. A `Misfit` where different objectives stand under
    both names: nobody could tell whether the one adds to the others or stands for them."""
    changed = dict(data)
    several = _listed(changed.pop("objectives", None))
    first = _listed(changed.pop("objective", None))
    if first and several not in ([], first):
        raise Misfit(
            "objectives stand under 'objective' and under 'objectives' as well; list all of them "
            "under 'objectives', or leave the one that is sought under 'objective'",
            ("objectives",),
        )
    every = several or first
    if not every and changed.get("goals"):
        every = [{"sense": "minimize", "expression": "0"}]
    if every:
        changed["objective"], *rest = every
        if rest:
            changed["further_objectives"] = (*rest, *(changed.get("further_objectives") or ()))
    if isinstance(changed.get("scenarios"), list | tuple):
        cases = changed.pop("scenarios")
        changed |= {"scenarios": {"cases": cases}} if cases else {}
    return changed


def _listed(part: Any) -> list[Any]:
    """One thing, or a list of them, as a list."""
    if part is None:
        return []
    return list(part) if isinstance(part, list | tuple) else [part]


def lists_by_member(data: Mapping[str, Any]) -> dict[str, Any]:
    """A formulation whose parameters have their lists and matrices by member.

    A list stands for the members of its set in order, so the set must list them here.
    """
    changed = dict(data)
    parameters = data.get("parameters")
    if not isinstance(parameters, list | tuple):
        return changed
    written = (p.get("values") for p in parameters if isinstance(p, dict))
    needed = any(isinstance(values, dict | list | tuple) for values in written)
    members = dict(_members(data.get("sets"))) if needed else {}
    changed["parameters"] = [
        _by_member(part, members) if isinstance(part, dict) else part for part in parameters
    ]
    return changed


def _members(sets: Any) -> Iterator[tuple[str, list[str]]]:
    for part in sets if isinstance(sets, list | tuple) else ():
        name = part.get("name") if isinstance(part, dict) else getattr(part, "name", None)
        listed = part.get("members") if isinstance(part, dict) else getattr(part, "members", ())
        listed = listed or (
            part.get("tuples") if isinstance(part, dict) else getattr(part, "tuples", ())
        )
        if not listed:
            said = part.get("expression") if isinstance(part, dict) else part.expression
            listed = _range(said)
        if isinstance(name, str) and isinstance(listed, list | tuple | range):
            yield name, list(map(_key, listed))


_RANGE = re.compile(r"\s*(-?\d{1,9})\s*\.\.\s*(-?\d{1,9})\s*")
_LONGEST_RANGE = 100_000  # members that a list of values could name one by one


def _range(expression: Any) -> range | tuple[()]:
    """The members of a set that is worked out as `1..12`, from two numbers alone."""
    found = _RANGE.fullmatch(expression) if isinstance(expression, str) else None
    if found is None:
        return ()
    low, high = map(int, found.groups())
    return range(low, high + 1) if high - low < _LONGEST_RANGE else ()


def _pairs_apart(values: Any, indices: list[Any], members: Mapping[str, list[str]]) -> Any:
    """`{"a,b": 3}` over two sets as `{"a": {"b": 3}}`; over a set of tuples it stays."""
    width = len(indices)
    if width < 2 or not isinstance(values, dict) or not values:
        return values
    keys = [str(key).strip("()").split(",") for key in values]
    if any(len(key) != width for key in keys) or any(isinstance(v, dict) for v in values.values()):
        return values
    parts = [[part.strip() for part in key] for key in keys]
    for at, index in enumerate(indices):
        known = members.get(index)
        if known and any(part[at] not in known for part in parts):
            return values
    return _nested({tuple(key): value for key, value in zip(parts, values.values(), strict=True)})


def _by_member(part: dict[str, Any], members: Mapping[str, list[str]]) -> dict[str, Any]:
    values, indices = part.get("values"), _listed_indices(part).get("indices") or []
    if not isinstance(indices, list | tuple) or not all(isinstance(name, str) for name in indices):
        return part  # said where its fields are read
    apart = _pairs_apart(values, list(indices), members)
    if apart is not values:
        return {**part, "values": apart}
    if isinstance(values, list | tuple) or (
        isinstance(values, dict) and any(isinstance(v, list | tuple) for v in values.values())
    ):
        path = ("parameters", str(part.get("name")), "values")
        return {**part, "values": _spread(path, values, list(indices), members)}
    return part


def _spread(path: Path, values: Any, indices: list[str], members: Mapping[str, list[str]]) -> Any:
    if isinstance(values, dict):
        rest = indices[1:]
        return {key: _spread((*path, key), inner, rest, members) for key, inner in values.items()}
    if not isinstance(values, list | tuple):
        return values
    name = path[1]
    if not indices:
        words = f"{name!r} is given as a list, and its indices name no set for it"
        raise Misfit(words, path)
    first, *rest = indices
    known = members.get(first)
    if not known:
        raise Misfit(
            f"{name!r} is given as a list over {first!r}, whose members are not listed; "
            "write its values by member",
            path,
        )
    if len(known) != len(values):
        raise Misfit(
            f"{name!r} is a list of {len(values)} values over {first!r}, which has {len(known)} "
            "members",
            path,
        )
    return {
        member: _spread((*path, at), inner, rest, members)
        for at, (member, inner) in enumerate(zip(known, values, strict=True))
    }


def _is_plain(values: Any) -> bool:
    """Whether values are numbers nested by text already, told at a glance at each level."""
    if not isinstance(values, dict):
        return type(values) in (float, int)
    kinds = set(map(type, values.values()))
    if set(map(type, values)) - {str}:
        return False
    if kinds == {dict}:
        return all(map(_is_plain, values.values()))
    return not kinds - {float, int}


def _nested(values: Any) -> Any:
    """Keys as texts; keys that are tuples as levels of their own."""
    if not isinstance(values, Mapping):
        return values
    nested: dict[str, Any] = {}
    for key, inner in values.items():
        place = nested
        *above, last = key if isinstance(key, tuple) else (key,)
        for part in above:
            place = place.setdefault(_key(part), {})
        place[_key(last)] = _nested(inner)
    return nested


def _key(member: Any) -> str:
    if isinstance(member, list | tuple):
        return ",".join(map(_key, member))
    if isinstance(member, float) and member.is_integer():
        return str(int(member))
    return str(member)


def _leaves(values: Any) -> Iterator[Any]:
    if isinstance(values, Mapping):
        for inner in values.values():
            yield from _leaves(inner)
    elif isinstance(values, list | tuple):
        for inner in values:
            yield from _leaves(inner)
    else:
        yield values


def _mapped(values: Any, change: Any) -> Any:
    if isinstance(values, Mapping):
        return {key: _mapped(inner, change) for key, inner in values.items()}
    if isinstance(values, list | tuple):
        return [_mapped(inner, change) for inner in values]
    return change(values)


def _number_of(leaf: Any) -> Any:
    return float(leaf) if isinstance(leaf, bool) else leaf


def is_number(text: str) -> bool:
    """Whether a text is a number, which a value or a bound may be written as."""
    try:
        float(text)
    except ValueError:
        return False
    return True


_BOUND = re.compile(r"(?:^|,|\bfor\b)\s*(\([\w\s,]+\)|\w+(?:\s*,\s*\w+)*)\s*\bin\s+(\w+)")


def _sets_of(forall: str) -> tuple[str, ...]:
    """The sets of loops, in order: `i in I, (a, b) in A if a != i` names `I` and `A`."""
    loops = forall if re.search(r"\bif\b.*\bfor\b", forall) else re.split(r"\bif\b", forall)[0]
    found = list[str]()
    for bound, over in _BOUND.findall(loops):
        found += [over] * (1 if "(" in bound else bound.count(",") + 1)
    return tuple(found)
