"""The operations as JSON schemas: for OpenAI-style function calling, for OpenAPI, for LangGraph."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError, create_model

from optwright.errors import ExtraMissing, InputError

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

Operations = Mapping[str, Callable[..., Any]]


def arguments_schema(operation: Callable[..., Any]) -> dict[str, Any]:
    """The JSON schema of what an operation takes."""
    return _adapter(operation).json_schema()


def result_schema(operation: Callable[..., Any]) -> dict[str, Any]:
    """The JSON schema of what an operation gives back."""
    returns = inspect.signature(operation, eval_str=True).return_annotation
    return TypeAdapter(returns).json_schema(mode="serialization")


def openai_tools(operations: Operations) -> list[dict[str, Any]]:
    """The `tools` of a chat request, as OpenAI's and compatible endpoints take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": inspect.getdoc(operation) or name,
                "parameters": arguments_schema(operation),
            },
        }
        for name, operation in operations.items()
    ]


def call(operations: Operations, name: str, arguments: str | bytes | dict[str, Any]) -> Any:
    """Call an operation with JSON, as a model or a request gives it, and return JSON-able data.

    Raises `InputError` for a name that is not there and arguments that do not fit, and what the
    operation raises.
    """
    if name not in operations:
        raise InputError(f"there is no operation {name!r}; there are {', '.join(operations)}")
    try:
        given = json.loads(arguments) if isinstance(arguments, str | bytes) else arguments
        if not isinstance(given, dict):
            raise InputError(f"the arguments of {name} are not a JSON object")
        result = _adapter(operations[name]).validate_python(_arguments(given))
    except ValidationError as error:
        raise InputError(f"the arguments of {name} do not fit: {_first(error)}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the arguments of {name} are not JSON: {error}") from error
    return TypeAdapter(type(result)).dump_python(result, mode="json")


def langchain_tools(operations: Operations) -> list[StructuredTool]:
    """The operations as tools of LangChain, which LangGraph's agents take.

    Raises `ExtraMissing` where langchain-core is not installed.
    """
    try:
        from langchain_core.tools import StructuredTool
    except ImportError as error:
        raise ExtraMissing("langchain_core", "mcp") from error

    def answering(name: str) -> Callable[..., str]:
        return lambda **arguments: json.dumps(call(operations, name, arguments))

    return [
        StructuredTool.from_function(
            answering(name),
            name=name,
            description=inspect.getdoc(operation) or name,
            args_schema=_arguments_model(name, operation),
        )
        for name, operation in operations.items()
    ]


def _arguments_model(name: str, operation: Callable[..., Any]) -> Any:
    parameters = inspect.signature(operation, eval_str=True).parameters.values()
    fields: dict[str, Any] = {
        p.name: (p.annotation, ... if p.default is p.empty else p.default) for p in parameters
    }
    return create_model(name, **fields)


def _adapter(operation: Any) -> TypeAdapter[Any]:
    """Pydantic reads a function as the schema of its arguments, and calls it with what fits."""
    return TypeAdapter(operation)


def _arguments(given: dict[str, Any]) -> Any:
    from pydantic_core import ArgsKwargs

    return ArgsKwargs((), given)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'they'}: {first['msg']}"
