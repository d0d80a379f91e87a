"""An optimized program as files: its values, to be loaded again, and its prompts, to be read,
compared and reverted like code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from optwright.errors import InputError, StorageError
from optwright.optim.acceptance.confidence import Interval
from optwright.optim.parameters import Code, ParameterSpace, Text, Tunable
from optwright.optim.study.runs import Change
from optwright.optim.study.validation import as_space

FORMAT = "optwright program 1"


class Found(Protocol):
    """What is saved of an `Optimum`."""

    @property
    def run(self) -> str: ...

    @property
    def values(self) -> Mapping[str, Any]: ...

    @property
    def score(self) -> float: ...

    @property
    def interval(self) -> Interval | None: ...

    @property
    def accepted(self) -> Sequence[Change]: ...

    @property
    def parameters(self) -> Sequence[Mapping[str, Any]]: ...


def save(found: Found, file: str | Path) -> None:
    """Write values, with the run they are from, its score and how that was estimated, as JSON."""
    interval = found.interval
    content = {
        "format": FORMAT,
        "run": found.run,
        "values": dict(found.values),
        "score": found.score,
        "interval": None if interval is None else [interval.low, interval.high],
        "claim": _claim(found),
        "parameters": list(found.parameters),
    }
    _write(Path(file), json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def load_values(
    file: str | Path, parameters: Iterable[Tunable[Any]] | ParameterSpace
) -> dict[str, Any]:
    """Give parameters the values that `Optimum.save` wrote, and return them.

    All of them or none: a file that cannot be read, lacks a parameter or holds a value that does
    not fit is an `InputError`.
    """
    path = Path(file)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{str(path)!r} is not JSON: {error}") from error
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise InputError(f"{str(path)!r} is no optimized program", hint="write it with result.save")
    space = as_space(parameters)
    values = {name: content["values"][name] for name in space.names if name in content["values"]}
    checked = space.check(values)
    space.update(checked)
    return checked


def write_prompts(found: Found, folder: str | Path) -> list[Path]:
    """Write every text as a prompt file that names its parent, the run and the score.

    A file that is there already under that name becomes the parent: it is kept as `NAME.VERSION.md`
    with the next free number. Code is written as a Python file in the same way.
    """
    place = Path(folder)
    written = []
    kinds = {data["name"]: data["kind"] for data in found.parameters}
    for name, value in found.values.items():
        if kinds.get(name) not in (Text.kind, Code.kind):
            continue
        is_code = kinds[name] == Code.kind
        path = place / f"{name}{'.py' if is_code else '.md'}"
        parent = _set_aside(path)
        facts = {"name": name, "parent": parent, "run": found.run, "score": f"{found.score:.6g}"}
        _write(path, _python(facts, value) if is_code else _markdown(facts, value))
        written.append(path)
    return written


def _claim(found: Found) -> str:
    tests = [(change.evidence or {}).get("test") or {} for change in found.accepted]
    return next((test["claim"] for test in reversed(tests) if test.get("claim")), "")


def _set_aside(path: Path) -> str:
    """Keep an earlier file under a number; its name, or nothing."""
    if not path.exists():
        return ""
    number = 1
    while (kept := path.with_suffix(f".{number}{path.suffix}")).exists():
        number += 1
    try:
        path.rename(kept)
    except OSError as error:
        raise StorageError(f"{str(path)!r} cannot be renamed: {error.strerror}") from error
    return kept.name


def _markdown(facts: Mapping[str, str], text: str) -> str:
    head = "".join(f"{key}: {value}\n" for key, value in facts.items())
    return f"---\n{head}---\n{text}\n"


def _python(facts: Mapping[str, str], source: str) -> str:
    head = "".join(f"# {key}: {value}\n" for key, value in facts.items())
    return f"{head}\n{source.strip()}\n"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{str(path)!r} cannot be written: {error.strerror}") from error
