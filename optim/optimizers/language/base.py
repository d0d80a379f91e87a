"""What the optimizers that ask a language model share: the trials they know, what they show of
them, and asking for several proposals at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from optwright.errors import BudgetExceeded
from optwright.optim.optimizer import Dice, Setting
from optwright.optim.optimizers.language.memory import (
    Coverage,
    rank,
    show_attempts,
    show_history,
    show_runs,
)
from optwright.optim.optimizers.language.proposer import Illustrated, Proposer, Turns
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.parameters import ParameterSpace
from optwright.optim.trial import JSON, Evaluation, Suggestion, Trial, Values
from optwright.prompts import load
from optwright.serving.chat import Image

EXAMPLES_SHARE, MEMORY_SHARE = 0.55, 0.3  # of the tokens of a prompt
MOST_THREADS = 32  # proposals asked for at once
MOST_PICTURES = 6  # in one prompt
REMEMBERED = 64  # prompts that the next one is compared with


@dataclass(frozen=True, slots=True)
class Draft:
    """One proposal to be asked for: `ask` talks to the model and returns values, or None, and the
    reason for the reader of the run."""

    ask: Callable[[Proposer], tuple[Mapping[str, JSON] | None, str]]
    parents: tuple[Trial, ...]


@dataclass(slots=True)
class Memory:
    """What an optimizer remembers besides trials, and continues from."""

    coverage: Coverage = field(default_factory=Coverage)
    verdicts: dict[int, str] = field(default_factory=dict)
    """What was decided about a trial, by its number."""
    prompts: list[str] = field(default_factory=list)
    """Digests of the latest prompts."""

    def state(self) -> JSON:
        return {
            "shown": self.coverage.state(),
            "verdicts": [[number, verdict] for number, verdict in self.verdicts.items()],
            "prompts": list(self.prompts),
        }

    @classmethod
    def restored(cls, state: JSON) -> Memory:
        memory = cls(verdicts=dict(state["verdicts"]), prompts=list(state["prompts"]))
        memory.coverage.shown.update(state["shown"])
        return memory


class LanguageOptimizer:
    """The common half of `Optimizer` for language models: everything but `draft`.

    Prompts are written one after the other, each with fresh examples; then all are sent at once, to
    the optimizer's models in turn.
    """

    name = ""

    def __init__(self, setting: Setting) -> None:
        self.space = setting.space
        self.goal = setting.goal or "Make the score as high as possible."
        self.dice = Dice(setting.seed, self.name)
        self.proposer = Proposer(setting, self.name)
        self.trials: list[Trial] = []
        self.memory = Memory()
        self._known, self._tokens = setting.known, setting.prompt_tokens
        self._own_prompt = setting.prompts.get(self.name) or setting.prompts.get("")
        self._seen: set[str] = set()
        self._pictures: list[Image] = []
        """Those of the runs that the prompt being written shows."""

    @property
    def replies(self) -> Replies:
        return self.proposer.replies

    def draft(self) -> Draft | None:
        """The next proposal to ask for; None where nothing is known to start from."""
        raise NotImplementedError

    def ask(self, n: int = 1) -> list[Suggestion]:
        drafts = [draft for draft in (self.draft() for _ in range(n)) if draft is not None]
        asked: list[Suggestion] = []
        for draft, (values, note) in zip(drafts, self._answers(drafts), strict=True):
            asked += self._new_candidate(values, draft.parents, note)
        return asked

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.trials.append(trial)
            self._seen.add(self.space.key(trial.values))

    def decided(self, trial: int, *, accepted: bool, reason: str) -> None:
        """Hear what was decided about a trial, on examples that are not shown here."""
        self.memory.verdicts[trial] = f"{'accepted' if accepted else 'refused'}: {reason}"

    def state(self) -> JSON:
        return {
            "rolled": self.dice.rolled,
            "proposer": self.proposer.state(),
            "memory": self.memory.state(),
        }

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self.trials, self._seen = [], set()
        self.tell(trials)
        self.dice.rolled = state["rolled"]
        self.proposer.restore(state["proposer"])
        self.memory = Memory.restored(state["memory"])

    @property
    def leader(self) -> Trial | None:
        usable = [trial for trial in self.trials if not trial.failed]
        return max(usable, key=rank, default=None)

    @property
    def base(self) -> Values:
        leader = self.leader
        return self.space.initial if leader is None else leader.values

    @property
    def start(self) -> Trial | None:
        """What to improve: the best trial, and while all have failed the latest, since an exception
        is feedback too."""
        return self.leader or (self.trials[-1] if self.trials else None)

    # --- What a prompt shows ------------------------------------------------------------------

    def fresh_runs(self, trial: Trial, most: int, share: float = EXAMPLES_SHARE) -> str:
        """Runs of a trial that tell something new, from all that are known of its values."""
        known = {run.example: run for run in trial.evaluations}
        known.update((run.example, run) for run in self._known(trial.values))
        told = [run for run in known.values() if run.shown or run.text or run.trace]
        drawn = self.memory.coverage.draw(told, most, self.dice.roll())
        return self.shown(drawn, share) if drawn else ""

    def shown(self, runs: Iterable[Evaluation], share: float = EXAMPLES_SHARE) -> str:
        told = [self._numbered(run) for run in runs]
        return show_runs(told, int(self._tokens * share), self.proposer.count)

    def _numbered(self, run: Evaluation) -> Evaluation:
        """The run with a word for each of its pictures, in the order in which they are sent."""
        fit = run.images[: max(0, MOST_PICTURES - len(self._pictures))]
        first = len(self._pictures) + 1
        self._pictures += fit
        marks = "".join(f"\n[picture {first + i}]" for i in range(len(fit)))
        return replace(run, shown=run.shown + marks)

    def attempts(self, parent: Trial | None, most: int, share: float = MEMORY_SHARE) -> str:
        return show_attempts(
            parent,
            self.trials,
            self.memory.verdicts,
            most=most,
            tokens=int(self._tokens * share),
            count=self.proposer.count,
        )

    def history(self, most: int, share: float = MEMORY_SHARE) -> str:
        return show_history(
            self.trials,
            self.memory.verdicts,
            most=most,
            tokens=int(self._tokens * share),
            count=self.proposer.count,
        )

    def filled(self, prompt: str, **blanks: str) -> Turns:
        """A prompt that opens a proposal; never the same one twice."""
        turns = self.written(prompt, **blanks)
        digest = _digest(turns)
        if digest in self.memory.prompts:
            drawn = str(self.dice.rolled + len(self.memory.prompts) + 1)
            turns = (*turns[:-1], _with(turns[-1], load("optim_again").fill(number=drawn)))
            digest = _digest(turns)
        self.memory.prompts = [*self.memory.prompts, digest][-REMEMBERED:]
        pictures, self._pictures = tuple(self._pictures), []
        return Illustrated(turns, pictures)

    def written(self, prompt: str, **blanks: str) -> Turns:
        """A prompt, or the user's own in the place of the one that asks for values."""
        if self._own_prompt is None or prompt != self.main_prompt:
            return load(prompt).fill(**blanks)
        wanted = self._own_prompt.blanks
        return self._own_prompt.fill(**{k: v for k, v in blanks.items() if k in wanted})

    main_prompt = ""
    """The prompt that asks for values, which the user may replace."""

    # --- Asking -------------------------------------------------------------------------------

    def _answers(self, drafts: Sequence[Draft]) -> list[tuple[Mapping[str, JSON] | None, str]]:
        """What the models say, in the order of the drafts; all are asked at once."""
        proposers = [self.proposer.next() for _ in drafts]
        try:
            return _at_once([_bound(d, p) for d, p in zip(drafts, proposers, strict=True)])
        finally:
            for proposer in proposers:
                self.proposer.add(proposer.replies)

    def _new_candidate(
        self, values: Values | None, parents: Iterable[Trial], note: str = ""
    ) -> list[Suggestion]:
        """The candidate, or nothing where there are no values or they were tried before."""
        if values is None or (key := self.space.key(values)) in self._seen:
            return []
        self._seen.add(key)
        numbers = tuple(trial.number for trial in parents)
        return [Suggestion(values, self.name, numbers, note[:500])]


