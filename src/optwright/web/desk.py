"""The desk: where the turns that come from a browser are worked on, one after the other.

The session belongs to the thread that calls `run`, which is the main one: only there can a turn be
stopped in the middle, as Ctrl-C does in a terminal. Other threads leave work, look at `view` and
`live`, and hear the `bell` when either is new.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from types import FrameType

from optwright import platforms
from optwright.agents.chat.data_questions import ReadAgain
from optwright.agents.chat.reply import Reply, ReplyKind, TurnProgress
from optwright.agents.chat.session import ChatSession
from optwright.agents.chat.store import Sessions
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.cli.chat.contained import contained
from optwright.cli.chat.conversation import larger_would_help
from optwright.cli.progress import Live
from optwright.errors import InputError, OptwrightError
from optwright.serving.events import listening, watching
from optwright.serving.models import open_model
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.web.bell import Bell
from optwright.web.models import hold_key, is_embedded
from optwright.web.view import View

Told = Callable[[TurnProgress], None]

STOPPED = "Stopped. The session is as it was before this turn."


class Busy(InputError):
    """A turn is worked on, and the next one waits for it."""


class _Stopped(KeyboardInterrupt):
    """The turn is to stop; raised in the middle of whatever it does."""


@dataclass(frozen=True)
class Note:
    """What came of work that left no turn behind: a refusal, an error, a stop. `said` are the
    words it was about, to be mended and said again."""

    text: str
    hint: str = ""
    said: str = ""
    stays: bool = False
    """Whether it is shown beside a turn that came of the same work."""


@dataclass(frozen=True)
class _Job:
    number: int
    said: str
    work: Callable[[Told], Reply | Note | None]


class Desk:
    """Works on turns of a session."""

    def __init__(
        self,
        session: ChatSession,
        name: str,
        *,
        small: bool = False,
        sessions: Sessions | None = None,
    ) -> None:
        """`small`: whether the model is the embedded one, which a larger one can help out.
        `sessions` has others to go over to; None for a session by itself."""
        self.session, self.name, self.small, self.sessions = session, name, small, sessions
        self.bell = Bell()
        self.view = View.of(session)
        # The model may be another one than before: what it reads of the tables is said again.
        lines = session.leaving(unless_shown=True)
        self.note = Note("\n".join(lines)) if lines else None
        self.live: Live | None = None
        """Who does what, while a turn is worked on."""
        self.left = False
        self.news = 0
        """Grows whenever there is something else to show."""
        self._number = 0
        self._taking = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._hears = False
        self._stoppable = False
        self._to_stop = 0

    # For any thread

    @property
    def working(self) -> bool:
        return self.live is not None

    def say(self, said: str) -> None:
        """Take a turn; raises `Busy` while another is worked on."""
        self._take(said, lambda told: self.session.turn(said, told))

    def attach(
        self,
        read: Callable[[], Mapping[str, Table]],
        again: ReadAgain | None = None,
        instead_of: Collection[str] = (),
    ) -> None:
        """Bring tables that `read` gives, which can be stopped; raises `Busy` as `say` does.
        `again` reads them once more with what was said of them; `instead_of` names those whose
        place they take, called so or not."""

        def work(told: Callable[[TurnProgress], None]) -> Reply:
            told(TurnProgress(step="data", text="reads the tables"))
            return self.session.attach(read(), told, again, instead_of=instead_of)

        self._take("", work)

    def begin(self, sources: Sequence[str], problem: str) -> None:
        """Bring the tables of files and databases, and tell the problem they are for; one of both
        may be empty."""

        def work(told: Callable[[TurnProgress], None]) -> Reply:
            told(TurnProgress(step="data", text="reads the tables"))
            brought = None
            if sources:
                brought = self.session.attach(load(sources), told, lambda said: load(sources, said))
            self.view = View.of(self.session)  # what leaves is shown before it does
            self._tell()
            if problem and (brought is None or brought.kind is not ReplyKind.REFUSED):
                return self.session.turn(problem, told)
            assert brought is not None
            return brought

        self._take(problem, work)

    def adopt(self, problem: Problem, solution: Solution) -> None:
        """Begin with a problem that is solved already; raises `Busy` as `say` does."""
        self._take("", lambda told: self.session.adopt(problem, solution))

    def offer(self, text: str, tables: Mapping[str, Table]) -> None:
        """Put words into the box, to be sent or changed, and bring the tables they are about."""
        if not tables:
            self.note = Note("", said=text)
            self._tell()
            return

        def work(told: Callable[[TurnProgress], None]) -> Note:
            self.session.attach(tables, told)
            return Note("", said=text, stays=True)

        self._take("", work)

    def go_over(self, name: str) -> None:
        """Go on with another session, or begin it; raises `Busy` as `say` does, and `InputError`
        for a name that none can have."""
        if self.sessions is None:
            raise InputError("this server has no other sessions")
        path = self.sessions.path(name)

        def work(told: Callable[[TurnProgress], None]) -> None:
            if name != self.name:
                entered = ChatSession(path, self.session.settings)
                self.session.close()
                self.session, self.name = entered, name

        self._take("", work)

    def use(self, model: str, key: str = "") -> None:
        """Let another model read and formulate from the next turn on. A `key` goes to the
        provider the name says, is held by this process alone, and is written nowhere."""
        if key:
            model = hold_key(model, key)

        def work(told: Callable[[TurnProgress], None]) -> Note | None:
            told(TurnProgress(step="model", text="is looked for"))
            open_model(model)  # a name that is none is refused here
            settings = replace(self.session.settings, model=model, profile=None)
            if self.sessions is None:
                raise InputError("this session is in memory and keeps its model")
            path = self.sessions.path(self.name)
            before = self.session.settings
            self.session.close()
            try:
                self.session = ChatSession(path, settings)
            except OptwrightError:
                self.session = ChatSession(path, before)
                raise
            self.small = is_embedded(model)
            lines = self.session.leaving(unless_shown=True)
            return Note("\n".join(lines)) if lines else None

        self._take("", work)

    def close(self) -> None:
        """Let go of the session, whichever it is by now."""
        self.session.close()

    def refuse(self, error: OptwrightError, said: str = "") -> None:
        """Note that something could not be taken at all."""
        self.note = Note(str(error), error.hint, said)
        self._tell()

    def stop(self) -> None:
        """Stop the turn that is worked on; the session stays as it was before."""
        self._to_stop = self._number
        # Where nobody hears it the signal would end the process; work that has not begun looks.
        if self._stoppable and self._hears:
            platforms.interrupt_main_thread()

    def leave(self) -> None:
        """Let `run` return after the turn it is in, and event streams end."""
        self.left = True
        self._jobs.put(None)
        self.bell.ring()

    def _take(self, said: str, work: Callable[[Told], Reply | Note | None]) -> None:
        with self._taking:
            if self.working:
                raise Busy("a turn is being worked on", hint="wait for it, or stop it")
            self._number += 1
            self.note, self.live = None, Live(draw=self.bell.ring)
            self._jobs.put(_Job(self._number, said, work))
        self.bell.ring()

    # For the thread that works

    def run(self) -> None:
        """Work on what comes until `leave`."""
        with self._hearing():
            while (job := self._jobs.get()) is not None:
                before, note = len(self.view.turns), self._done(job)
                self.view = View.of(self.session)
                # What became a turn is shown as one.
                is_shown = note is not None and (note.stays or len(self.view.turns) <= before)
                self.note = note if is_shown else None
                self.live = None
                self._tell()

    def _tell(self) -> None:
        self.news += 1
        self.bell.ring()

    def _done(self, job: _Job) -> Note | None:
        live = self.live
        assert live is not None

        def told(progress: TurnProgress) -> None:
            live.on_step(progress.step, progress.text)

        try:
            with listening(live.on_event), watching():
                came = self._stopping_at_will(job, told)
        except _Stopped:
            return Note(STOPPED, said=job.said)
        except OptwrightError as error:
            return Note(str(error), error.hint, job.said)
        if not isinstance(came, Reply):
            return came
        helped = larger_would_help(came) if self.small else ""
        return Note(came.text, helped, job.said) if came.kind is ReplyKind.REFUSED else None

    def _stopping_at_will(self, job: _Job, told: Told) -> Reply | Note | None:
        try:
            self._stoppable = True
            if self._to_stop == job.number:  # it was asked before the work began
                raise _Stopped
            with contained():
                return job.work(told)
        finally:
            self._stoppable = False

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._stoppable and self._to_stop == self._number:
            self._stoppable = False
            raise _Stopped

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        """Let the signal of `stop` interrupt work; only the main thread hears signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(platforms.stop_signal(), self._interrupt)
        self._hears = True
        try:
            yield
        finally:
            self._hears = False
            signal.signal(platforms.stop_signal(), before)
