"""The data sets that are known. Each is a file in this folder with a `DATASETS` tuple; a file put
beside them is found without a list to edit."""

from __future__ import annotations

import os
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from optwright.benchmarks.datasets.dataset import Dataset, Hub, Loaded, from_file
from optwright.errors import InputError

__all__ = ["Dataset", "Loaded", "find", "known", "load"]

_MACHINERY = frozenset({"dataset", "forms", "fetching", "parameters", "row"})


def known() -> dict[str, Dataset]:
    """Every data set by name, in order."""
    modules = (m.name for m in iter_modules(__path__) if m.name not in _MACHINERY)
    found = [d for name in modules for d in import_module(f"{__name__}.{name}").DATASETS]
    return {dataset.name: dataset for dataset in sorted(found, key=lambda d: d.name)}


def find(name: str) -> Dataset:
    """The data set called `name` (case and - or _ do not matter); `InputError` when there is
    none."""
    datasets = known()
    wanted = name.lower().replace("-", "_")
    if wanted in datasets:
        return datasets[wanted]
    close = get_close_matches(wanted, datasets, n=1)
    raise InputError(
        f"there is no data set {name!r}",
        hint=f"did you mean {close[0]!r}?" if close else f"there are {', '.join(datasets)}",
    )


def load(name: str, place: Path | None = None) -> Loaded:
    """Read a data set from `place`, OPTWRIGHT_DATA or the Hugging Face hub, whichever comes first;
    a `name` that is a file (.jsonl, .json, .csv) is a data set of one's own.

    Raises `InputError` where it is not to be found, `Unavailable` where the hub does not give it.
    """
    if Path(name).suffix in (".jsonl", ".json", ".csv"):
        return from_file(Path(name))
    dataset = find(name)
    place = place or _place()
    if place is not None:
        return dataset.read(place)
    fetch = _fetcher() if dataset.hub is not None else None
    if dataset.hub is None or fetch is None:
        extra = ", or pip install 'optwright[hub]' to fetch it" if dataset.hub is not None else ""
        raise InputError(
            f"nobody said where data set {dataset.name!r} is",
            hint=f"name its folder with --data DIR or OPTWRIGHT_DATA{extra}; {dataset.where()}",
        )
    return dataset.read_fetched(dataset.hub, fetch(dataset.hub))


def _fetcher() -> Callable[[Hub], Path] | None:
    """What fetches from the hub; None where its client is not installed."""
    try:
        from optwright.benchmarks.datasets.fetching import fetch
    except ImportError:
        return None
    return fetch


def _place() -> Path | None:
    given = os.environ.get("OPTWRIGHT_DATA")
    return Path(given) if given else None
