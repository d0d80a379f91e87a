"""Options of HiGHS learnt along a sequence of solves: what-ifs, the same model every week.

Each solve is one round of a bandit over a few sets of options; what it costs are its seconds.
Models of one class and about one size share a bandit. Options change how long an answer takes and,
among plans that are equally good, which is found; never whether it is right.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log10
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.optim.sequence.contextual import Contextual
from optwright.solvers.backends.program import Program
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

Options = Mapping[str, str]

LINEAR: tuple[Options, ...] = (
    {},
    {"solver": "ipm"},
    {"simplex_strategy": "4"},  # primal
    {"presolve": "off"},
)
WHOLE: tuple[Options, ...] = (
    {},
    {"mip_heuristic_effort": "0.2"},
    {"mip_heuristic_effort": "0"},
    {"presolve": "off"},
)
_VERSION = 1


@dataclass
class OptionTuner:
    """Chooses options for one solve after the other, and keeps what it learnt in `file`."""

    file: Path | None = None
    seed: int = 0
    _bandits: dict[str, Contextual] = field(default_factory=dict)
    _open: tuple[Contextual, float] | None = None

    def __post_init__(self) -> None:
        self.file = None if self.file is None else Path(self.file)
        if self.file is not None and self.file.is_file():
            self._bandits = _read(self.file)

    def options_for(self, program: Program, solver: str, options: SolveOptions) -> SolveOptions:
        """The options with what is tried this time; what the user set stays. Nothing is tried for a
        solver that is not HiGHS, nor for models it takes no options of these for."""
        self._open = None
        model = program.arrays if solver in ("auto", "highs") else None
        if model is None or program.stages or program.native_to_cpsat:
            return options
        kind = "whole" if model.has_integers else "linear"
        arms = WHOLE if model.has_integers else LINEAR
        if kind not in self._bandits:
            self._bandits[kind] = Contextual(len(arms), self.seed)
        bandit = self._bandits[kind]
        # Half a decade of its entries: what is as large is likely to be as hard.
        arm = bandit.choose(str(round(2 * log10(1 + len(model.coefficients)))))
        self._open = bandit, options.time_limit_s
        return replace(options, engine={**arms[arm], **options.engine})

    def learn(self, outcome: Outcome) -> None:
        """What came of it. A solve without a proof costs twice the limit, so that none gains by
        giving up."""
        if self._open is None:
            return
        (bandit, limit_s), self._open = self._open, None
        proven = outcome.status in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)
        bandit.learn(outcome.seconds if proven else 2 * max(limit_s, outcome.seconds))
        if self.file is not None:
            _write(self.file, self._bandits)

    def told(self) -> list[str]:
        """What was learnt, a line for each class and size."""
        lines = []
        for kind, contexts in self._bandits.items():
            arms = WHOLE if kind == "whole" else LINEAR
            for size, bandit in contexts.bandits.items():
                best = ", ".join(f"{k}={v}" for k, v in arms[bandit.best].items()) or "defaults"
                entries = 10 ** (int(size) / 2)
                lines.append(
                    f"{kind}, about {entries:,.0f} entries: {best} after {bandit.rounds} solves "
                    f"of {bandit.mean:.3g} s"
                )
        return lines


def _read(file: Path) -> dict[str, Contextual]:
    try:
        content = json.loads(file.read_bytes())
        if not isinstance(content, dict) or content.get("version") != _VERSION:
            raise InputError("it is of another version, or no such file")
        found = {str(k): Contextual.from_state(state) for k, state in content["bandits"].items()}
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, KeyError, AttributeError, InputError) as error:
        raise InputError(
            f"{str(file)!r} does not hold what was learnt of options: {error}",
            hint="name another file, or delete it to begin anew",
        ) from error
    known = {"whole": len(WHOLE), "linear": len(LINEAR)}
    if any(known.get(kind) != bandit.arms for kind, bandit in found.items()):
        raise InputError(
            f"{str(file)!r} is about other options than those of this version",
            hint="delete it to begin anew",
        )
    return found


def _write(file: Path, bandits: Mapping[str, Contextual]) -> None:
    content = {"version": _VERSION, "bandits": {k: b.state() for k, b in bandits.items()}}
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(file)  # whoever is killed leaves the file as it was
    except OSError as error:
        raise StorageError(f"{str(file)!r} cannot be written: {error.strerror}") from error
