"""A data set: what it is called, where it comes from, how its paper scores, and how to read it.

Data is never part of this package. It is read from a folder the user names (`--data`, or
OPTWRIGHT_DATA) that holds either the normalised JSON lines or a checkout of the source, or it is
fetched from the Hugging Face hub with the extra `hub`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from optwright.benchmarks.datasets.forms import Broken, Form, Records
from optwright.benchmarks.datasets.row import LARGEST_LABEL, Row
from optwright.errors import InputError


@dataclass(frozen=True)
class Normalised:
    """A file of the normalised form, and what is known of the one that numbers were made with."""

    form: Records
    rows: int
    sha256: str


@dataclass(frozen=True)
class Checkout:
    """The source's own repository: `repository` at `version`, and the form it has there. `rows`
    is how many problems it holds, where that was counted."""

    repository: str
    version: str
    form: Form
    rows: int | None = None


@dataclass(frozen=True)
class Hub:
    """A data set repository on the Hugging Face hub. `form.path` is a pattern (as in `fnmatch`,
    case ignored) that one file in it matches. It is read as it is today: neither a revision nor a
    file there is known to be the one that published numbers were made with."""

    repository: str
    form: Records
    revision: str = "main"


@dataclass(frozen=True)
class Dataset:
    """A benchmark of problems told in words. `rule` is the one its paper scores by (a name in
    `scoring`); `licence` is what the source states."""

    name: str
    title: str
    licence: str
    rule: str
    checkout: Checkout | None = None
    normalised: Normalised | None = None
    hub: Hub | None = None

    def read(self, place: Path, form: Form | None = None) -> Loaded:
        """All rows in order of md5(question), from the folder `place`; rows that cannot be read
        are named in the result. `form` is found out by default. Raises `InputError` where the data
        set is not there."""
        form = form or self._form(place)
        rows, broken = _parted(form.read(place))
        if not rows:
            why = f"; {broken[0][0]}: {broken[0][1]}" if broken else ""
            raise InputError(f"data set {self.name!r} in {str(place)!r} has no readable row{why}")
        path = place / form.path
        digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        loaded = Loaded(self, tuple(_told_apart(rows)), tuple(broken), digest)
        return replace(loaded, notes=tuple(self._notes(loaded, form)))

    def read_fetched(self, hub: Hub, file: Path) -> Loaded:
        """All rows of a file that was fetched from `hub`, with a note of what was not checked."""
        loaded = self.read(file.parent, replace(hub.form, path=file.name))
        rows = len(loaded.rows) + len(loaded.broken)
        known = self.checkout.rows if self.checkout else None
        differs = f", not the {known} of its source" if known not in (None, rows) else ""
        note = (
            f"{file.name} of {hub.repository} on the Hugging Face hub is as it is there today "
            f"(revision {hub.revision!r}), with {rows} rows{differs}, and its SHA-256 begins with "
            f"{loaded.sha256[:12]}; no published number is known to be made with it"
        )
        return replace(loaded, notes=(note, *loaded.notes))

    def _form(self, place: Path) -> Form:
        forms: list[Form] = [s.form for s in (self.normalised, self.checkout) if s]
        for form in forms:
            if (place / form.path).exists():
                return form
        wanted = " or ".join(repr(form.path) for form in forms)
        raise InputError(
            f"data set {self.name!r} is not in {str(place)!r}: there is no {wanted}",
            hint=f"name its folder with --data DIR or OPTWRIGHT_DATA; {self.where()}",
        )

    def where(self) -> str:
        """Where to get the data set, in a few words."""
        if self.checkout is not None:
            return f"its source is github.com/{self.checkout.repository}"
        return "it is one file of JSON lines"

    def facts(self) -> dict[str, str | None]:
        """Name, licence, rule and places as JSON; a place that it has not is null."""
        source, known, hub = self.checkout, self.normalised, self.hub
        return {
            "name": self.name,
            "title": self.title,
            "licence": self.licence,
            "rule": self.rule,
            "repository": f"https://github.com/{source.repository}" if source else None,
            "version": source.version if source else None,
            "path": source.form.path if source else None,
            "normalised": known.form.path if known else None,
            "hub": hub.repository if hub else None,
        }

    def _notes(self, loaded: Loaded, form: Form) -> Iterable[str]:
        """What differs from the data that is known."""
        count = len(loaded.rows) + len(loaded.broken)
        known, source = self.normalised, self.checkout
        if known is not None and form is known.form and loaded.sha256 == known.sha256:
            return  # its rows without a label are part of what is known
        if known is not None and form is known.form:
            yield (
                f"{form.path} is not the file published numbers were made with: it has {count} "
                f"rows and begins with SHA-256 {loaded.sha256[:12]}, that one {known.rows} and "
                f"{known.sha256[:12]}"
            )
        if source is not None and form is source.form and source.rows not in (None, count):
            yield f"{form.path} has {count} rows; {source.rows} were expected"
        yield from _unlabelled(loaded.rows)


@dataclass(frozen=True)
class Loaded:
    """A data set that was read. `sha256` is that of its file, empty for a folder of files."""

    dataset: Dataset
    rows: tuple[Row, ...]
    broken: tuple[Broken, ...] = ()
    sha256: str = ""
    notes: tuple[str, ...] = field(default=())


def from_file(path: Path) -> Loaded:
    """A data set of one's own: a file of the normalised form (JSON lines, JSON list or CSV with
    `question` and `answer`)."""
    dataset = Dataset(name=path.stem, title=path.name, licence="not stated", rule="strict")
    return dataset.read(path.parent, Records(path.name))


def _parted(read: Iterable[Row | Broken]) -> tuple[list[Row], list[Broken]]:
    rows, broken = list[Row](), list[Broken]()
    for item in read:
        if isinstance(item, Row):
            rows.append(item)
        else:
            broken.append(item)
    return rows, broken


def _unlabelled(rows: Sequence[Row]) -> Iterable[str]:
    """How many rows are tried and never scored, if there are any."""
    without = sum(row.label is None for row in rows)
    large = sum(row.label_is_too_large for row in rows)
    if without:
        why = f"; {large} of them for an answer of {LARGEST_LABEL:g} or more" if large else ""
        yield f"{without} of {len(rows)} rows have no label and are not scored{why}"


def _told_apart(rows: Sequence[Row]) -> Iterable[Row]:
    """In order, with names of their own: the second `a` becomes `a-2`, or `a-3` where the file has
    an `a-2`."""
    taken, seen = {row.id for row in rows}, Counter[str]()
    for row in sorted(rows, key=lambda r: (r.order, r.id)):
        seen[row.id] += 1
        if seen[row.id] == 1:
            yield row
            continue
        while (name := f"{row.id}-{seen[row.id]}") in taken:
            seen[row.id] += 1
        taken.add(name)
        yield replace(row, id=name)
