"""OR-Space: problems of IndustryOR with their numbers in files, and the same problems changed."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records

_LICENCE = "CC BY-NC 4.0 compatible, non-commercial research"

DATASETS = (
    Dataset(
        name="orspace_build",
        title="OR-Space, problems with their data in files",
        licence=_LICENCE,
        rule="orspace",
        normalised=Normalised(
            Records("ORSpace_build.jsonl"),
            rows=74,
            sha256="bbd523690760d28d9f13e08425a82f520ad57012957d11712b88f67572021afa",
        ),
    ),
    Dataset(
        name="orspace_revise",
        title="OR-Space, problems that were changed",
        licence=_LICENCE,
        rule="orspace",
        normalised=Normalised(
            Records("ORSpace_revise.jsonl"),
            rows=72,
            sha256="5ac53e81e65e8ba86ffd4b4aa382814a490f2aec3b194c4c2f13add9b3423012",
        ),
    ),
)
