"""Records inside of records, as JSON has them: `place.city` for what a record says of one thing,
a table of its own for what it lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Record = Mapping[str, object]


@dataclass
class Flat:
    """Records without others inside, and those that were listed in them by the name of the list."""

    records: list[dict[str, object]] = field(default_factory=list)
    lists: dict[str, list[dict[str, object]]] = field(default_factory=dict)


def is_nested(records: Sequence[Record]) -> bool:
    return any(_is_inner(value) for record in records for value in record.values())


def flatten(name: str, records: Sequence[Record]) -> Flat:
    """Records one level deep. What a record lists gets the key of the record in front: its first
    field that tells the records of `name` apart, or else its number, called `row`."""
    flat = Flat([_flat(record) for record in records])
    lists = list(dict.fromkeys(h for r in flat.records for h, v in r.items() if _is_list(v)))
    if not lists:
        return flat
    key = _key(flat.records)
    parent = name.rpartition(".")[2]
    for head in lists:
        rows = flat.lists.setdefault(head, [])
        for at, record in enumerate(flat.records, 1):
            listed = record.pop(head, None)
            own = record.get(key) if key else at
            for item in listed if isinstance(listed, Sequence) else ():
                content = item if isinstance(item, Mapping) else {head.rpartition(".")[2]: item}
                called = key or "row"
                called = f"{parent}.{called}" if called in content else called
                rows.append({called: own, **content})
    flat.lists = {head: rows for head, rows in flat.lists.items() if rows}
    return flat


def by_key(content: Mapping[str, object]) -> list[dict[str, object]] | None:
    """Records by their key, `{"Lyon": {"demand": 3}, "Metz": {"demand": 4}}`, as records with a
    field `name`; None where they do not all say the same of their keys."""
    records = list(content.values())
    if len(records) < 2 or not all(isinstance(r, Mapping) and r for r in records):
        return None
    heads = {tuple(r) for r in records if isinstance(r, Mapping)}
    if len(heads) != 1 or any(
        _is_inner(value) for r in records if isinstance(r, Mapping) for value in r.values()
    ):
        return None
    called = "name" if "name" not in next(iter(heads)) else "key"
    return [
        {called: key, **record} for key, record in content.items() if isinstance(record, Mapping)
    ]


def _flat(record: Record, before: str = "") -> dict[str, object]:
    found = dict[str, object]()
    for head, value in record.items():
        called = f"{before}{head}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{called}.")
        else:
            found[called] = value
    return found


def _key(records: Sequence[Record]) -> str:
    for head in records[0] if records else ():
        values = [record.get(head) for record in records]
        if all(isinstance(v, str | int) and v != "" for v in values) and len(set(values)) == len(
            values
        ):
            return head
    return ""


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_inner(value: object) -> bool:
    return isinstance(value, Mapping) or _is_list(value)
