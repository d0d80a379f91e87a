"""Every error optwright raises on purpose; results (infeasible, rejected, wrong) are never errors.

    OptwrightError
    ├── InputError              what the user gave cannot be used               exit 2
    │   ├── DataError           a table lacks a column, repeats a key, holds NaN
    │   │   ├── FaultyData      and no other formulation could use it
    │   │   └── WrongCell       a text where a number is asked for: the table's fault if all ask
    │   └── FormulationError    a formulation or an expression is not valid
    ├── Unavailable             something that is needed is not here            exit 4
    │   ├── ExtraMissing        an optional dependency is not installed
    │   ├── ModelUnavailable    no such model, or its endpoint does not answer
    │   ├── SolverMissing       no such solver, or it is not installed
    │   └── SandboxUnavailable  this machine lacks a layer the sandbox needs
    ├── ModelError              a call to a language model did not give a usable reply   exit 4
    │   ├── EndpointError       HTTP error, reset, garbage instead of JSON
    │   ├── DeadlineExceeded    the whole call took longer than it may
    │   ├── ReplayMiss          replaying, and this request was never recorded
    │   └── ReplyError          the reply is there and does not parse
    ├── BudgetExceeded          the next step would cost more than is left      exit 1
    ├── StorageError            a run cannot be read or written
    │   ├── RunBusy             another process holds this run
    │   └── FileDamaged         a file is not what was written to it
    └── Bug                     a mistake of ours ended a turn of a conversation    exit 70

An error's text says what happened to which value; its `hint` says what to do next.
"""

from __future__ import annotations


class OptwrightError(Exception):
    """Root of the tree; `hint` is shown by Python as a note under the traceback."""

    hint: str = ""
    exit_status: int = 4
    retryable: bool = False
    usage: object = None
    """What calls cost that ended in this error: a `serving.chat.Usage`, or None."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint
        if self.hint:
            self.add_note(self.hint)


class InputError(OptwrightError):
    """What the user gave cannot be used as it is.

    `excerpt` is the line of the expression it is about and carets under the place, and `place` says
    which it is (`line 2, column 7`); both are empty where there is none.
    """

    exit_status = 2
    excerpt: str = ""
    place: str = ""

    def show(self, place: str, excerpt: str) -> None:
        """Say where it is."""
        self.place, self.excerpt = place, excerpt
        self.add_note(excerpt)


class DataError(InputError):
    """A table does not fit: a column is missing, a key repeats, a cell is not a finite number."""


class FaultyData(DataError):
    """The fault is in a table: whatever a formulation says, the table must be put right first."""


class WrongCell(DataError):
    """A cell is no number where a formulation asks for one; which of the two is wrong, one
    formulation alone does not say."""


class FormulationError(InputError):
    """A formulation contradicts itself or an expression is outside the language."""

    def __init__(
        self, message: str, *, hint: str | None = None, excerpt: str = "", place: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        if excerpt:
            self.show(place, excerpt)


class Unavailable(OptwrightError):
    """Something this step needs is not on this machine."""


class ExtraMissing(Unavailable):
    """An optional dependency is not installed; the hint names the extra."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package!r} is not installed", hint=f"pip install 'optwright[{extra}]'")


class ModelUnavailable(Unavailable):
    """No model of that name, or nothing answers where it should be."""


class SolverMissing(Unavailable):
    """No solver of that name, or its package is not installed."""


class SandboxUnavailable(Unavailable):
    """Generated code may not run here because a protecting layer is missing."""


class ModelError(OptwrightError):
    """A call to a language model did not end in a usable reply."""


class EndpointError(ModelError):
    """The endpoint answered with an error, reset the connection, or sent garbage.

    `status` is the HTTP status or None; `retry_after_s` is what the endpoint asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class DeadlineExceeded(ModelError):
    """The whole call, retries included, took longer than its deadline."""


class ReplayMiss(ModelError):
    """The ledger replays and holds no reply to this request."""

    hint = "record the reply first: run once with --ledger record"


class ReplyError(ModelError):
    """A reply arrived and cannot be read; `reply` holds its text."""

    def __init__(self, message: str, *, reply: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reply = reply


class BudgetExceeded(OptwrightError):
    """The next step would cost more than the budget has left; nothing was spent on it."""

    exit_status = 1


class StorageError(OptwrightError):
    """A run's files cannot be read or written: damaged, full disk, no permission."""


class RunBusy(StorageError):
    """Another process holds this run directory."""


class FileDamaged(StorageError):
    """A file of ours is no more what was written to it."""


class Bug(OptwrightError):
    """A mistake in optwright; what it ended is as it was before, and its trace is written down."""

    exit_status = 70  # EX_SOFTWARE
