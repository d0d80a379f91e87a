"""A prompt with history, completion and turns of several lines; the one place of prompt_toolkit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from optwright.cli.chat.typed import joined


class Terminal:
    """Asks a person. Tab completes `commands` after a slash and `words` everywhere else, arrows
    go through the `history` file, Alt-Enter begins another line."""

    def __init__(
        self, commands: Sequence[str], words: Callable[[], Iterable[str]], history: Path
    ) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=_history(history),
            completer=_Names(commands, words),
            complete_while_typing=False,
            key_bindings=_keys(),
        )

    def next(self) -> str:
        return joined(self._session.prompt)


class _Names(Completer):
    def __init__(self, commands: Sequence[str], words: Callable[[], Iterable[str]]) -> None:
        self._commands, self._words = commands, words

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        word = typed.rsplit(maxsplit=1)[-1] if typed and not typed[-1].isspace() else ""
        known = self._commands if typed.startswith("/") and word == typed else self._words()
        for name in known:
            if word and name.lower().startswith(word.lower()):
                yield Completion(name, start_position=-len(word))


def _history(path: Path) -> History:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:  # a conversation is worth having without the memory of the arrow keys
        return InMemoryHistory()
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
