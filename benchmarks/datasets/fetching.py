"""Files from the Hugging Face hub; the only module of the data sets that knows its client."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from optwright.benchmarks.datasets.dataset import Hub
from optwright.errors import Unavailable


def fetch(hub: Hub, endpoint: str | None = None) -> Path:
    """The hub's file of problems, downloaded once into the hub's own cache."""
    api, revision = HfApi(endpoint=endpoint), hub.revision
    try:
        names = api.list_repo_files(hub.repository, repo_type="dataset", revision=revision)
        fitting = [n for n in names if fnmatch(n.lower(), hub.form.path.lower())]
        if len(fitting) == 1:
            return Path(
                api.hf_hub_download(
                    hub.repository, fitting[0], repo_type="dataset", revision=revision
                )
            )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise _unavailable(hub, _first_line(error)) from error
    raise _unavailable(hub, f"{len(fitting)} of its files match {hub.form.path!r}")


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _unavailable(hub: Hub, why: str) -> Unavailable:
    return Unavailable(
        f"{hub.repository!r} could not be read from the Hugging Face hub: {why}",
        hint="name a folder that holds the data set with --data DIR",
    )
