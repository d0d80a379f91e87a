"""RetailOpt: inventory of a retail chain, told with most of its equations; its instance is a JSON
file. 35 texts contradict their label: where the source of the rows worked out what the text asks
for (`reference.answer_by_text`), that is the label."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records, by_text

DATASETS = (
    Dataset(
        name="retailopt",
        title="RetailOpt",
        licence="CC BY 4.0",
        rule="retailopt",
        normalised=Normalised(
            Records("RetailOpt.jsonl", answer=by_text),
            rows=150,
            sha256="ef598b889e886eb30056210bd08f095da3064da857ea2f5b36860542247075ab",
        ),
    ),
)