Answer = tuple[Mapping[str, JSON] | None, str]


def _bound(draft: Draft, proposer: Proposer) -> Callable[[], Answer]:
    return lambda: draft.ask(proposer)


def _at_once(jobs: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run jobs side by side. What a spent budget left unsaid is no answer, as long as somebody
    answered; any other error is raised when all have ended."""
    if len(jobs) <= 1:
        return [job() for job in jobs]
    with ThreadPoolExecutor(min(len(jobs), MOST_THREADS)) as pool:
        futures: list[Future[Any]] = [pool.submit(copy_context().run, job) for job in jobs]
    errors = [error for future in futures if (error := future.exception()) is not None]
    fatal = [error for error in errors if not isinstance(error, BudgetExceeded)]
    if fatal or len(errors) == len(jobs):
        raise (fatal or errors)[0]
    return [(None, "") if future.exception() else future.result() for future in futures]


def _digest(turns: Turns) -> str:
    return sha256(json.dumps([list(turn) for turn in turns]).encode()).hexdigest()[:16]


def _with(turn: tuple[Any, str], more: Turns) -> tuple[Any, str]:
    return turn[0], f"{turn[1]}\n\n{more[-1][1]}"


def show_schema(space: ParameterSpace) -> str:
    """What each parameter may be, one per line."""
    lines = (f"{p.name}: {json.dumps(p.schema(), ensure_ascii=False)}" for p in space)
    return "\n".join(lines)
