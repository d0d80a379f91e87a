"""Models as they are opened: what a name stands for (`names`), in its wrappers.

    Model( Set( Recorded( TimeBoxed( Heeding( Growing( Probing( Throttled( Retrying( Metered(
        client ))))))))))

`Model` is `Announced` with a way to ask in words, `Set` there where a cap or an effort was given,
`Probing` for servers on this machine.

The order keeps everyone honest. The ledger is outside the account and the queue: a reply it holds
costs nothing and waits for nobody. The account is innermost, so every attempt that may be billed
is paid for, a repeated one too. The queue is outside the retries, so the deadline of a call starts
when its turn comes, and a call that was told to wait keeps its place. The seconds of the budget are
outside queue and retries, because waiting is what uses them up. Replies grow inside the ledger:
what is kept answers the request as it was asked, whatever cap the model was found to need.
"""

from __future__ import annotations

from collections.abc import Iterable

from optwright.errors import InputError
from optwright.serving import endpoints
from optwright.serving.budget import Account
from optwright.serving.caps import Caps, Growing
from optwright.serving.chat import ChatModel, ChatRequest, Image, user
from optwright.serving.events import Announced
from optwright.serving.keys import key_of
from optwright.serving.ledger import Ledger
from optwright.serving.metered import FREE, Charged, Metered, Price, TimeBoxed
from optwright.serving.names import find_named
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.probe import Probing
from optwright.serving.recorded import Mode, Recorded, Replayed
from optwright.serving.refusals import Heeding
from optwright.serving.retry import Retrying
from optwright.serving.settings import CallSettings, Set, split
from optwright.serving.spending import Charging
from optwright.serving.sync import ask, close
from optwright.serving.throttle import Throttled
from optwright.serving.tokens import CountsTokens


class Model(Announced):
    """A model as `open_model` gives it: a `ChatModel` that ordinary code can ask in words."""

    def ask(
        self,
        text: str,
        *,
        images: Iterable[Image] = (),
        max_tokens: int = 1024,
        temperature: float = 0.0,
    ) -> str:
        """The reply to one message, at most `max_tokens` long; raises as `ChatModel.complete` does.
        `images` go along to a model that sees.

        It may be called from threads and from inside a running event loop, which waits meanwhile.
        In a program under `optimize` it is paid from the budget of the study; in a traced function
        the result hangs on the parameters that `text` was made from.
        """
        # A text made from parameters may be a node; what a model is asked is plain.
        asked = (user(str(text), images),)
        request = ChatRequest(asked, temperature=temperature, max_tokens=max_tokens)
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
    max_tokens: int | None = None,
    reasoning_effort: str | None = None,
    retries: int = 3,
) -> Model:
    """Open the model called `name` with ledger, budget, retries and queue around it.

    Names are `local` (the embedded model; `local:PATH` for a GGUF file of your own, and
    `hf:OWNER/REPO:FILE` for one of Hugging Face, fetched once and pinned),
    `replay:PATH` (recorded replies, .sqlite or .jsonl; `replay:PATH@MODEL` for one of several
    models), `scripted:PATH` (a JSON list of replies), `openai/NAME`, `vllm/NAME` for what
    `optwright serve` serves, `vllm:MODEL` to serve a model with vLLM for as long as it is open,
    `NAME@URL` (or `base_url`) for any OpenAI-compatible endpoint, and `PROVIDER/NAME` for what
    LiteLLM knows. A client of your own, or a `ScriptedModel`, may stand in place of a name.

    A name may carry settings: `openai/gpt-5?effort=low&max_tokens=16000&timeout=600`. Those of this
    call go before them: `max_tokens` is the most tokens of a reply, thoughts included (without it
    each request has its own cap, which grows when thoughts cut the reply off); `reasoning_effort`
    is one of none, minimal, low, medium, high, xhigh, max, where the endpoint knows it. `api_key`
    is the key for its address; without it the environment is asked for the key of that host, or
    for `key_env` of the name (`NAME@URL?key_env=MY_KEY`). No key goes to another host.

    `ledger` keeps every reply (`mode`: record, the default, replay or off). `account` is charged
    for what is really paid, with `charge_replays` for replayed replies too. `price` in US dollars
    per million tokens is needed for a usd limit where it is not known. `concurrency` is 1 for
    `local` and 8 for others; `timeout_s` for one call with its retries is unlimited for `local`
    and 600 for others. Raises `ModelUnavailable` when there is no such model, `ExtraMissing`,
    `InputError`.
    """
    mode = _mode(mode)
    settings = CallSettings(max_tokens, reasoning_effort, timeout_s)
    if isinstance(name, str):
        name, carried = split(name)
        settings = settings.over(carried)
        if settings.key_env is not None:
            api_key = api_key or key_of(settings.key_env, name)
    named = find_named(
        name,
        base_url=base_url,
        api_key=api_key,
        timeout_s=settings.timeout,
        concurrency=concurrency,
        check=ledger is None or mode is not Mode.REPLAY,
    )
    client = named.client
    price = price or (FREE if named.is_free else _listed_price(client.name, account))
    if isinstance(client, Replayed):
        return _announced(_set(client, settings), account if charge_replays else None, price)
    # Without an account of its own it is charged to the context that calls it, if to anyone.
    model: ChatModel = Charging(client, price)
    if account is not None:
        model = Metered(client, account, price)
    model = Retrying(model, retries=retries, timeout_s=named.timeout_s)
    model = Throttled(model, named.concurrency)
    model = _knowing(model, client, account)
    if settings.max_tokens is None:
        model = Growing(model, Caps.recalled(client.name), texts=named.writes_at_length)
    model = Heeding(model)
    if account is not None:
        model = TimeBoxed(model, account)
    if ledger is not None:
        model = Recorded(model, ledger, mode)
    return _announced(
        _set(model, settings),
        account if charge_replays else None,
        price,
        exact=isinstance(client, CountsTokens),
    )


def _knowing(model: ChatModel, client: ChatModel, account: Account | None) -> ChatModel:
    """The model with what is known of its endpoint. A server on this machine is tried first, for
    several of those take a schema and drop it; not where calls are counted out."""
    if not isinstance(client, OpenAIModel) or not endpoints.is_kept():
        return model
    client.recall()
    limited = account is not None and account.budget.calls is not None
    return Probing(model, client.dialect) if client.is_here and not limited else model


def _set(model: ChatModel, settings: CallSettings) -> ChatModel:
    given = settings.max_tokens is not None or settings.effort is not None
    return Set(model, settings) if given else model


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
