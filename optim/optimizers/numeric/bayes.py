"""Bayesian optimization from Optuna: TPE, and a Gaussian process. The only module that knows it."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from optwright.errors import ExtraMissing, InputError
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import is_number
from optwright.optim.optimizers.numeric.searcher import Searcher, Told
from optwright.optim.parameters import Choice, Integer, Real, Tunable
from optwright.optim.trial import JSON, Suggestion, Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial

TRIES = 10  # proposals of the sampler for a point that was not tried yet


class _Bayes(Searcher, ABC):
    """Numbers and choices are searched; orders, words and code stay as the leader has them.

    Every proposal comes from a fresh sampler with a fresh seed, which looks at the finished trials
    of one study. The study holds what was told and nothing else that a sampler looks at, so after
    `restore` it is filled again and there is no library state to keep.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if find_spec("optuna") is None:
            raise ExtraMissing("optuna", "search")
        self.searched = tuple(p for p in setting.space if is_number(p) or isinstance(p, Choice))
        if not self.searched:
            raise InputError(
                f"{self.name}: none of {list(setting.space.names)} is a number or a choice",
                hint="text, code and orders need another optimizer",
            )
        self._study: Study | None = None
        self._known = 0
        """How many of the told trials the study has."""

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        super().restore(state, trials)
        self._study, self._known = None, 0

    def ask(self, n: int = 1) -> list[Suggestion]:
        proposed = (self._next() for _ in range(n))
        return [self.candidate(values) for values in proposed if values is not None]

    @abstractmethod
    def sampler(self, seed: int) -> BaseSampler:
        """A fresh sampler of Optuna's."""

    def _next(self) -> dict[str, JSON] | None:
        from optuna.trial import TrialState

        study = self._filled_study()
        study.sampler = self.sampler(self.dice.roll().getrandbits(31))
        for _ in range(TRIES):
            trial = study.ask(self._distributions)
            # What comes of it is added as a trial of its own, whoever proposed it.
            study.tell(trial, state=TrialState.FAIL)
            values = {**self.base, **self._decoded(trial.params)}
            if self.is_new(values):
                self.take(values)
                return values
        return None

    def _filled_study(self) -> Study:
        """The study with every trial that was told."""
        import optuna

        if self._study is None:
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            self._study = optuna.create_study(direction="minimize")
        for told in self.told[self._known :]:
            self._study.add_trial(self._frozen(told))
        self._known = len(self.told)
        return self._study

    @cached_property
    def _distributions(self) -> dict[str, BaseDistribution]:
        return {p.name: _distribution(p) for p in self.searched}

    def _frozen(self, told: Told) -> FrozenTrial:
        from optuna.trial import TrialState, create_trial

        state = TrialState.FAIL if told.failed else TrialState.COMPLETE
        return create_trial(
            state=state,
            value=None if told.failed else told.loss,
            params={p.name: _encoded(p, told.values[p.name]) for p in self.searched},
            distributions=self._distributions,
        )

    def _decoded(self, params: Mapping[str, Any]) -> dict[str, JSON]:
        return {p.name: _decoded(p, params[p.name]) for p in self.searched}


class Tpe(_Bayes):
    """Tree-structured Parzen estimator (Bergstra et al. 2011)."""

    name = "tpe"

    def sampler(self, seed: int) -> BaseSampler:
        from optuna.samplers import TPESampler

        return TPESampler(seed=seed)


class GaussianProcess(_Bayes):
    """Optuna's Gaussian process with expected improvement; it needs PyTorch."""

    name = "gp"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if find_spec("torch") is None:
            raise ExtraMissing("torch", "gp")

    def sampler(self, seed: int) -> BaseSampler:
        from optuna.exceptions import ExperimentalWarning
        from optuna.samplers import GPSampler

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return GPSampler(seed=seed)


def _distribution(parameter: Tunable[Any]) -> BaseDistribution:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(parameter, Real):
        return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    if isinstance(parameter, Integer):
        return IntDistribution(parameter.low, parameter.high, log=parameter.log)
    # Places instead of options: Optuna would take 1, 1.0 and True for one category.
    return CategoricalDistribution(range(len(cast("Choice", parameter).options)))


def _encoded(parameter: Tunable[Any], value: JSON) -> JSON:
    if not isinstance(parameter, Choice):
        return value
    tags = [(type(option), option) for option in parameter.options]
    return tags.index((type(value), value))


def _decoded(parameter: Tunable[Any], value: JSON) -> JSON:
    return parameter.options[value] if isinstance(parameter, Choice) else value
