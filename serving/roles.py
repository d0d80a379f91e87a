"""Which model plays which role, from one TOML file: a table for each role, `default` for the rest.

    [default]
    model = "local"

    [critic]
    model = "openai/gpt-5"
    reasoning_effort = "low"
    key_env = "CRITIC_KEY"
    price = { prompt = 2.5, completion = 10.0 }

A key stands in the environment, never in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optwright.errors import InputError
from optwright.serving.budget import Account
from optwright.serving.keys import key_of
from optwright.serving.ledger import Ledger
from optwright.serving.metered import Price
from optwright.serving.models import Model, open_model
from optwright.serving.names import destination
from optwright.serving.recorded import Mode
from optwright.serving.settings import CallSettings, Effort, split
from optwright.serving.toml import read_toml

DEFAULT = "default"
_AT = "@http"

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Prices(BaseModel):
    """US dollars for a million tokens read and a million written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: float = Field(ge=0, allow_inf_nan=False)
    completion: float = Field(ge=0, allow_inf_nan=False)

    @property
    def of_calls(self) -> Price:
        return Price(self.prompt, self.completion)


class ModelSpec(BaseModel):
    """A model with all it takes to open it; only `model`, a name for `open_model`, must be given.

    `key_env` names the environment variable that holds the key, `lora` an adapter of a vLLM
    server. `concurrency`, `timeout_s`, `max_tokens` and `reasoning_effort` are as in `open_model`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    base_url: str | None = None
    key_env: str | None = None
    lora: str | None = None
    price: Prices | None = None
    concurrency: Annotated[int, Field(gt=0)] | None = None
    timeout_s: Positive | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    reasoning_effort: Effort | None = None

    @property
    def asked_for(self) -> str:
        """The name to open: that of the adapter, at the server of the model, where there is one."""
        if self.lora is None:
            return self.model
        plain, settings = split(self.model)
        base, at, url = plain.partition(_AT)
        if not base.startswith("vllm/"):
            raise InputError(
                f"adapter {self.lora!r} needs a model of vLLM, and {self.model!r} is none",
                hint="write the model as vllm/NAME",
            )
        return settings.of_name(f"vllm/{self.lora}{at}{url}")

    @property
    def destination(self) -> str | None:
        """Where what it is asked goes; None where it stays on this machine."""
        return destination(self.asked_for, self.base_url)

    def called(
        self, max_tokens: int | None, reasoning_effort: str | None, timeout_s: float | None
    ) -> ModelSpec:
        """This one with settings that go before its own; None leaves its own."""
        given = CallSettings(max_tokens, reasoning_effort, timeout_s)  # refuses what cannot be
        update = {
            "max_tokens": given.max_tokens,
            "reasoning_effort": given.effort,
            "timeout_s": given.timeout,
        }
        return self.model_copy(update={k: v for k, v in update.items() if v is not None})

    def open(
        self,
        *,
        ledger: Ledger | None = None,
        mode: Mode | str | None = None,
        account: Account | None = None,
    ) -> Model:
        """Open the model; raises as `open_model` does, `InputError` for a key that is not set."""
        return open_model(
            self.asked_for,
            base_url=self.base_url,
            api_key=self._key(),
            ledger=ledger,
            mode=mode,
            account=account,
            price=None if self.price is None else self.price.of_calls,
            concurrency=self.concurrency,
            timeout_s=self.timeout_s,
            max_tokens=self.max_tokens,
            reasoning_effort=self.reasoning_effort,
        )

    def _key(self) -> str | None:
        if self.key_env is None:
            return None
        return key_of(self.key_env, self.model)


def read_roles(path: Path) -> dict[str, ModelSpec]:
    """Read a file of roles; raises `InputError` that names the table and the key that is wrong."""
    try:
        tables = read_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"roles {str(path)!r} cannot be read: {error}") from None
    return {role: _read(path, role, table) for role, table in tables.items()}


def _read(path: Path, role: str, table: object) -> ModelSpec:
    try:
        return ModelSpec.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join((role, *map(str, first["loc"])))
        raise InputError(
            f"roles {str(path)!r}: {where}: {first['msg'].lower()}",
            hint=f"a role has {', '.join(ModelSpec.model_fields)}",
        ) from None
