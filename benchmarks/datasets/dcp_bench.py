"""DCP-Bench: constraint problems in short texts with their data in parameters. Those that only ask
for values that keep all rules have no label: where there is one solution its values are compared
(`validators`), the others are not scored."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="dcp_bench",
        title="DCP-Bench-Open",
        licence="Apache-2.0",
        rule="strict",
        normalised=Normalised(
            Records("DCP_Bench.jsonl", abstract=True),
            rows=126,
            sha256="ffed74c970c55765aa1ea5faf0d7d08283f5a1ca1f12b6fce70ea2942beb47a0",
        ),
    ),
)
