"""A conversation about a model: turns in, replies out, nothing lost and nothing half done.

This is what the terminal and the web view talk to. A turn is read by rules; what these cannot
read goes to a model, whose reading is shown and confirmed before it is applied. A turn counts when
its checkpoint is written: whatever ends it before leaves the session as it was.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from optwright.agents.chat import phrasing
from optwright.agents.chat.data_questions import (
    Brought,
    ReadAgain,
    answered,
    first_question,
    is_about_tables,
    setting_said,
    without_questions,
)
from optwright.agents.chat.handlers import Work, edit, perform, plans
from optwright.agents.chat.history import History
from optwright.agents.chat.intents import (
    Ambiguous,
    AskFor,
    Change,
    Instruction,
    Keep,
    Move,
    Several,
    Unread,
)
from optwright.agents.chat.interpret.asks import Asks
from optwright.agents.chat.interpret.commands import is_help
from optwright.agents.chat.interpret.confirm import as_trial, doubts
from optwright.agents.chat.interpret.formulas import exactly
from optwright.agents.chat.interpret.model import TurnReader
from optwright.agents.chat.interpret.phrases import read_turn
from optwright.agents.chat.interpret.small_model import SmallReader
from optwright.agents.chat.interpret.units import fitted
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.plan_questions import is_about_plans
from optwright.agents.chat.reply import Question, Reply, ReplyKind, TurnProgress
from optwright.agents.chat.state import ConversationState, Pending, TurnResult, settled
from optwright.agents.chat.store import Store, Turn
from optwright.agents.chat.thread import State, Thread
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import Profile, profile_for
from optwright.agents.sharing import Share, Sharing, Talk, is_news, notice
from optwright.agents.solution import Solution
from optwright.agents.solver_progress import solver_steps
from optwright.agents.solving import solve
from optwright.closing import Closing
from optwright.errors import FileDamaged, FormulationError, InputError
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.completion import clean
from optwright.serving.events import CallEnded, Event, listening
from optwright.serving.ledger import Ledger
from optwright.serving.names import destination
from optwright.serving.recorded import Mode
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import account
from optwright.solvers.edit.operations import AddTable, Edit
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

MOST_CHARACTERS = 20_000  # of a turn
YES = frozenset("yes;y;yeah;yep;ok;okay;sure;apply;confirm;right;correct;do it;go ahead".split(";"))
NO = frozenset("no;n;nope;cancel;wrong;never mind;do not;don't".split(";"))
_TOO_LONG = re.compile(r"\d[\d,]{100}")  # for any number that a model holds


Told = Callable[[TurnProgress], None]
"""Hears what begins."""


@dataclass(frozen=True)
class Settings:
    """How a session works. `model` None reads turns by rules alone and cannot take a problem.

    `budget` bounds all model calls of this opening of the session; `time_limit_s` is for each
    solve. `ledger` keeps replies of models, `share` and `pseudonyms` keep tables from them, as in
    `solve`; None stands for what was chosen for the session before, and at first for rows and real
    names.
    """

    model: str | ChatModel | None = "local"
    budget: Budget | str | None = None
    effort: Effort = field(default_factory=Effort)
    profile: Profile | str | Path | None = None
    solver: str = "auto"
    time_limit_s: float = 60.0
    ledger: Ledger | None = None
    mode: Mode = Mode.RECORD
    share: Share | None = None
    pseudonyms: bool | None = None


class ChatSession(Closing):
    """A session in a directory (see `store.Sessions`), or in memory for None.

    Raises `RunBusy` while another process holds it and `StorageError` where it cannot be kept.
    """

    def __init__(self, directory: Path | None = None, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        budget = self.settings.budget
        self._account = Account(
            Budget.parse(budget) if isinstance(budget, str) else budget or Budget()
        )
        self._turning = Lock()
        self._told: Told = _silent
        self._calls = _Calls()
        self._attached: Mapping[str, Table] = {}
        self._left: Collection[str] = ()
        self._brought = Brought()
        self._adopted: tuple[Problem, Solution] | None = None
        self._store = Store(directory)
        try:
            self.sharing = self._chosen()
        except BaseException:
            self._store.close()
            raise
        solving = solver_steps(lambda agent, what: self._told(TurnProgress(step=agent, text=what)))
        whatif = WhatIf(self.settings.solver, self.settings.time_limit_s, on_progress=solving)
        self._worker = Work(self._store, whatif)
        try:
            self._thread = Thread(self._store.file, self._work)
            state = self._thread.state
            self._store.forget_beyond(state["versions"], state["turns"])
        except BaseException:
            self._store.close()
            raise

    def _chosen(self) -> Sharing:
        """What tables' names and rows models read: as it is said now, or was kept."""
        kept, settings = self._store.choice("sharing"), self.settings
        before = Sharing() if kept is None else _read_sharing(kept)
        given = {"share": settings.share, "pseudonyms": settings.pseudonyms}
        chosen = {name: value for name, value in given.items() if value is not None}
        now = before.model_copy(update=chosen)
        if now != before or kept is None:
            self._store.put_choice("sharing", now.model_dump_json())
        return now

    # What a turn does

    def turn(self, said: str, told: Told | None = None) -> Reply:
        """Take a turn and say what came of it; `told` hears what begins, on this thread.

        Input that cannot be used is a reply of kind `refused`. Raises `ModelError`,
        `Unavailable`, `BudgetExceeded` and `StorageError`; the session then stands where it stood.
        Turns from several threads wait for each other.
        """
        with self._turning:
            return self._taken(said, told or _silent)

    def _taken(
        self,
        said: str,
        told: Told,
        attached: Mapping[str, Table] | None = None,
        adopted: tuple[Problem, Solution] | None = None,
    ) -> Reply:
        started, self._calls = time.perf_counter(), _Calls()
        said = clean(said)
        if not said.strip():
            return self._refusal("Say what should be different, or 'help'.", started)
        if len(said) > MOST_CHARACTERS:
            text = f"A turn of {len(said):,} characters is too long; {MOST_CHARACTERS:,} are read."
            return self._refusal(f"{text} Put lists of numbers into tables.", started)
        if _TOO_LONG.search(said):
            return self._refusal("A number of more than 100 digits is not read.", started)
        self._told, self._attached, self._adopted = told, attached or {}, adopted
        try:
            self._thread.turn(said)
        except InputError as error:
            self._worker.forget()
            return self._refusal(_refused(error), started)
        except BaseException:
            self._worker.forget()
            raise
        finally:
            self._told, self._attached, self._adopted = _silent, {}, None
        return self._store.turn(self._thread.state["turns"]).reply

    def attach(
        self,
        tables: Mapping[str, Table],
        told: Told | None = None,
        again: ReadAgain | None = None,
        *,
        instead_of: Collection[str] = (),
    ) -> Reply:
        """Bring tables: for the problem that is still to come, or in the place of the model's own
        of the same name. What they leave open is asked, one by one; `again` reads them once more
        with lines of corrections, by the name of the correction file they would stand in. Before
        there is a model, tables named by `instead_of` leave that are not among them."""
        with self._turning:
            self._brought, self._left = Brought(tables, again), instead_of
            said = f"(tables {', '.join(tables)})"
            try:
                return self._taken(said, told or _silent, attached=tables)
            finally:
                self._left = ()

    @property
    def corrections(self) -> Mapping[str, Sequence[str]]:
        """Lines of corrections that turns said of the tables brought last, by their file."""
        return {file: tuple(lines) for file, lines in self._brought.said.items()}

    def adopt(self, problem: Problem, solution: Solution) -> Reply:
        """Begin with a problem that is solved already, by `solve` or in an earlier run.

        Refused where the session has a model, or the solution has none.
        """
        with self._turning:
            return self._taken(problem.text, _silent, adopted=(problem, solution))

    async def aturn(self, said: str, told: Told | None = None) -> Reply:
        """`turn` without blocking the event loop; `told` is called on another thread."""
        return await asyncio.to_thread(self.turn, said, told)

    async def stream(self, said: str) -> AsyncIterator[TurnProgress | Reply]:
        """What begins, as it begins, and the reply at the end."""
        loop, heard = asyncio.get_running_loop(), asyncio.Queue[TurnProgress | None]()

        def told(progress: TurnProgress) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, progress)

        task = asyncio.create_task(self.aturn(said, told))
        task.add_done_callback(lambda _: heard.put_nowait(None))
        while (progress := await heard.get()) is not None:
            yield progress
        yield await task

    # What there is to show

    @property
    def cut_off(self) -> str:
        """The words of a turn that a kill cut off before this session was opened."""
        return self._thread.cut_off

    @property
    def turns(self) -> list[Turn]:
        """Every turn so far with its reply, the oldest first."""
        return self._store.turns()

    @property
    def history(self) -> History:
        """The versions of the model."""
        return self._standing(self._thread.state).history

    @property
    def pending(self) -> Question | None:
        """The question that the next turn may answer."""
        pending = self._standing(self._thread.state).pending
        return pending.question if pending is not None else None

    @property
    def problem(self) -> str:
        """The problem as it was told; empty before it is."""
        return self._thread.state["problem"]

    @property
    def program(self) -> Program | None:
        """The model that stands with its tables; None before there is one."""
        current = self.history.current
        return self._worker.scenario(current).program if current else None

    @property
    def outcome(self) -> Outcome | None:
        """What came of the model that stands."""
        current = self.history.current
        return self._worker.scenario(current).outcome if current else None

    @property
    def solution(self) -> Solution | None:
        """The model that stands as a `Solution`, for reports and exports."""
        standing = self._standing(self._thread.state)
        return self._worker.solution(standing) if standing.history.current else None

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables of the model that stands; before there is one, those that were brought."""
        program = self.program
        if program is not None:
            return program.tables
        return self._store.tables(self._thread.state["tables"])

    def leaving(self, *, unless_shown: bool = False) -> list[str]:
        """What of these tables goes to a model on another machine, a line each; empty where nothing
        does, or (`unless_shown`) where it was shown before."""
        return self._leaving(self.tables, unless_shown=unless_shown)

    def program_of(self, version: int) -> Program:
        """A version of the model with its tables, also while a turn is worked on."""
        return self._store.program(version)

    def outcome_of(self, version: int) -> Outcome:
        """What came of a version of the model, also while a turn is worked on."""
        return self._store.outcome(version)

    def solution_of(self, version: int) -> Solution:
        """A version of the model as a `Solution`, also while a turn is worked on."""
        scenario = Scenario("", self.program_of(version), self.outcome_of(version))
        told = self._store.solution(version)
        return told or phrasing.edited_solution(scenario, self.history, version)

    @property
    def trial(self) -> int:
        """The version that was tried last and that 'keep' would take over; 0 for none."""
        return self._thread.state["trial"]

    @property
    def words(self) -> list[str]:
        """Names and words of the model that stands, for completion."""
        program = self.program
        return Vocabulary(program, self.problem).completions() if program is not None else []

    @property
    def spent(self) -> Amount:
        """What this opening of the session took of models."""
        return self._account.spent

    def close(self) -> None:
        self._store.close()

    # A turn

    def _work(self, state: State) -> State:
        """Do the turn in `state["said"]`, write it down, and say what is different."""
        started, said = time.perf_counter(), state["said"]
        with listening(self._calls):
            reply, standing = self._done(self._standing(state), said)
        seconds = round(time.perf_counter() - started, 3)
        reply = reply.model_copy(update={"calls": self._calls.count, "seconds": seconds})
        number = state["turns"] + 1
        self._store.put_turn(Turn(id=number, said=said, reply=reply, at=time.time()))
        return _state_of(standing, turns=number)

    def _done(self, standing: ConversationState, said: str) -> TurnResult:
        if self._attached:
            return self._tables_came(standing, said)
        if self._brought.again is not None and (line := setting_said(said)):
            self._attached = self._brought.read("", line)
            return self._tables_came(standing, said)
        if self._adopted is not None:
            if standing.history.current:
                raise InputError("this session has a model already", hint="begin another one")
            problem, solution = self._adopted
            return self._with_notice(self._begun(standing, problem, solution), problem.tables)
        if (done := self._reading_chosen(standing, said)) is not None:
            return done
        if not standing.history.current:
            return self._first(standing, said)
        done = self._settled(standing, said)
        if done is not None:
            return done
        standing = replace(standing, pending=None)
        base = self._worker.base(standing)
        self._told(TurnProgress(step="reader", text="reads the turn"))
        vocabulary = Vocabulary(base.program, standing.problem)
        instruction, sure = self._read(standing, said, vocabulary)
        self._told(TurnProgress(step="solver", text="works it out"))
        if sure:
            return perform(self._worker, standing, instruction, said)
        return self._unless_open(standing, instruction, said, vocabulary)

    def _reading_chosen(self, standing: ConversationState, said: str) -> TurnResult | None:
        """Read tables again as a turn answers; None where it answers no question about tables."""
        pending = standing.pending
        if pending is None or pending.question is None or not is_about_tables(pending.question):
            return None
        option = edit.option_of(pending, said)
        if option is None:
            return None
        tables = self._brought.tables or self._store.tables(standing.tables)
        found = answered(tables, self._brought, pending.question, option)
        self._brought.tables = found
        if standing.history.current and all(found[n].columns == t.columns for n, t in tables.items()
                                            if n in found):  # fmt: skip
            done = self._worker.answer(settled(standing), f"Good: {option.label}, as it was read.")
            return _with_question(done, first_question(found, self._brought))
        self._attached = found
        reply, standing = self._tables_came(settled(standing), said)
        if standing.pending is not None or not pending.said or standing.history.current:
            return reply, standing
        return self._first(standing, pending.said)

    def _settled(self, standing: ConversationState, said: str) -> TurnResult | None:
        """Do what a turn answers to what is pending; None where it is about something else."""
        pending = standing.pending
        if pending is None:
            return None
        if pending.question is not None and is_about_plans(pending.question):
            return plans.judged(self._worker, standing, pending.question, said)
        word = " ".join(said.lower().strip(" .!").split())
        if pending.asked_for is not None:
            value = edit.value_said(self._worker, standing, pending, said)
            if value is not None:
                return edit.fill(self._worker, standing, pending, value)
        if pending.change is not None and word in YES:
            instruction: Instruction = pending.change
            if isinstance(pending.instruction, Several):
                instruction = pending.instruction
            return perform(self._worker, settled(standing), instruction, pending.said or said)
        if pending.instruction is not None and word in YES:
            return perform(self._worker, settled(standing), pending.instruction, pending.said)
        if word in NO:
            return self._worker.answer(settled(standing), "Nothing is changed.")
        option = edit.option_of(pending, said)
        return None if option is None else edit.chosen(self._worker, standing, pending, option)

    def _read(
        self, standing: ConversationState, said: str, vocabulary: Vocabulary
    ) -> tuple[Instruction, bool]:
        """What a turn asks for, and whether it is a command or a formula and so leaves nothing
        open."""
        try:
            found = exactly(said, vocabulary)
        except FormulationError as error:
            found = Unread(reason=str(error)) if self.settings.model is None else None
        if found is not None:
            return found, True
        if self.settings.model is None:
            return read_turn(said, vocabulary), False
        asks = Asks(
            self.settings.model,
            self.settings.ledger,
            self.settings.mode,
            Talk(standing.problem, vocabulary.program.tables, self.sharing.share),
            pseudonyms=self.sharing.pseudonyms,
        )
        if self._reads_turns():
            self._told(TurnProgress(step="reader", text="asks the model what is meant"))
            earlier = [turn.said for turn in self._store.turns()[1:]]
            return TurnReader(asks).read(said, vocabulary, self._account, earlier), False
        proposed = read_turn(said, vocabulary)
        if not isinstance(proposed, Unread):
            return proposed, False
        self._told(TurnProgress(step="reader", text="asks the model what is meant"))
        return SmallReader(asks).read(said, vocabulary, self._account, proposed), False

    def _reads_turns(self) -> bool:
        """Whether the model reads whole turns."""
        model, profile = self.settings.model, self.settings.profile
        if isinstance(profile, Profile):
            return profile.reads_turns
        name = model if isinstance(model, str) else model.name if model is not None else ""
        return bool(name) and profile_for(name, profile).reads_turns

    def _unless_open(
        self,
        standing: ConversationState,
        instruction: Instruction,
        said: str,
        vocabulary: Vocabulary,
    ) -> TurnResult:
        """Do what was read, unless the words leave something open: then it is asked first."""
        instruction = as_trial(said, instruction)
        found = doubts(said, instruction, vocabulary)
        # A small model reads some turns, and nobody can say beforehand which.
        guessed = bool(self._calls.count) and not self._reads_turns()
        # Words that are no command may mean another version than the model of turns thinks.
        guessed = guessed or isinstance(instruction, Keep | Move)
        first = instruction.parts[0] if isinstance(instruction, Several) else instruction
        if not found and self._calls.count and isinstance(first, Change):
            found = edit.odd_effects(self._worker, standing, first, said)
        if not (found or guessed) or isinstance(instruction, Unread | Ambiguous | AskFor):
            return perform(self._worker, standing, instruction, said)
        if not isinstance(first, Change):
            text = phrasing.asking_back(instruction, vocabulary.program, found)
            pending = Pending(instruction=instruction, said=said, base=standing.history.current)
            reply, standing = self._worker.reply(
                replace(standing, pending=pending), ReplyKind.CONFIRM, text
            )
            return reply.model_copy(update={"needs_confirmation": True}), standing
        reply, standing = edit.confirm(self._worker, standing, first, said, found)
        if instruction is not first and standing.pending is not None:
            pending = standing.pending.model_copy(update={"instruction": instruction})
            standing = replace(standing, pending=pending)
        return reply, standing

    def _first(self, standing: ConversationState, said: str) -> TurnResult:
        """The problem is told: the agents make a model of it, or ask what it leaves out."""
        if is_help(said):
            return Reply(kind=ReplyKind.ANSWER, text=phrasing.HELP_FIRST), standing
        pending = standing.pending
        if pending is not None and pending.missing and said.strip(" .!").lower() not in NO:
            question, *later = pending.missing
            said = f"{pending.said}\n{question} {said.strip()}"
            if later:
                return self._missing(standing, said, tuple(later))
        tables = self._store.tables(standing.tables)
        if (open_one := first_question(tables, self._brought)) is not None:
            done = Reply(kind=ReplyKind.QUESTION, text=phrasing.TABLES_FIRST), standing
            return _with_question(done, open_one, said)
        problem = Problem(said, tables, self.sharing.share)
        solution = self._solved(problem)
        if solution.formulation is None and solution.questions:
            return self._missing(standing, said, solution.questions)
        return self._begun(replace(standing, pending=None), problem, solution)

    def _missing(
        self, standing: ConversationState, said: str, missing: tuple[str, ...]
    ) -> TurnResult:
        """Ask the first of what the words leave out; there is no model before it is answered."""
        later = f" ({len(missing) - 1} more to come)" if len(missing) > 1 else ""
        question = Question(id=f"missing: {missing[0]}", text=f"{missing[0]}{later}", options=())
        pending = Pending(question=question, missing=missing, said=said)
        text = phrasing.MISSING
        reply = Reply(
            kind=ReplyKind.QUESTION, text=text, questions=(question,), status=Status.ASKED
        )
        return reply, replace(standing, pending=pending)

    def _begun(
        self, standing: ConversationState, problem: Problem, solution: Solution
    ) -> TurnResult:
        if solution.formulation is None:
            text = phrasing.solved(solution)
            return Reply(kind=ReplyKind.REFUSED, text=text, status=solution.status), standing
        self._told(TurnProgress(step="solver", text="looks at what the words leave open"))
        program = Program(solution.formulation, problem.tables)
        return edit.begin(self._worker, standing, program, problem.text, solution)

    def _solved(self, problem: Problem) -> Solution:
        settings = self.settings
        if settings.model is None:
            raise InputError("a problem in words needs a model, and this session has none")
        return solve(
            problem,
            model=settings.model,
            solver=settings.solver,
            budget=self._account,
            effort=settings.effort,
            profile=settings.profile,
            options=SolveOptions(time_limit_s=settings.time_limit_s),
            ledger=settings.ledger,
            mode=settings.mode,
            share=self.sharing.share,
            pseudonyms=self.sharing.pseudonyms,
            on_step=lambda agent, what: self._told(TurnProgress(step=agent, text=what)),
        )

    def _tables_came(self, standing: ConversationState, said: str) -> TurnResult:
        if standing.history.current:
            program = self._worker.scenario(standing.history.current).program
            edits: list[Edit] = []
            for table in self._attached.values():
                in_our_units, notes = fitted(program, table)
                edits += [AddTable.of(in_our_units), *notes]
            done = perform(self._worker, standing, Change(edits=tuple(edits)), said)
            done = self._with_notice(done, {**program.tables, **self._attached})
            return _with_question(done, first_question(self._attached, self._brought))
        stay = {name: kept for name, kept in standing.tables.items() if name not in self._left}
        kept = {**stay, **self._store.put_tables(self._attached)}
        told = [account([table]) for table in without_questions(self._attached).values()]
        text = "\n\n".join(told)
        done = Reply(kind=ReplyKind.ANSWER, text=text), replace(standing, tables=kept)
        done = self._with_notice(done, self._store.tables(kept))
        return _with_question(done, first_question(self._attached, self._brought))

    def _with_notice(self, done: TurnResult, tables: Mapping[str, Table]) -> TurnResult:
        """A reply about tables that came, which also says what of them goes to the model."""
        reply, standing = done
        shown = self._leaving(tables)
        text = "\n\n".join(filter(None, (reply.text, "\n".join(shown))))
        self._leaving(tables, unless_shown=True)
        return reply.model_copy(update={"text": text}), standing

    def _leaving(self, tables: Mapping[str, Table], *, unless_shown: bool = False) -> list[str]:
        model, sharing = self.settings.model, self.sharing
        if not isinstance(model, str) or self.settings.mode is Mode.REPLAY:
            return []
        host, talk = destination(model), Talk("", tables, sharing.share)
        lines = [] if host is None else notice(host, talk, pseudonyms=sharing.pseudonyms)
        if host is None or not lines or not unless_shown:
            return lines
        return lines if is_news(host, talk, pseudonyms=sharing.pseudonyms) else []

    def _standing(self, state: State) -> ConversationState:
        pending = state["pending"]
        return ConversationState(
            History(
                self._store.versions()[: state["versions"]],
                state["current"],
                tuple(state["redo"]),
                state["names"],
            ),
            state["trial"],
            state["problem"],
            state["tables"],
            None if pending is None else Pending.model_validate(pending),
            state["answered"],
        )

    def _refusal(self, text: str, started: float) -> Reply:
        seconds = round(time.perf_counter() - started, 3)
        current = self._thread.state["current"]
        return Reply(
            kind=ReplyKind.REFUSED,
            text=text,
            version=current,
            calls=self._calls.count,
            seconds=seconds,
        )


def _with_question(done: TurnResult, question: Question | None, said: str = "") -> TurnResult:
    """A reply that also asks how a table is read; `said` is the problem that waits for it."""
    if question is None:
        return done
    reply, standing = done
    pending = Pending(question=question, said=said, base=standing.history.current)
    reply = reply.model_copy(
        update={"kind": ReplyKind.QUESTION, "questions": (*reply.questions, question)}
    )
    return reply, replace(standing, pending=pending)


def _read_sharing(text: str) -> Sharing:
    try:
        return Sharing.model_validate_json(text)
    except ValueError as error:
        first = str(error).partition("\n")[0]
        raise FileDamaged(
            f"the choice of what models may read is damaged: {first}",
            hint="begin another session; the file is left as it is",
        ) from error


@dataclass
class _Calls:
    """Counts calls of models that ended in a reply."""

    count: int = 0

    def __call__(self, event: Event) -> None:
        self.count += isinstance(event, CallEnded) and not event.error


def _silent(progress: TurnProgress) -> None: ...


def _refused(error: InputError) -> str:
    text = str(error)
    sentence = text[:1].upper() + text[1:]
    end = "" if sentence.endswith((".", "?")) else "."
    return f"{sentence}{end}" + (f" ({error.hint})" if error.hint else "")


def _state_of(standing: ConversationState, turns: int) -> State:
    history, pending = standing.history, standing.pending
    return {
        "said": "",
        "versions": len(history.versions),
        "turns": turns,
        "current": history.current,
        "trial": standing.trial,
        "redo": list(history.redo),
        "names": dict(history.names),
        "problem": standing.problem,
        "tables": dict(standing.tables),
        "pending": None if pending is None else pending.model_dump(mode="json"),
        "answered": dict(standing.answered),
    }
