"""How many tokens the parts of our prompts have that are the same in every request.

    python -m optwright.benchmarks.prompt_lengths --write

Turns of shipped prompts without blanks, and the schemas of shipped profiles, are counted with the
vocabularies of GPT-4 and Claude 2, as LiteLLM ships them. What is set aside of a budget is the more
of the two and a quarter more, for vocabularies that are smaller; `serving.tokens` estimates what
is not in the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import click

from optwright.agents.profiles.profile import NAMES, shipped
from optwright.prompts import Prompt, load
from optwright.serving.tokens import digest, most_tokens

KEPT = Path(__file__).resolve().parents[1] / "serving/known_lengths.json"
COMMAND = "python -m optwright.benchmarks.prompt_lengths --write"
MARGIN = 1.25
LEAST = 100
"""Characters from which on a text is worth a line."""

Counts = Callable[[str], int]


def texts() -> Iterator[str]:
    """What is the same in every request."""
    for file in sorted(f.name for f in files("optwright.prompts").iterdir()):
        if file.endswith(".md"):
            yield from _fixed(load(file.removesuffix(".md")))
    for name in NAMES:
        settings = shipped(name).formulator
        for tables in (False, True):
            yield json.dumps(dict(settings.schema_for(tables=tables)))


def _fixed(prompt: Prompt) -> Iterator[str]:
    blanks = [f"{{{blank}}}" for blank in prompt.blanks]
    for _, template in prompt.turns:
        if not any(blank in template for blank in blanks):
            yield template


def vocabularies() -> dict[str, Counts]:
    """The counts of each vocabulary that is here."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # prices are no matter here
    import litellm
    from tokenizers import Tokenizer

    shipped_with = Path(litellm.__file__).parent / "litellm_core_utils/tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(shipped_with)
    import tiktoken

    claude = Tokenizer.from_file(str(shipped_with / "anthropic_tokenizer.json"))
    gpt4 = tiktoken.get_encoding("cl100k_base")
    return {
        "cl100k_base": lambda text: len(gpt4.encode(text)),
        "claude 2": lambda text: len(claude.encode(text).ids),
    }


def measured(counts: dict[str, Counts]) -> dict[str, int]:
    """Tokens to set aside for each text, by its digest."""
    return {
        digest(text): round(MARGIN * max(count(text) for count in counts.values()))
        for text in dict.fromkeys(texts())
        if len(text) >= LEAST
    }


@click.command()
@click.option("--write", is_flag=True, help="keep the lengths for reservations")
def main(write: bool) -> None:
    """Count the parts of prompts that do not change."""
    counts = vocabularies()
    found = measured(counts)
    known = {digest(text): text for text in texts()}
    estimated = sum(most_tokens(known[key]) for key in found)
    click.echo(f"{len(found)} texts with {', '.join(counts)}: {sum(found.values()):,} tokens to "
               f"set aside, {estimated:,} by the estimate")  # fmt: skip
    if write:
        content = {"made_by": COMMAND, "vocabularies": sorted(counts), "tokens": found}
        KEPT.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
