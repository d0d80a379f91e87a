"""What a run was asked to do, and how far it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.cast import ROLES
from optwright.agents.effort import Effort
from optwright.agents.profiles.profile import Profile
from optwright.agents.sharing import Share, Sharing
from optwright.serving.recorded import Mode
from optwright.serving.roles import DEFAULT, ModelSpec
from optwright.solvers.model.outcome import SolveOptions


class Task(BaseModel):
    """What a run was asked to do; enough to do it again. A field that is not known here is an
    error: a run that goes on without a setting would be another run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: str
    data: tuple[str, ...] = ()
    """Names of the files in the run's `data` folder."""
    model: str = "local"
    roles: dict[str, str] = {}
    specs: dict[str, ModelSpec] = {}
    """What a file of roles says; `default` is for roles it does not name, `roles` go before it."""
    reader: str = ""
    """Who judges plans: `me`, `file:PATH`, or nobody but the model of that role."""
    solver: str = "auto"
    budget: str = ""
    effort: Effort = Effort()
    profile: Profile | None = None
    """How much help the formulator's model gets; None leaves it to the model's name."""
    library: str = ""
    """The path of a library of insights that the formulator is told of; empty for none."""
    sandbox: str = "auto"
    share: Share = Share.ROWS
    pseudonyms: bool = False
    time_limit_s: float = SolveOptions().time_limit_s
    gap: float = SolveOptions().mip_gap
    threads: int = SolveOptions().threads
    seed: int = SolveOptions().seed
    engine: dict[str, str] = {}
    """Options of the solver by its own names."""
    ledger: Mode = Mode.RECORD
    pareto: int = 0
    """How many points of the trade-off between objectives to work out; 0 for none."""
    exports: tuple[tuple[str, str], ...] = ()
    """Pairs of format and absolute path."""
    like: str = ""
    """The run whose model was solved with the tables of this one; empty for a run of its own."""

    @property
    def models(self) -> set[str]:
        """The names of all models that play a role."""
        return {spec.asked_for for spec in self.cast.values()}

    @property
    def cast(self) -> dict[str, ModelSpec]:
        """The model of each role."""
        named = {role: ModelSpec(model=name) for role, name in self.roles.items()}
        rest = self.specs.get(DEFAULT, ModelSpec(model=self.model))
        return {role: {**self.specs, **named}.get(role, rest) for role in ROLES}

    @staticmethod
    def fields_of(options: SolveOptions) -> dict[str, Any]:
        """The fields that say how each solve is to run, from which `options` comes back."""
        return {
            "time_limit_s": options.time_limit_s,
            "gap": options.mip_gap,
            "threads": options.threads,
            "seed": options.seed,
            "engine": dict(options.engine),
        }

    @property
    def options(self) -> SolveOptions:
        """How each solve is to run."""
        return SolveOptions(
            time_limit_s=self.time_limit_s,
            mip_gap=self.gap,
            threads=self.threads,
            seed=self.seed,
            engine=self.engine,
        )

    @property
    def sharing(self) -> Sharing:
        """What models are shown of the tables."""
        return Sharing(share=self.share, pseudonyms=self.pseudonyms)

    @property
    def destinations(self) -> set[str]:
        """Where what these models are asked goes to from this machine; nowhere in a replay."""
        hosts = (spec.destination for spec in self.cast.values())
        return set() if self.ledger is Mode.REPLAY else {host for host in hosts if host}


class State(StrEnum):
    """How far a run is. A run that says `RUNNING` and that nobody holds was killed."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"


class RunProgress(BaseModel):
    """State of a run with its times (Unix seconds) and, when it failed, the reason.

    `worked_s` is how many seconds of its budget the run has used, as of its last call: those that
    nobody worked on it do not count.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    began: float
    ended: float | None = None
    error: str = ""
    worked_s: float = 0.0
