"""One bandit for each kind of instance, where something is known of an instance beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.errors import InputError
from optwright.optim.sequence.tsallis import TsallisInf


@dataclass
class Contextual:
    """Chooses by the bandit of a context: a text that instances of one kind share. Without contexts
    all are of one kind."""

    arms: int
    seed: int = 0
    bandits: dict[str, TsallisInf] = field(default_factory=dict)
    _open: TsallisInf | None = None

    def choose(self, context: str = "") -> int:
        if context not in self.bandits:
            self.bandits[context] = TsallisInf(self.arms, self.seed + len(self.bandits))
        self._open = self.bandits[context]
        return self._open.choose()

    def learn(self, loss: float) -> None:
        """What the last choice cost."""
        if self._open is None:
            raise InputError("nothing was chosen that this loss could be of")
        self._open.learn(loss)

    def best(self, context: str = "") -> int:
        """The arm that is best in a context so far."""
        return self.bandits[context].best if context in self.bandits else 0

    def state(self) -> dict[str, Any]:
        """All it knows, as JSON."""
        told = {name: bandit.state() for name, bandit in self.bandits.items()}
        return {"arms": self.arms, "seed": self.seed, "bandits": told}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Contextual:
        """What `state` wrote. Raises `InputError` for anything else."""
        try:
            arms, seed, told = int(state["arms"]), int(state["seed"]), dict(state["bandits"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"this is no state of bandits: {error}") from error
        bandits = {str(name): TsallisInf.from_state(one) for name, one in told.items()}
        if any(bandit.arms != arms for bandit in bandits.values()):
            raise InputError("the bandits of this state have different numbers of arms")
        return cls(arms, seed, bandits)
