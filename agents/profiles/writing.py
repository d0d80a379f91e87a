"""A profile as the TOML file that `read_profile` reads, written so that a person can edit it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optwright.agents.profiles.profile import Profile
from optwright.errors import StorageError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def profile_text(profile: Profile) -> str:
    """The profile as TOML: what is as it is by default is left out."""
    content = profile.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    if "faults" in content.get("repair", {}):
        content["repair"]["faults"].sort()  # a set has no order of its own
    return "\n".join(_table(content, ())).strip() + "\n"


def write_profile(profile: Profile, file: Path) -> None:
    """Write the profile; an earlier file of that name is replaced. Raises `StorageError`."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(profile_text(profile), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{str(file)!r} cannot be written: {error.strerror}") from error


def _table(content: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    own = [(key, value) for key, value in content.items() if key not in inner]
    if path and (own or not inner):
        yield from ("", f"[{'.'.join(map(_key, path))}]")
    yield from (f"{_key(key)} = {_value(value)}" for key, value in own)
    for key, value in inner.items():
        yield from _table(value, (*path, key))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else f'"{_escaped(key, lines=False)}"'


def _value(value: Any) -> str:  # JSON without nulls
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if "\n" not in value:
            return f'"{_escaped(value, lines=False)}"'
        return f'"""\n{_escaped(value, lines=True)}"""'
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _escaped(text: str, *, lines: bool) -> str:
    """A text within quotes, or with `lines` within three of them."""
    kept = {"\n"} if lines else set()
    return "".join(c if c in kept else _ESCAPED.get(c) or _printed(c) for c in text)


def _printed(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x20 or 0x7F <= code < 0xA0 else character
