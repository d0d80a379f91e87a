"""The operations over HTTP: `POST /v1/NAME` with a JSON object, described in `/openapi.json`."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from optwright.doors.tools import Operations, arguments_schema, call, result_schema
from optwright.errors import OptwrightError
from optwright.version import __version__


def app(operations: Operations) -> Starlette:
    """The application; who may use it is up to `guard`."""

    async def operate(request: Request) -> Response:
        name, body = request.path_params["name"], await request.body()
        if name not in operations:
            return _error(f"there is no operation {name!r}", HTTPStatus.NOT_FOUND)
        try:
            found = await anyio.to_thread.run_sync(
                call, operations, name, body or b"{}", abandon_on_cancel=True
            )
        except OptwrightError as error:
            status = HTTPStatus.BAD_REQUEST if error.exit_status == 2 else HTTPStatus.BAD_GATEWAY
            return _error(str(error), status, error.hint)
        return JSONResponse(found)

    async def describe(_: Request) -> Response:
        return JSONResponse(openapi(operations))

    return Starlette(
        routes=[
            Route("/v1/{name}", operate, methods=["POST"]),
            Route("/openapi.json", describe, methods=["GET"]),
        ]
    )


def openapi(operations: Operations) -> dict[str, Any]:
    """The OpenAPI 3.1 description of the operations."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "optwright", "version": __version__},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {f"/v1/{name}": {"post": _post(name, op)} for name, op in operations.items()},
    }


def _post(name: str, operation: Any) -> dict[str, Any]:
    def content(schema: dict[str, Any]) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": schema}}}

    return {
        "operationId": name,
        "summary": (inspect.getdoc(operation) or name).split("\n\n")[0],
        "requestBody": {"required": True, **content(arguments_schema(operation))},
        "responses": {
            "200": {"description": "the result", **content(result_schema(operation))},
            "400": {"description": "what is wrong with the input, and what to do"},
            "401": {"description": "the token is missing or wrong"},
        },
    }


def _error(says: str, status: HTTPStatus, hint: str = "") -> JSONResponse:
    return JSONResponse({"error": says, **({"hint": hint} if hint else {})}, status_code=status)
