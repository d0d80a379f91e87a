"""OPTEngine: ten classes made by a generator, and the same with words, numbers or constraints
perturbed."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records, by_text

DATASETS = (
    Dataset(
        name="optengine",
        title="OPTEngine, 30 of each class",
        licence="none stated",
        rule="optengine",
        normalised=Normalised(
            Records("OPTEngine.jsonl", answer=by_text),
            rows=235,
            sha256="244d796e1eef332687faa95ee4b089d800983432e0312233a1247d496dd80ce1",
        ),
    ),
    Dataset(
        name="optengine_perturbed",
        title="OPTEngine, 25 of each class and perturbation",
        licence="none stated",
        rule="optengine",
        normalised=Normalised(
            Records("OPTEngine_perturbed.jsonl", answer=by_text),
            rows=238,
            sha256="c98ce33fbea42ee4150fb5153642cc7f8194ff07ef7928ecce895f1b3f949721",
        ),
    ),
)
