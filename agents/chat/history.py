"""The history of a model as a tree: undo, redo, names, branches, trials.

Versions are never rewritten. Undo goes to the parent, redo back to where undo came from, and a
change after an undo opens a branch beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from optwright.agents.chat.store import Version
from optwright.errors import InputError
from optwright.solvers.data.table import did_you_mean

_MOST_DIGITS = 9  # of a version's number


@dataclass(frozen=True)
class History:
    """Where the model stands among its versions. `current` is 0 before the first."""

    versions: tuple[Version, ...] = ()
    current: int = 0
    redo: tuple[int, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, version: int) -> Version:
        return self.versions[version - 1]

    @property
    def next_id(self) -> int:
        return len(self.versions) + 1

    def with_version(self, version: Version) -> History:
        """The history with a new version, which does not stand yet."""
        return replace(self, versions=(*self.versions, version))

    def at(self, version: int) -> History:
        """The history with another version standing; what was undone cannot be redone."""
        return replace(self, current=version, redo=())

    def moved(self, steps: int) -> History:
        """Some steps back (negative) or forth; `InputError` where the history ends."""
        history = self
        for _ in range(abs(steps)):
            history = history._undone() if steps < 0 else history._redone()
        return history

    def named(self, name: str, version: int) -> History:
        """The history with a name for a version; the name moves if it was another's."""
        name = name.strip()
        if not name or name.isdigit() or len(name) > 60:
            raise InputError(f"{name!r} cannot name a version", hint="use a short word or two")
        return replace(self, names={**self.names, name: version})

    def find(self, reference: str) -> int:
        """The version of that number or name; `InputError` for none."""
        wanted = reference.strip().strip("\"'")
        number = wanted.lower().removeprefix("version").removeprefix("#").strip()
        few = number.isdecimal() and len(number) <= _MOST_DIGITS
        if few and 1 <= int(number) <= len(self.versions):
            return int(number)
        if wanted.lower() in ("now", "current", "the model", "this"):
            return self.current
        for name, version in self.names.items():
            if name.lower() == wanted.lower():
                return version
        raise InputError(
            f"there is no version {wanted!r}; there are 1 to {len(self.versions)}"
            + "".join(f", {name!r}" for name in self.names),
            hint=did_you_mean(wanted, list(self.names)),
        )

    def title(self, version: int) -> str:
        """A version by its names, or by its number."""
        names = [name for name, at in self.names.items() if at == version]
        return ", ".join(names) or f"version {version}"

    def changes(self, version: int) -> tuple[str, ...]:
        """What changed a version since the problem was told, in order, by the words it was said
        in."""
        titles = list[str]()
        while version and self[version].parent:
            titles.append(self[version].title)
            version = self[version].parent
        return tuple(reversed(titles))

    def lines(self) -> list[str]:
        """The tree, a version a line, the one that stands marked."""
        return [self._line(version, depth) for version, depth in self.tree()]

    def tree(self) -> Iterator[tuple[Version, int]]:
        """Every version below its parent, with the number of forks above it."""
        children: dict[int, list[Version]] = {}
        for version in self.versions:
            children.setdefault(version.parent, []).append(version)
        waiting = [(version, 0) for version in reversed(children.get(0, []))]
        while waiting:
            version, depth = waiting.pop()
            yield version, depth
            below = children.get(version.id, [])
            # A line of single changes stays a column; only a fork moves to the right.
            waiting += [(child, depth + (len(below) > 1)) for child in reversed(below)]

    def _line(self, version: Version, depth: int) -> str:
        mark = "*" if version.id == self.current else " "
        names = [f"[{name}]" for name, at in self.names.items() if at == version.id]
        return f"{mark} {'  ' * min(depth, 12)}{' '.join((str(version.id), *names, version.title))}"

    def _undone(self) -> History:
        parent = self[self.current].parent if self.current else 0
        if not parent:
            raise InputError("there is nothing to undo")
        return replace(self, current=parent, redo=(*self.redo, self.current))

    def _redone(self) -> History:
        if not self.redo:
            raise InputError("there is nothing to redo")
        return replace(self, current=self.redo[-1], redo=self.redo[:-1])
