"""BWOR: 82 textbook problems of OR-LLM-Agent."""

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="bwor",
        title="BWOR",
        licence="none stated",
        rule="or_llm_agent",
        checkout=Checkout(
            "bwz96sco/or_llm_agent",
            "dfcc0e79fbe0",
            Records("data/datasets/BWOR.json", id="index"),
            rows=82,
        ),
        normalised=Normalised(
            Records("BWOR.jsonl"),
            rows=81,
            sha256="55668209c3769e42eced79e6fe282c9e25fbb9fe7f4571482efca7b2a3b8ede7",
        ),
    ),
    Dataset(
        name="bwor_zh",
        title="BWOR in Chinese",
        licence="none stated",
        rule="or_llm_agent",
        checkout=Checkout(
            "bwz96sco/or_llm_agent",
            "dfcc0e79fbe0",
            Records("data/datasets/BWOR.json", question="cn_question", id="index"),
            rows=82,
        ),
        normalised=Normalised(
            Records("BWOR_zh.jsonl"),
            rows=81,
            sha256="b614cfb27ab226ec01a93dc3348d2e4bb243308008daba5cae511bc332474448",
        ),
    ),
)
