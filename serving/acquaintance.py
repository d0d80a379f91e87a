"""Getting to know a model: what its endpoint takes, whether a schema binds it, how it thinks."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.serving import endpoints
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, user
from optwright.serving.dialect import Known
from optwright.serving.models import open_model
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.probe import constrains
from optwright.serving.sync import run
from optwright.serving.thoughts import said_after_thoughts, thought_tokens

_HELLO = ChatRequest((user("Reply with the word hello."),), max_tokens=512, role="hello")


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What was learnt of a model. `constrains` says whether a schema binds its replies (None: its
    reply did not tell); `sentences` are all of it for a person."""

    name: str
    replied: str
    thought_tokens: int
    tokens_per_second: float | None
    constrains: bool | None
    sentences: tuple[str, ...]


def acquainted(name: str) -> Acquaintance:
    """Ask a model twice, and say what was learnt; raises as `open_model` and `complete` do."""
    model = open_model(name)
    endpoints.forget(model.name)
    try:
        return run(_asked(model))
    finally:
        model.close()


async def _asked(model: ChatModel) -> Acquaintance:
    hello = await model.complete(_HELLO)
    bound, probe = await constrains(model)
    thoughts = max(thought_tokens(hello), thought_tokens(probe))
    speed = _speed(hello, probe)
    said = [f"answers: {' '.join(said_after_thoughts(hello.text).split())[:60]!r}"]
    if speed is not None:
        said.append(f"writes about {speed:.0f} tokens a second, waiting included")
    said.append(f"thinks first ({thoughts:,} tokens here)" if thoughts else "does not think first")
    said.append(
        {
            True: "keeps to the JSON schema it is sent",
            False: "does NOT keep to the JSON schema it is sent: replies are checked, and it is "
            "shown the schema in the prompt",
            None: "was cut off when it was tried whether a schema binds it",
        }[bound]
    )
    client = _client(model)
    if client is not None:
        known: Known = client.dialect.known
        known.constrains = bound
        if endpoints.is_kept():
            endpoints.remember(client.name, dialect=client.dialect.to_json())
        said += known.sentences()
    return Acquaintance(model.name, hello.text, thoughts, speed, bound, tuple(said))


def _speed(*replies: ChatReply) -> float | None:
    tokens = sum(reply.usage.completion_tokens for reply in replies)
    seconds = sum(reply.usage.seconds for reply in replies)
    return tokens / seconds if tokens and seconds > 0 else None


def _client(model: ChatModel) -> OpenAIModel | None:
    """The client of an endpoint, under its wrappers."""
    inner: object = model
    while inner is not None and not isinstance(inner, OpenAIModel):
        inner = getattr(inner, "model", None)
    return inner if isinstance(inner, OpenAIModel) else None
