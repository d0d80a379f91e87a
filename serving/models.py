"""Model names, and the wrappers around what they name.

    Model( Recorded( TimeBoxed( Throttled( Retrying( Metered( client ))))))

`Model` is `Announced` with a way to ask in words.

The order keeps everyone honest. The ledger is outside the account and the queue: a reply it holds
costs nothing and waits for nobody. The account is innermost, so every attempt that may be billed
is paid for, a repeated one too. The queue is outside the retries, so the deadline of a call starts
when its turn comes, and a call that was told to wait keeps its place. The seconds of the budget are
outside queue and retries, because waiting is what uses them up.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.budget import Account
from optwright.serving.chat import ChatModel, ChatRequest, user
from optwright.serving.events import Announced
from optwright.serving.ledger import Ledger
from optwright.serving.metered import FREE, Charged, Metered, Price, TimeBoxed
from optwright.serving.recorded import Mode, Recorded, Replayed
from optwright.serving.recording import open_replies
from optwright.serving.retry import Retrying
from optwright.serving.scripted import read_script
from optwright.serving.spending import Charging
from optwright.serving.sync import ask, close
from optwright.serving.throttle import Throttled
from optwright.serving.tokens import CountsTokens

if TYPE_CHECKING:
    from optwright.serving.vllm import RunningServer

_KNOWN = (
    "local, local:PATH, replay:PATH, scripted:PATH, openai/NAME, vllm/NAME, vllm:MODEL, NAME@URL, "
    "or PROVIDER/NAME through LiteLLM"
)
_OF_VLLM = "vllm/"
_VLLM_CONCURRENCY = 64  # vLLM batches what it can of them and lets the others wait
_REMOTE_CONCURRENCY = 8
_REMOTE_TIMEOUT_S = 120.0
_OWN = ("local", "replay", "scripted", "vllm")


class Model(Announced):
    """A model as `open_model` gives it: a `ChatModel` that ordinary code can ask in words."""

    def ask(self, text: str, *, max_tokens: int = 1024, temperature: float = 0.0) -> str:
        """The reply to one message, at most `max_tokens` long; raises as `ChatModel.complete` does.

        It may be called from threads and from inside a running event loop, which waits meanwhile.
        In a program under `optimize` it is paid from the budget of the study; in a traced function
        the result hangs on the parameters that `text` was made from.
        """
        # A text made from parameters may be a node; what a model is asked is plain.
        request = ChatRequest((user(str(text)),), temperature=temperature, max_tokens=max_tokens)
        return ask(self, request).text

    def close(self) -> None:
        """Let go of what the model holds, such as the process of an embedded one."""
        close(self)


def open_model(
    name: str | ChatModel,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    ledger: Ledger | None = None,
    mode: Mode | str | None = None,
    account: Account | None = None,
    charge_replays: bool = False,
    price: Price | None = None,
    concurrency: int | None = None,
    timeout_s: float | None = None,
    retries: int = 3,
) -> Model:
    """Open the model called `name` with ledger, budget, retries and queue around it.

    Names are `local` (the embedded model; `local:PATH` for a GGUF file of your own),
    `replay:PATH` (recorded replies, .sqlite or .jsonl; `replay:PATH@MODEL` for one of several
    models), `scripted:PATH` (a JSON list of replies), `openai/NAME`, `vllm/NAME` for what
    `optwright serve` serves, `vllm:MODEL` to serve a model with vLLM for as long as it is open,
    `NAME@URL` (or `base_url`) for any OpenAI-compatible endpoint, and `PROVIDER/NAME` for what
    LiteLLM knows. A client of your own, or a `ScriptedModel`, may stand in place of a name.

    `ledger` keeps every reply (`mode`: record, the default, replay or off). `account` is charged
    for what is really paid, with `charge_replays` for replayed replies too. `price` in US dollars
    per million tokens is needed for a usd limit where it is not known. `concurrency` is 1 for
    `local` and 8 for others; `timeout_s` for one call with its retries is unlimited for `local`
    and 120 for others. Raises `ModelUnavailable` when there is no such model, `ExtraMissing`,
    `InputError`.
    """
    mode = _mode(mode)
    is_own = isinstance(name, str) and name.partition(":")[0] in _OWN and not base_url
    server = None if is_own or not isinstance(name, str) else _served_here(name, base_url)
    if server is not None:
        timeout_s, concurrency = timeout_s or server.patience_s, concurrency or server.sequences
    timeout_s = timeout_s or (None if is_own else _REMOTE_TIMEOUT_S)
    concurrency = concurrency or (_own_concurrency(name) if is_own else _REMOTE_CONCURRENCY)
    if not isinstance(name, str):
        client = name
    elif is_own:
        client = _own(name, concurrency)
    elif server is not None:
        client = _client_of(server, name, timeout_s or _REMOTE_TIMEOUT_S)
    else:
        check = ledger is None or mode is not Mode.REPLAY
        client = _remote(name, base_url, api_key, timeout_s or _REMOTE_TIMEOUT_S, check=check)
    price = price or (FREE if is_own or server else _listed_price(client.name, account))
    if isinstance(client, Replayed):
        return _announced(client, account if charge_replays else None, price)
    # Without an account of its own it is charged to the context that calls it, if to anyone.
    model: ChatModel = Charging(client, price)
    if account is not None:
        model = Metered(client, account, price)
    model = Throttled(Retrying(model, retries=retries, timeout_s=timeout_s), concurrency)
    if account is not None:
        model = TimeBoxed(model, account)
    if ledger is not None:
        model = Recorded(model, ledger, mode)
    return _announced(
        model, account if charge_replays else None, price, exact=isinstance(client, CountsTokens)
    )


def _announced(
    model: ChatModel, account: Account | None, price: Price | None, *, exact: bool = False
) -> Model:
    return Model(model if account is None else Charged(model, account, price, exact=exact))


def _mode(mode: Mode | str | None) -> Mode:
    try:
        return Mode(mode or Mode.RECORD)
    except ValueError:
        raise InputError(
            f"there is no ledger mode {mode!r}; there are {[str(known) for known in Mode]}"
        ) from None


def _listed_price(model: str, account: Account | None) -> Price | None:
    """The price LiteLLM lists; looked up only when there are dollars to watch, as that is slow."""
    if account is None or account.budget.usd is None:
        return None
    from optwright.serving.litellm_client import listed_price

    return listed_price(model)


def _remote(
    name: str, base_url: str | None, api_key: str | None, timeout_s: float, *, check: bool
) -> ChatModel:
    target, url = _split_url(name, base_url)
    provider, _, served = target.partition("/")
    if provider == "vllm" and served:
        from optwright.serving.vllm.client import foreign_client

        return foreign_client(served, url, api_key, timeout_s)
    if url or (provider == "openai" and served):
        from optwright.serving.openai_client import OpenAIModel

        model = served if provider == "openai" and served else target
        return OpenAIModel(model, base_url=url, api_key=api_key, timeout_s=timeout_s)
    if not served:
        raise ModelUnavailable(f"there is no model {name!r}", hint=f"models are {_KNOWN}")
    from optwright.serving.litellm_client import LiteLLMModel

    return LiteLLMModel(target, api_key=api_key, timeout_s=timeout_s, check=check)


def _served_here(name: str, base_url: str | None) -> RunningServer | None:
    """The vLLM server of ours that a `vllm/NAME` means, if there is one."""
    if not name.startswith(_OF_VLLM):
        return None
    from optwright.serving.vllm.client import served_here

    target, url = _split_url(name, base_url)
    return served_here(target.removeprefix(_OF_VLLM), url)


def _client_of(server: RunningServer, name: str, timeout_s: float) -> ChatModel:
    from optwright.serving.vllm.client import client_of

    return client_of(server, _split_url(name, None)[0].removeprefix(_OF_VLLM), timeout_s)


def _own_concurrency(name: str | ChatModel) -> int:
    return _VLLM_CONCURRENCY if str(name).startswith("vllm:") else 1


def _own(name: str, concurrency: int) -> ChatModel:
    kind, _, rest = name.partition(":")
    if kind == "vllm" and rest:
        from optwright.serving.vllm.client import VllmModel

        return VllmModel(rest)
    if kind == "local":
        from optwright.serving.local.model import LocalModel

        return LocalModel(rest or None, parallel=concurrency)
    if not rest:
        raise InputError(f"model {kind!r} needs a file", hint=f"write it {kind}:PATH")
    if kind == "scripted":
        return read_script(Path(rest))
    path, _, model = rest, "", ""
    if not Path(rest).exists():
        path, _, model = rest.rpartition("@")
    return Replayed(open_replies(Path(path or rest)), model or None)


def _split_url(name: str, base_url: str | None) -> tuple[str, str | None]:
    target, at, url = name.partition("@http")
    if not at:
        return name, base_url
    if base_url:
        raise InputError(f"model {name!r} names an address and base_url={base_url!r} another")
    return target, f"http{url}"
