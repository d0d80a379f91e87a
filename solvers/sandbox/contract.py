"""What one asks of the sandbox and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Level(StrEnum):
    """How much protection a run must have. Ordered: each one includes those before it, and
    `AUTO` is the best this machine has, but never less than `STRICT`."""

    AUTO = "auto"
    PROCESS = "process"
    """A process of its own: empty environment, rlimits, deadline, spare uid when root. Files and
    network of the user stay open to it, so it has to be asked for by name."""
    STRICT = "strict"
    """And Landlock and seccomp: no files but the interpreter's, no network, no new process."""
    ISOLATED = "isolated"
    """And namespaces: a file system that holds nothing else, with a small temp directory."""


class ErrorKind(StrEnum):
    """What kept a run from giving its result."""

    SYNTAX = "syntax"
    MISSING = "missing"
    """The program binds no `model`, or no function of the name asked for."""
    EXCEPTION = "exception"
    MODEL = "model"
    """There is a model and it cannot be handed out: abstract, two objectives, no expressions."""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    """It printed or returned more than it may, or something that is not what was asked for."""
    CRASH = "crash"
    """It ended without a result: a signal, `os._exit`."""
    LOST = "lost"
    """The sandbox itself died, twice; this says nothing about the program."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. `cpu_s` is a second more than `wall_s` unless given.

    `stdout_bytes` bounds what is kept of stdout, and of stderr; a run that prints
    `FLOOD` times that is killed. `result_bytes` bounds the LP or the JSON, names included.
    """

    wall_s: float = 20.0
    cpu_s: float | None = None
    memory_bytes: int = 3 << 30
    stdout_bytes: int = 64 << 10
    result_bytes: int = 8 << 20


FLOOD = 64  # a solver's log may be long; 4 MiB of it is not a log


@dataclass(frozen=True, slots=True)
class RunError:
    """Why there is no result. `line` counts from 1 in the candidate's source."""

    kind: ErrorKind
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.line is None else f" (line {self.line})"
        return f"{self.kind}: {self.message}{place}"

    def to_json(self) -> dict[str, Json]:
        return {"kind": str(self.kind), "message": self.message, "line": self.line}


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run ended in. Everything but `seconds`, `level` and `layers` is the candidate's
    word: solve `lp_text` or `json_text` again, show the rest to a critic."""

    ok: bool
    """It did what was asked: there is an LP, or JSON of a nonlinear model, or the function returned
    JSON."""
    lp_text: str | None = None
    json_text: str | None = None
    """A nonlinear model, as the JSON of a `Formulation` without sets; there is no LP of it."""
    names: Mapping[str, str] = field(default_factory=lambda: NO_NAMES)
    """What the LP's columns and rows are called in the program: `{"x1": "ship[Lyon,Paris]"}`."""
    claim: Json = None
    """What the function returned, or the last line the program printed if that is JSON."""
    stdout: str = ""
    stderr: str = ""
    error: RunError | None = None
    seconds: float = 0.0
    """Wall time from the fork to the end of the last process of this run."""
    level: Level = Level.PROCESS
    layers: tuple[str, ...] = ()
    """The protections this run had, such as `("process", "landlock", "seccomp")`."""
