"""The loop of a conversation: a turn in, progress while it is worked on, the reply out.

Ctrl-C stops a turn and keeps the session; Ctrl-D, `/quit` or the end of a pipe leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from textwrap import indent

from optwright.agents.chat.reply import Reply, ReplyKind, TurnProgress
from optwright.agents.chat.session import ChatSession
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.cli import exports
from optwright.cli.chat import slash
from optwright.cli.chat.contained import contained
from optwright.cli.chat.shown import Screen
from optwright.cli.chat.typed import Typed
from optwright.cli.progress import showing
from optwright.errors import InputError, OptwrightError
from optwright.serving.events import listening
from optwright.solvers.backends.program import Program

Work = Callable[[Callable[[TurnProgress], None]], Reply]

_TURNS_SHOWN = 3
_LEAVES = ("/quit", "quit", "/exit", "exit")
_LARGER = (
    "A larger model may do better here: the embedded one is small. Name one with --model; the "
    "session goes on where it is."
)


@dataclass
class Conversation:
    """One opening of a session. `status` is the exit status of the last turn's error, or 0."""

    chat: ChatSession
    typed: Typed
    screen: Screen
    name: str
    small: bool
    """Whether the model is the embedded one, which a larger one can help out."""
    status: int = 0

    def begin(
        self,
        problem: str = "",
        data: Iterable[str] = (),
        solved: tuple[Problem, Solution] | None = None,
    ) -> None:
        """Say where things stand, then take the tables and the problem, or one that is solved."""
        self._greet()
        if solved is not None:
            self._guarded(lambda: self._take_over(*solved))
        if data := tuple(data):
            self._guarded(lambda: self._attach(data))
        if problem:
            self._guarded(lambda: self._turn(problem))

    def run(self) -> None:
        """Take turns until there are no more."""
        going = True
        while going:
            try:
                going = self._next()
            except KeyboardInterrupt:  # at the prompt, or on the way to it
                self.screen.say("(nothing to stop; Ctrl-D or /quit leaves)", "dim")

    def _next(self) -> bool:
        """Take one turn; False where there are no more."""
        try:
            said = self.typed.next()
        except EOFError:
            return False
        if said.strip().lower() in _LEAVES or said.split(maxsplit=1)[:1] == ["/quit"]:
            return False
        if said.strip():
            self._guarded(lambda: self._said(said))
        return True

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something that may fail or be stopped; the session stands either way."""
        self.status = 0
        try:
            with contained():
                work()
        except KeyboardInterrupt:
            self.screen.say("stopped; the session is as it was before this turn", "yellow")
        except OptwrightError as error:
            self.status = error.exit_status
            self.screen.say(str(error), "red")
            if isinstance(error, InputError) and error.excerpt:
                self.screen.say(indent(error.excerpt, "    "))
            if error.hint:
                self.screen.say(f"hint: {error.hint}")

    def _said(self, said: str) -> None:
        if not said.startswith("/"):
            self._turn(said)
            return
        command, rest = slash.read(said)
        if command.sentence is not None:
            self._turn(command.sentence(rest))
            return
        match command.name:
            case "data" if rest:
                self._attach((rest,))
            case "data":
                self._turn("show data")
            case "export":
                self._write(exports.parse([rest]))
            case "report":
                self._write(exports.parse([], [rest]))
            case _:
                self._turn("help")
                self.screen.say(slash.help_text())

    # Turns

    def _turn(self, said: str) -> None:
        self._show(self._worked(lambda told: self.chat.turn(said, told)))

    def _attach(self, sources: Iterable[str]) -> None:
        from optwright.solvers.data.tables import load

        with _showing("data", "reads the tables"):
            sources = list(sources)
            tables = load(sources)
        if self.chat.program is not None:  # before there is a model the reply shows them
            for table in tables.values():
                self.screen.say(table.preview())
        self._show(
            self._worked(
                lambda told: self.chat.attach(tables, told, lambda said: load(sources, said))
            )
        )

    def _take_over(self, problem: Problem, solution: Solution) -> None:
        with _showing("solver", "solves it again"):
            reply = self.chat.adopt(problem, solution)
        self._show(reply)

    def _worked(self, work: Work) -> Reply:
        """Do the work of a turn, showing who does what."""
        words = not self.screen.plain  # a screen reader would read them out, each time anew
        with showing(quiet=False, words=words) as shown, listening(shown.on_event):
            return work(lambda progress: shown.on_step(progress.step, progress.text))

    def _show(self, reply: Reply) -> None:
        self.screen.reply(reply)
        if reply.export:
            self._export(reply.export)
        if reply.kind is ReplyKind.REFUSED:
            self.status = InputError.exit_status
        if self.small and (helped := larger_would_help(reply)):
            self.screen.say(helped, "dim")

    # Files

    def _export(self, fmt: str) -> None:
        """Write the file that a turn asked for, under a name that is not taken."""
        from optwright.agents.chat.handlers.show import FILES

        stem, dot, ending = FILES[fmt].partition(".")
        names = (f"{stem}-{k}{dot}{ending}" if k > 1 else FILES[fmt] for k in count(1))
        path = next(path for name in names if not (path := Path(name)).exists())
        if fmt in ("xlsx", "csv"):
            solution = self.chat.solution
            assert solution is not None
            with _showing("writer", "writes the file"):
                solution.write(path)
            self.screen.say(f"written: {path}", wrap=False)
        elif stem == "report":
            self._write(exports.parse([], [str(path)]))
        else:
            self._write(exports.parse([f"{fmt}={path}"]))

    def _write(self, wanted: tuple[exports.Export, ...]) -> None:
        program, solution = self.chat.program, self.chat.solution
        if program is None or solution is None:
            raise InputError("there is no model yet", hint="tell the problem first")
        with _showing("writer", "writes the file"):
            exports.write(solution, _problem(self.chat.problem, program), wanted)
        for _, path in wanted:
            self.screen.say(f"written: {path}", wrap=False)

    # Coming and going

    def _greet(self) -> None:
        turns = self.chat.turns
        self.screen.say(f"session {self.name}; /help says what can be said, Ctrl-D leaves", "dim")
        if not turns:
            self.screen.say("What is to be decided? Tell the problem, or bring tables with /data.")
            self._tell_cut_off()
            return
        self.screen.say(f"{len(turns)} turns so far. The last ones:", "dim")
        for turn in turns[-_TURNS_SHOWN:]:
            self.screen.say(f"> {turn.said}", "bold")
            self.screen.say(turn.reply.text)
        if self.chat.pending is not None:
            self.screen.question(self.chat.pending)
        for line in self.chat.leaving(unless_shown=True):  # the model may be another one now
            self.screen.say(line)
        self._tell_cut_off()

    def _tell_cut_off(self) -> None:
        if self.chat.cut_off:
            self.screen.say(f"This turn was cut off and did nothing: {self.chat.cut_off!r}")

    def farewell(self, command: str) -> None:
        self.screen.say(f"the session is kept; go on with: {command}", "dim", wrap=False)


@contextmanager
def _showing(agent: str, what: str) -> Iterator[None]:
    """Show that one thing is done for as long as the `with` block takes."""
    with showing(quiet=False) as shown:
        shown.on_step(agent, what)
        yield


def larger_would_help(reply: Reply) -> str:
    """What to say where the embedded model was asked and did not read a turn well; or nothing."""
    is_doubtful = reply.kind in (ReplyKind.REFUSED, ReplyKind.CONFIRM)
    return _LARGER if reply.calls and is_doubtful else ""


def _problem(text: str, program: Program) -> Problem:
    return Problem(text, dict(program.tables))
