"""One child for all embedded models of this process that are opened alike: two would hold the
weights twice and take the cores from each other.

A child is kept by the models that use it. It ends when the last of them is closed or forgotten.
"""

from __future__ import annotations

import threading
from weakref import WeakSet, WeakValueDictionary

from optwright.serving.local.prefixes import PrefixStates
from optwright.serving.local.process import ChildSettings, LocalProcess
from optwright.serving.local.store import EMBEDDED
from optwright.serving.places import Places


class SharedChild:
    """A child, started when it is first needed and again when it crashed, and the queues before it.

    `places` are as many as requests may decode at once, `reading` is held while a prompt is read.
    """

    def __init__(self, settings: ChildSettings) -> None:
        self.settings = settings
        self.places = Places(settings.parallel)
        self.reading = Places(1)
        self.users: WeakSet[object] = WeakSet()
        self._starting = threading.Lock()
        self._process: LocalProcess | None = None
        self._states: PrefixStates | None = None

    def loaded(self) -> tuple[LocalProcess, PrefixStates]:
        """The process with the model in it; loading takes seconds."""
        with self._starting:
            if self._process is None or self._states is None or not self._process.alive:
                self._process = LocalProcess(self.settings)
                kind = f"{EMBEDDED.sha256} {self._process.runtime} {self.settings.threads}"
                self._states = PrefixStates(self.settings.states, kind)
            return self._process, self._states

    def stop(self) -> None:
        """End the process; a request in flight ends as an error."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


_children: WeakValueDictionary[ChildSettings, SharedChild] = WeakValueDictionary()
_meeting = threading.Lock()


def join(settings: ChildSettings, user: object) -> SharedChild:
    """The child with these settings, from now on used by `user` too."""
    with _meeting:
        child = _children.get(settings)
        if child is None:
            child = _children[settings] = SharedChild(settings)
        child.users.add(user)
        return child


def leave(child: SharedChild, user: object) -> None:
    """`user` needs it no more; without another user it ends."""
    with _meeting:
        child.users.discard(user)
        if not child.users:
            child.stop()
