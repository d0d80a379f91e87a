"""The thread of a conversation as a LangGraph graph: listen, work, listen again.

    listen -> work -> listen ...

The only module of the chat that knows LangGraph. `listen` is an interrupt that carries the open
question; `work` is one turn. A checkpoint is written after each, so a process that is killed
inside a turn leaves the thread where the last finished turn left it: the words of the turn that
was cut off are kept and given back, and the turn counts for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypedDict

from optwright.storage.file import File

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # checkpoints hold JSON, never objects


class State(TypedDict, total=False):
    """What a checkpoint holds; every value is JSON and small, the rest is in the store."""

    said: str
    versions: int
    turns: int
    current: int
    trial: int
    redo: list[int]
    names: dict[str, int]
    problem: str
    tables: dict[str, str]
    pending: dict[str, Any] | None
    answered: dict[str, str]


START_STATE: State = {
    "said": "",
    "versions": 0,
    "turns": 0,
    "current": 0,
    "trial": 0,
    "redo": [],
    "names": {},
    "problem": "",
    "tables": {},
    "pending": None,
    "answered": {},
}

Work = Callable[[State], State]
"""Does a turn: the state with what was said, to the parts of it that are different now."""

_CONFIG: Any = {"configurable": {"thread_id": "session"}, "recursion_limit": 100}


class Thread:
    """The thread that is kept in a session's file. `work` does the turns."""

    def __init__(self, file: File, work: Work) -> None:
        from optwright.agents.saver import WholeSaver

        self._work, self._file = work, file
        with file.errors():
            self._graph = self._compiled(WholeSaver(file))
        self.cut_off = ""
        """What was said in the turn that was cut off, empty if none was."""
        with self._file.errors(), self._readable():
            self._begin()

    @property
    def state(self) -> State:
        with self._file.errors(), self._readable():
            values: State = self._graph.get_state(_CONFIG).values  # type: ignore[assignment]
        return values

    def turn(self, said: str) -> None:
        """Do one turn. What `work` raises is raised here, and the thread is where it was."""
        from langgraph.types import Command

        try:
            with self._file.errors():
                self._graph.invoke(Command(resume=said), _CONFIG, durability="sync")
        except BaseException:
            self._listen_again()
            raise

    def _begin(self) -> None:
        saved = self._graph.get_state(_CONFIG)
        if not START_STATE.keys() <= saved.values.keys():  # also of one killed while it began
            self._graph.invoke(START_STATE, _CONFIG, durability="sync")
        elif "work" in saved.next:
            self.cut_off = saved.values["said"]
            self._listen_again()
        elif not saved.interrupts:  # killed between two steps
            self._graph.invoke(None, _CONFIG, durability="sync")

    def _listen_again(self) -> None:
        """Go back to listening as if the turn had never begun."""
        if "work" in self._graph.get_state(_CONFIG).next:
            self._graph.update_state(_CONFIG, {"said": ""}, as_node="work")
            self._graph.invoke(None, _CONFIG, durability="sync")

    def _compiled(self, checkpointer: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
        from langgraph.graph import START, StateGraph

        graph = StateGraph(State)
        graph.add_node("listen", _listen)
        graph.add_node("work", self._done)
        graph.add_edge(START, "listen")
        graph.add_edge("listen", "work")
        graph.add_edge("work", "listen")
        return graph.compile(checkpointer=checkpointer)

    def _done(self, state: State) -> State:
        return self._work(state)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """A checkpoint that cannot be read is an error of the file, whatever its reader makes of
        it."""
        try:
            yield
        except (ValueError, LookupError, TypeError) as error:
            raise self._file.damaged(error) from error


def _listen(state: State) -> State:
    from langgraph.types import interrupt

    return {"said": interrupt(state["pending"])}
