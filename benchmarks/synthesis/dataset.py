"""Made problems as a data set, so that they are measured like any other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from optwright.benchmarks.datasets.dataset import Dataset, Loaded
from optwright.benchmarks.datasets.row import read_row
from optwright.benchmarks.synthesis.complexity import band
from optwright.benchmarks.synthesis.problems import Selection, Tally, problems, row
from optwright.benchmarks.synthesis.public import Public


@dataclass(frozen=True)
class Wanted:
    """A benchmark as somebody asks for it; names as in `Selection`, `band` as in `complexity`."""

    seed: int = 0
    n: int = 40
    families: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    wheres: tuple[str, ...] = ("text",)
    kinds: tuple[str, ...] = ("right",)
    size: int = 0
    band: str = ""
    public: Path | None = None

    @cached_property
    def selection(self) -> Selection:
        """What is drawn; `InputError` for a name that is not there."""
        return Selection(
            self.families,
            self.styles,
            self.languages,
            self.wheres,
            self.kinds,
            self.size,
            band(self.band) if self.band else None,
        )

    @property
    def name(self) -> str:
        """The name of the data set: the seed, and a few letters of everything else."""
        chosen = {**asdict(self), "public": str(self.public)}
        digest = sha256(json.dumps(chosen, sort_keys=True, default=str).encode()).hexdigest()
        return f"synth-{self.seed}-{digest[:6]}"


def make(wanted: Wanted) -> Loaded:
    """The problems, in the order they are made, with a note of how many draws were rejected."""
    tally = Tally()
    public = Public.read(wanted.public) if wanted.public else None
    made = [row(p) for p in problems(wanted.seed, wanted.n, wanted.selection, tally, public)]
    return loaded(wanted.name, made, (f"synthesis: {tally}",))


def loaded(name: str, made: list[dict[str, Any]], notes: tuple[str, ...] = ()) -> Loaded:
    """Rows as a data set that was read."""
    dataset = Dataset(
        name=name, title="problems made by seed", licence="Apache-2.0, generated", rule="strict"
    )
    text = "".join(json.dumps(one, sort_keys=True) + "\n" for one in made)
    digest = sha256(text.encode()).hexdigest()
    return Loaded(dataset, tuple(map(read_row, made)), (), digest, notes)


def save(data: Loaded, path: Path) -> None:
    """Write the problems as a data set of one's own, a row a line."""
    lines = [json.dumps(dict(one.raw), ensure_ascii=False) + "\n" for one in data.rows]
    path.write_text("".join(lines), encoding="utf-8")
