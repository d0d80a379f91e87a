"""The optimizers for programs: rewriting by a model, editing without one, best of N, and a search
that shares one budget and one archive among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from optwright.errors import InputError
from optwright.optim.optimizer import Dice, Optimizer, Setting
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.optimizers.portfolio import Portfolio, PortfolioMember
from optwright.optim.parameters import Tunable
from optwright.optim.program.archive import ISLANDS, Archive, Feature
from optwright.optim.program.edits import Editor
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.showing import context, show_parent, text_of
from optwright.optim.program.writing import Order, Writer
from optwright.optim.trial import JSON, Suggestion, Trial, best

SMALL_CHARS = 2_400  # of open parts; below it writing them anew is as short as quoting them
DIFFS = 0.6  # the share of changes among the proposals for a larger program
FRESH_TRIES = 20  # edits that lead to known programs before an editor says it has none


@dataclass(slots=True)
class Pool:
    """What the members of a search share: the archive, and every program that was ever tried."""

    parameter: ProgramCode
    archive: Archive
    key: Callable[[dict[str, JSON]], str]
    seen: set[str] = field(default_factory=set)
    shared: bool = False
    """Whether a search tells it of trials; else the one member that has it does."""

    @classmethod
    def of(cls, setting: Setting, islands: int = ISLANDS, features: Sequence[Feature] = ()) -> Pool:
        parameters = list(setting.space)
        if len(parameters) != 1 or not isinstance(parameters[0], ProgramCode):
            raise InputError(
                f"this optimizer changes one Program, not {[p.name for p in parameters]}",
                hint="use ow.evolve, or a space with one Program",
            )
        archive = Archive(islands=islands, features=features, parameter=parameters[0].name)
        return cls(parameters[0], archive, setting.space.key)

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.archive.add(self.key(dict(trial.values)), trial)
            self.seen.add(self.parameter.form(text_of(self.parameter, trial)))

    def candidate(
        self, text: str, island: int, origin: str, parents: Sequence[Trial], note: str
    ) -> Suggestion | None:
        """The candidate, expected on its island; None for a program that was tried before, in
        whatever layout."""
        form = self.parameter.form(text)
        if form in self.seen:
            return None
        self.seen.add(form)
        values = {self.parameter.name: self.parameter.check(text)}
        self.archive.expect(self.key(values), island)
        return Suggestion(values, origin, tuple(trial.number for trial in parents), note)

    def restore(self, births: JSON, trials: Sequence[Trial]) -> None:
        self.archive.restore(births, [self.key(dict(t.values)) for t in trials], trials)
        self.seen = {self.parameter.form(text_of(self.parameter, t)) for t in trials}


class ProgramOptimizer:
    """The common half of the members; one that is opened alone has a pool of its own."""

    name = ""

    def __init__(self, setting: Setting, pool: Pool | None = None) -> None:
        self.pool = pool or Pool.of(setting)
        self._alone = not self.pool.shared
        self.parameter = self.pool.parameter
        self.goal = setting.goal or "Make the score as high as possible."
        self.dice = Dice(setting.seed, self.name)

    def ask(self, n: int = 1) -> list[Suggestion]:
        raise NotImplementedError

    def tell(self, trials: Sequence[Trial]) -> None:
        if self._alone:
            self.pool.tell(trials)

    def state(self) -> JSON:
        return {
            "rolled": self.dice.rolled,
            "births": self.pool.archive.state() if self._alone else None,
        }

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self.dice.rolled = state["rolled"]
        if self._alone:
            self.pool.restore(state["births"], trials)


class Editing(ProgramOptimizer):
    """Edits of the syntax tree; asks nobody."""

    name = "editing"

    def __init__(self, setting: Setting, pool: Pool | None = None) -> None:
        super().__init__(setting, pool)
        self._editor = Editor(self.parameter.vocabulary)

    def ask(self, n: int = 1) -> list[Suggestion]:
        found = (self._one(self.dice.roll()) for _ in range(n))
        return [candidate for candidate in found if candidate is not None]

    def _one(self, rng: Random) -> Suggestion | None:
        island = self.pool.archive.next_island()
        for _ in range(FRESH_TRIES):
            chosen = self.pool.archive.choose(island, rng)
            if chosen is None:
                return None
            parent, others = chosen
            other = text_of(self.parameter, rng.choice(others)) if others else None
            edited = self._editor.edited(text_of(self.parameter, parent), rng, other)
            if edited is None:
                continue
            text, note = edited
            try:
                candidate = self.pool.candidate(text, island, self.name, [parent, *others], note)
            except InputError:  # it lost a function that is needed, or got too long
                continue
            if candidate is not None:
                return candidate
        return None


class _Asking(ProgramOptimizer):
    """A member that asks a language model; `_orders` says what."""

    def __init__(
        self, setting: Setting, pool: Pool | None = None, *, form: str | None = None
    ) -> None:
        super().__init__(setting, pool)
        if form not in (None, "block", "diff", "whole"):
            raise InputError(f"form {form!r} is none of block, diff, whole")
        self._form = form
        self._writer = Writer(setting, self.name, self.parameter)

    @property
    def replies(self) -> Replies:
        return self._writer.replies

    def ask(self, n: int = 1) -> list[Suggestion]:
        plans = [plan for _ in range(n) if (plan := self._plan(self.dice.roll())) is not None]
        proposals = self._writer.write([order for order, _, _ in plans])
        found: list[Suggestion] = []
        for (_, island, parents), proposal in zip(plans, proposals, strict=True):
            if proposal is None:
                continue
            text, note = proposal.text, proposal.note
            candidate = self.pool.candidate(text, island, self.name, parents, note)
            found += [] if candidate is None else [candidate]
        return found

    def state(self) -> JSON:
        return {**super().state(), "writer": self._writer.state()}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        super().restore(state, trials)
        self._writer.restore(state["writer"])

    def _plan(self, rng: Random) -> tuple[Order, int, list[Trial]] | None:
        raise NotImplementedError

    def _form_for(self, text: str, rng: Random) -> str:
        """How the answer is asked for: small parts are written anew, of large ones mostly some
        lines are changed."""
        if self._form is not None:
            return self._form
        small = sum(map(len, self.parameter.marked(text).blocks)) <= SMALL_CHARS
        return "block" if small or rng.random() >= DIFFS else "diff"


class Rewriting(_Asking):
    """A model reads a program of an island, others of that island, what was tried and what helped,
    and writes a better one."""

    name = "rewriting"

    def _plan(self, rng: Random) -> tuple[Order, int, list[Trial]] | None:
        archive = self.pool.archive
        island = archive.next_island()
        chosen = archive.choose(island, rng)
        if chosen is None:
            return None
        parent, others = chosen
        attempts, ideas = context(archive, island, parent)
        text = text_of(self.parameter, parent)
        form = self._form_for(text, rng)
        turns = show_parent(
            self.parameter,
            self.goal,
            parent,
            form,
            others=others,
            attempts=attempts,
            ideas=ideas,
        )
        return Order(turns, text, form), island, [parent, *others]


class BestOfN(_Asking):
    """The baseline: every proposal starts from the best program so far and knows of nothing else.
    A search that does not beat it is not worth its archive."""

    name = "best-of-n"

    def _plan(self, rng: Random) -> tuple[Order, int, list[Trial]] | None:
        archive = self.pool.archive
        if not archive.trials:
            return None
        parent = best(archive.trials) or archive.trials[0]
        text = text_of(self.parameter, parent)
        form = self._form_for(text, rng)
        turns = show_parent(self.parameter, self.goal, parent, form)
        return Order(turns, text, form), archive.next_island(), [parent]


def _is_program(parameter: Tunable[Any]) -> bool:
    return isinstance(parameter, ProgramCode)


_KINDS: dict[str, Callable[[Setting, Pool | None], ProgramOptimizer]] = {
    cls.name: cls for cls in (Editing, Rewriting, BestOfN)
}
MEMBERS = (
    PortfolioMember("rewriting", 0.5, 4.0, _is_program, needs_model=True),
    PortfolioMember("best-of-n", 0.5, 3.0, _is_program, needs_model=True),
    PortfolioMember("editing", 0.3, 8.0, _is_program),
)
"""Who takes part in a search, in the order in which ties are broken."""


class Search(Portfolio):
    """All members that the means allow, on one archive; the next proposals go to those that earn
    most for what they cost, and what one member is asked for in a step it is asked at once."""

    name = "program"

    def __init__(
        self,
        setting: Setting,
        members: Sequence[PortfolioMember] = MEMBERS,
        *,
        islands: int = ISLANDS,
        features: Sequence[Feature] = (),
    ) -> None:
        self.pool = Pool.of(setting, islands, features)
        self.pool.shared = True
        super().__init__(setting, members)

    @property
    def archive(self) -> Archive:
        return self.pool.archive

    def ask(self, n: int = 1) -> list[Suggestion]:
        wanted: dict[str, int] = {}
        for _ in range(n):
            name = max(filter(self._takes_part, self.members), key=self._promise)
            wanted[name] = wanted.get(name, 0) + 1
            self._waiting[name] = self._waiting.get(name, 0) + 1
        asked: list[Suggestion] = []
        for name, count in wanted.items():
            asked += self._ask_member(name, count)
        # What a member could not propose, the others may, one by one.
        for _ in range(n - len(asked)):
            asked += self._ask_one()
        return asked

    def tell(self, trials: Sequence[Trial]) -> None:
        self.pool.tell(trials)
        super().tell(trials)

    def state(self) -> JSON:
        return {**super().state(), "births": self.pool.archive.state()}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self.pool.restore(state["births"], trials)
        super().restore(state, trials)

    def _open_member(self, name: str, setting: Setting) -> Optimizer:
        return _KINDS[name](setting, self.pool)


def open_search(
    name: str, setting: Setting, *, islands: int = ISLANDS, features: Sequence[Feature] = ()
) -> Optimizer:
    """The search (`program`) or one member of it alone, with an archive of this kind."""
    if name in _KINDS:
        return _KINDS[name](setting, Pool.of(setting, islands, features))
    if name == Search.name:
        return Search(setting, islands=islands, features=features)
    raise InputError(f"no optimizer {name!r} for programs; there are {[*_KINDS, Search.name]}")
