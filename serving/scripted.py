"""A model that follows a script: for tests, demonstrations and programs without a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Lock

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage

Line = str | ChatReply | Exception | Callable[[ChatRequest], str | ChatReply]


class ScriptedModel:
    """A model that answers with its script, line by line, and remembers what it was asked.

    A line is a text, a whole reply, an exception to raise, or a function of the request. A single
    function answers every request; any other script ends with its last line. Usage counts words.

    >>> from optwright.serving.chat import ChatRequest, user
    >>> from optwright.serving.sync import ask
    >>> model = ScriptedModel("draft")
    >>> ask(model, ChatRequest((user("write"),))).text
    'draft'
    >>> model.asked
    ['write']
    """

    def __init__(self, *script: Line, name: str = "scripted") -> None:
        self.name = name
        self.requests: list[ChatRequest] = []
        self._script = script
        self._lock = Lock()

    @property
    def asked(self) -> list[str]:
        """The last user message of every request, in order."""
        return [_asked(request) for request in self.requests]

    @property
    def left(self) -> int:
        """Lines of the script not used yet; 0 for a single function."""
        return 0 if self._endless else len(self._script) - len(self.requests)

    async def complete(self, request: ChatRequest) -> ChatReply:
        with self._lock:
            line = self._line(request)
            self.requests.append(request)
        if callable(line):
            line = line(request)
        if isinstance(line, Exception):
            raise line
        return line if isinstance(line, ChatReply) else self._reply(request, line)

    async def aclose(self) -> None:
        """Nothing to close."""

    @property
    def _endless(self) -> bool:
        return len(self._script) == 1 and callable(self._script[0])

    def _line(self, request: ChatRequest) -> Line:
        if self._endless:
            return self._script[0]
        if len(self.requests) >= len(self._script):
            raise ModelUnavailable(
                f"the script of {self.name!r} has {len(self._script)} lines and was asked for one "
                f"more: {_asked(request)!r}",
                hint="give ScriptedModel one line for every call, or a function for all",
            )
        return self._script[len(self.requests)]

    def _reply(self, request: ChatRequest, text: str) -> ChatReply:
        prompt = sum(len(message.content.split()) for message in request.messages)
        usage = Usage(prompt_tokens=prompt, completion_tokens=len(text.split()))
        return ChatReply(text, Finish.STOP, usage, self.name)


def read_script(path: Path) -> ScriptedModel:
    """Read a script: a JSON list of texts, one for each reply, or an object `{"rules": [{"when":
    ["text", ...], "reply": "text"}, ...]}`, of which the first rule answers whose texts all stand
    in the request. Anything else is an `InputError`.

    Ledgers know the model by its lines, so two files of one name do not answer for each other,
    and a script that is edited answers anew.
    """
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"script {str(path)!r} cannot be read: {error}") from error
    name = f"scripted:{sha256(json.dumps(lines).encode('ascii')).hexdigest()[:16]}"
    if isinstance(lines, dict):
        return ScriptedModel(_by_rules(path, lines), name=name)
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InputError(
            f"script {str(path)!r} is not a JSON list of texts",
            hint='or an object: {"rules": [{"when": ["text"], "reply": "text"}]}',
        )
    return ScriptedModel(*lines, name=name)


def _by_rules(path: Path, script: dict[str, object]) -> Callable[[ChatRequest], str]:
    rules = script.get("rules")
    if not isinstance(rules, list) or not all(map(_is_rule, rules)):
        raise InputError(
            f"script {str(path)!r} is neither a list of texts nor rules that can be read",
            hint='a rule is {"when": ["text", ...], "reply": "text"}',
        )

    def reply(request: ChatRequest) -> str:
        told = "\n".join(message.content for message in request.messages)
        for rule in rules:
            if all(text in told for text in rule["when"]):
                return str(rule["reply"])
        raise ModelUnavailable(
            f"the script {path.name!r} has no rule for {_asked(request)[:80]!r}",
            hint='end it with a rule for everything: {"when": [], "reply": "..."}',
        )

    return reply


def _is_rule(rule: object) -> bool:
    if not isinstance(rule, dict) or not isinstance(rule.get("reply"), str):
        return False
    when = rule.get("when", None)
    return isinstance(when, list) and all(isinstance(text, str) for text in when)


def _asked(request: ChatRequest) -> str:
    return next((m.content for m in reversed(request.messages) if m.role == "user"), "")
