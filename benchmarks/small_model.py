"""How many word problems a model solves, at what cost, and how the others fail.

    python -m optwright.benchmarks.small_model NL4OPT_clean.jsonl --rows 0:20 --ledger small.sqlite

Rows are taken in order of md5(question). The rule is strict:
|found - label| <= 1e-6 max(1, |label|), or half a unit of the last digit where the label is
rounded. Labels are compared after the answer is final. Replies are in the ledger: measuring again
costs nothing and says the same, except for seconds, which are those of the first time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from optwright.agents.solution import Solution
from optwright.agents.solving import Effort, solve
from optwright.errors import OptwrightError
from optwright.serving.events import CallEnded, Event, listening
from optwright.serving.ledger import Ledger


@dataclass(frozen=True)
class Row:
    """One problem's result. `seconds` are those the replies took when they were paid for;
    `prompt_tokens` count the fixed prefix of every call, also where the runtime had kept it."""

    id: str
    label: float | str | None
    found: float | None
    status: str
    right: bool
    verified: bool
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    failure: str
    faults: tuple[str, ...]


def ordered(path: Path) -> list[dict[str, Any]]:
    """The problems of a data file in order of md5(question)."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return sorted(rows, key=lambda r: hashlib.md5(r["question"].encode()).hexdigest())


def is_right(found: float | None, label: object) -> bool:
    """The strict rule; labels that are rounded allow half a unit of their last digit."""
    if found is None or not isinstance(label, int | float):
        return False
    if abs(found - label) <= 1e-6 * max(1.0, abs(label)):
        return True
    digits = len(str(label).partition(".")[2]) if label != int(label) else 0
    return 0 < digits <= 5 and abs(found - label) <= 0.5 * 10**-digits


def measure(problem: Mapping[str, Any], model: str, effort: Effort, ledger: Ledger) -> Row:
    """Solve one problem and compare what came out with its label."""
    seconds = 0.0

    def hear(event: Event) -> None:
        nonlocal seconds
        if isinstance(event, CallEnded):
            seconds += event.usage.seconds

    try:
        with listening(hear):
            solution = solve(problem["question"], model=model, effort=effort, ledger=ledger)
    except OptwrightError as error:
        return Row(problem["id"], problem["answer"], None, "error", False, False, 0, 0, 0, seconds,
                   type(error).__name__, (str(error),))  # fmt: skip
    right = is_right(solution.objective, problem["answer"])
    return Row(
        problem["id"],
        problem["answer"],
        solution.objective,
        solution.status.value,
        right,
        solution.verified,
        solution.usage.calls,
        solution.usage.prompt_tokens,
        solution.usage.completion_tokens,
        round(seconds, 1),
        "" if right else failure(solution),
        tuple(e.kind for e in solution.evidence if not e.supports),
    )


def failure(solution: Solution) -> str:
    """What a wrong answer looks like from outside: was it flagged, and by what."""
    if solution.objective is None:
        return f"no answer ({solution.status.value})"
    if solution.verified:
        return "wrong and verified"
    kinds = [e.kind for e in solution.evidence if not e.supports and e.kind != "agreement"]
    return f"wrong, flagged: {kinds[0]}" if kinds else "wrong, flagged: drafts disagree"


def summary(rows: list[Row]) -> str:
    """A Markdown table of totals and failures."""
    n = len(rows)
    mean = {
        "calls": sum(r.calls for r in rows) / n,
        "output tokens": sum(r.completion_tokens for r in rows) / n,
        "prompt tokens": sum(r.prompt_tokens for r in rows) / n,
        "seconds": sum(r.seconds for r in rows) / n,
    }
    verified = [r for r in rows if r.verified]
    lines = [
        f"right: {sum(r.right for r in rows)} of {n} (strict)",
        f"verified: {len(verified)}, of which right {sum(r.right for r in verified)}",
        *(f"{name} a problem: {value:.1f}" for name, value in mean.items()),
        *(
            f"{kind}: {count}"
            for kind, count in Counter(r.failure for r in rows if r.failure).items()
        ),
    ]
    return "\n".join(f"- {line}" for line in lines)


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", default="0:20", help="first:last in order of md5(question)")
    parser.add_argument("--model", default="local")
    parser.add_argument("--ledger", type=Path, default=Path("small-model.sqlite"))
    parser.add_argument("--drafts", type=int, default=Effort.drafts)
    parser.add_argument("--agreement", type=int, default=Effort.agreement)
    parser.add_argument("--out", type=Path, help="JSON lines, one a problem, after a line of facts")
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    first, _, last = options.rows.partition(":")
    effort = Effort(drafts=options.drafts, agreement=options.agreement)
    rows = []
    with Ledger(options.ledger) as ledger:
        for problem in ordered(options.data)[int(first) : int(last)]:
            row = measure(problem, options.model, effort, ledger)
            rows.append(row)
            say(
                f"{row.id}: {row.failure or 'right'}, {row.found} for {row.label}, "
                f"{row.calls} calls, {row.completion_tokens} tokens, {row.seconds:.0f} s"
            )
    say("\n" + summary(rows))
    if options.out:
        lines = [facts(options), *map(asdict, rows)]
        options.out.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def facts(options: argparse.Namespace) -> dict[str, Any]:
    """What a reader needs to repeat the measurement."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    packages = ("optwright", "highspy", "pyomo", "pydantic", "langgraph")
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "data": options.data.name,
        "rows": options.rows,
        "model": options.model,
        "drafts": options.drafts,
        "agreement": options.agreement,
        "python": sys.version.split()[0],
        **{name: version(name) for name in packages},
    }


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
