"""The same operations through every door: MCP with the SDK's own client, REST, tool schemas."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from starlette.testclient import TestClient

from optwright.doors import rest
from optwright.doors.guard import MOST_BYTES, TokenGuard
from optwright.doors.operations import operations
from optwright.doors.tools import arguments_schema, call, langchain_tools, openai_tools
from optwright.errors import FormulationError, InputError
from tests.drafts import CANDY

mcp = pytest.importorskip("mcp")

MODEL: dict[str, Any] = {
    "variables": [
        {"name": "regular", "domain": "integer", "meaning": "regular boxes"},
        {"name": "gift", "domain": "integer", "meaning": "gift boxes"},
    ],
    "objective": {"sense": "maximize", "expression": "6 * regular + 9 * gift"},
    "constraints": [
        {
            "name": "chocolate",
            "expression": "200 * regular + 150 * gift <= 12000",
            "text": "12000 grams of chocolate",
        },
        {"name": "sold", "expression": "gift <= 40", "text": "At most 40 gift boxes"},
    ],
}
TOKEN = "a token of the test"
PORT = 8123


@pytest.fixture
def served(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "demand.csv").write_text("town,boxes\nLyon,3\nMetz,4\n")
    return operations(tmp_path)


# The operations


def test_a_formulation_is_checked_solved_and_explained(served: dict[str, Any]) -> None:
    checked = call(served, "check_formulation", {"formulation": MODEL})
    assert (checked["valid"], checked["columns"], checked["rows"]) == (True, 2, 2)
    solved = call(served, "solve_formulation", {"formulation": MODEL})
    assert (solved["objective"], solved["values"]) == (540, {"regular": 30, "gift": 40})
    assert '"12000 grams of chocolate"' in " ".join(solved["binding"])
    explained = call(served, "explain_formulation", {"formulation": MODEL})
    assert "LIMITS THAT BIND" in explained["text"]
    assert r"\begin{align" in explained["latex"]


def test_what_is_wrong_with_a_formulation_is_a_result_and_not_an_error(
    served: dict[str, Any],
) -> None:
    broken = MODEL | {"objective": {"sense": "maximize", "expression": "6 * regulr"}}
    checked = call(served, "check_formulation", {"formulation": broken})
    assert not checked["valid"]
    assert "regulr" in checked["findings"][0]["message"]


def test_an_edit_is_compared_with_what_was_before(served: dict[str, Any]) -> None:
    edits = [{"kind": "add_constraint", "constraint": {"name": "few", "expression": "gift <= 20"}}]
    kinds = json.dumps(call(served, "edit_schema", {}))
    assert "add_constraint" in kinds
    compared = call(served, "what_if", {"formulation": MODEL, "edits": edits})
    assert (compared["before"]["objective"], compared["after"]["objective"]) == (540, 450)
    assert any("few" in line for line in compared["differences"])
    again = call(served, "solve_formulation", {"formulation": compared["formulation"]})
    assert again["objective"] == 450


def test_no_solution_is_told_in_words(served: dict[str, Any]) -> None:
    more = {"name": "orders", "expression": "regular + gift >= 900"}
    none = MODEL | {"constraints": [*MODEL["constraints"], more]}
    solved = call(served, "diagnose_formulation", {"formulation": none})
    assert solved["status"] == "infeasible"
    assert "cannot hold together" in " ".join(solved["why"])


def test_files_go_out_and_come_in(served: dict[str, Any]) -> None:
    for fmt in ("lp", "mps", "json"):
        text = call(served, "export_formulation", {"formulation": MODEL, "format": fmt})["text"]
        read = call(served, "import_model", {"text": text, "format": fmt})
        solved = call(served, "solve_formulation", {"formulation": read["formulation"]})
        assert solved["objective"] == 540


def test_plans_are_made_to_be_judged_and_refute_a_wrong_model(served: dict[str, Any]) -> None:
    told = {"problem": CANDY, "formulation": MODEL}
    grounded = call(served, "ground_formulation", told)
    assert len(grounded["plans"]) >= 4
    assert "gift" in grounded["decisions"]
    right = [_judged(plan) for plan in grounded["plans"]]
    assert call(served, "judge_plans", told | {"answers": right})["state"] == "held"
    without = MODEL | {"constraints": MODEL["constraints"][:1]}
    wrong = {"problem": CANDY, "formulation": without}
    plans = call(served, "ground_formulation", wrong)["plans"]
    judged = call(served, "judge_plans", wrong | {"answers": [_judged(plan) for plan in plans]})
    assert judged["state"] == "refuted"
    assert judged["mismatches"]


def _judged(plan: dict[str, Any]) -> dict[str, Any]:
    """What somebody who reads the words of the candy store says of a plan."""
    amounts = dict.fromkeys(("regular", "gift"), 0.0)
    for part in plan["plan"].split("; "):
        name, _, amount = part.partition(" = ")
        if name in amounts:
            amounts[name] = float(amount.replace(",", ""))
    regular, gift = amounts["regular"], amounts["gift"]
    if plan["asks"] == "value":
        return {"number": plan["number"], "value": 6 * regular + 9 * gift}
    whole = all(amount == int(amount) and amount >= 0 for amount in amounts.values())
    allowed = whole and 200 * regular + 150 * gift <= 12000 and gift <= 40
    return {"number": plan["number"], "verdict": "allowed" if allowed else "not allowed"}


def test_tables_are_read_below_the_folder_and_nowhere_else(
    served: dict[str, Any], tmp_path: Path
) -> None:
    (table,) = call(served, "read_tables", {"path": "demand.csv"})["tables"]
    assert (table["rows"], table["first_rows"][0]) == (2, {"town": "Lyon", "boxes": 3})
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    for path in ("../secret.csv", "/etc/passwd", "link.csv", "sub/../../x.csv"):
        with pytest.raises(InputError, match="outside"):
            call(served, "read_tables", {"path": path})
    with pytest.raises(InputError):
        call(served, "read_tables", {"path": "sqlite:///demand.db"})


def test_tables_join_a_formulation(served: dict[str, Any]) -> None:
    model = {
        "sets": [{"name": "T", "column": {"table": "demand", "value": "town"}}],
        "parameters": [
            {
                "name": "need",
                "indices": ["T"],
                "column": {"table": "demand", "value": "boxes", "keys": ["town"]},
            }
        ],
        "variables": [{"name": "send", "indices": ["T"]}],
        "objective": {"sense": "minimize", "expression": "sum(send[t] for t in T)"},
        "constraints": [{"name": "meet", "expression": "send[t] >= need[t]", "forall": "t in T"}],
    }
    tables = {"demand": [{"town": "Lyon", "boxes": 3}, {"town": "Metz", "boxes": 4.5}]}
    solved = call(served, "solve_formulation", {"formulation": model, "tables": tables})
    assert solved["objective"] == 7.5
    with pytest.raises(InputError, match="demand"):
        call(served, "solve_formulation", {"formulation": model})


def test_arguments_that_do_not_fit_are_named(served: dict[str, Any]) -> None:
    for name, arguments, says in (
        ("solve_formulation", {}, "formulation"),
        ("solve_formulation", {"formulation": MODEL, "time_limit_s": -1}, "time_limit_s"),
        ("solve_formulation", {"formulation": MODEL, "stray": 1}, "stray"),
        ("export_formulation", {"formulation": MODEL, "format": "docx"}, "format"),
        ("solve_formulation", "[1]", "not a JSON object"),
        ("solve_formulation", "{", "not JSON"),
        ("fly", {}, "no operation 'fly'"),
        ("what_if", {"formulation": MODEL, "edits": [{"kind": "fly"}]}, "edit 0"),
    ):
        with pytest.raises(InputError, match=says):
            call(served, name, arguments)
    with pytest.raises(FormulationError):
        call(served, "solve_formulation", {"formulation": {"variables": []}})


# Schemas


def test_every_operation_has_a_schema_and_words(served: dict[str, Any]) -> None:
    for tool in openai_tools(served):
        function = tool["function"]
        assert len(function["description"]) > 40
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
        assert function["parameters"]["type"] == "object"
    jsonschema.validate({"formulation": MODEL}, arguments_schema(served["solve_formulation"]))


def test_langgraph_takes_the_operations_as_tools(served: dict[str, Any]) -> None:
    tools = {tool.name: tool for tool in langchain_tools(served)}
    said = tools["solve_formulation"].invoke({"formulation": MODEL})
    assert json.loads(said)["objective"] == 540


# MCP


async def test_the_sdks_client_finds_and_calls_the_tools(served: dict[str, Any]) -> None:
    from optwright.doors.mcp_server import server

    async with mcp.Client(server(served)) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(listed) == set(served)
        assert listed["solve_formulation"].output_schema is not None
        assert set(listed["solve_formulation"].input_schema["required"]) == {"formulation"}
        found = await client.call_tool("solve_formulation", {"formulation": MODEL})
        assert not found.is_error
        assert found.structured_content["objective"] == 540
        wrong = await client.call_tool("solve_formulation", {"formulation": {"variables": []}})
        assert wrong.is_error
        assert "objective is missing" in wrong.content[0].text


async def test_the_command_speaks_mcp_on_standard_input(tmp_path: Path) -> None:
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "optwright", "mcp", "--run-dir", str(tmp_path)],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    async with mcp.Client(command) as client:
        found = await client.call_tool("solve_formulation", {"formulation": MODEL})
        assert found.structured_content["objective"] == 540
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert "read_tables" not in names  # no folder was given
        assert "model_problem" not in names  # no model was given
        resources = await client.list_resources()
        assert "runs://list" in {str(resource.uri) for resource in resources.resources}


# REST


@pytest.fixture
def http(served: dict[str, Any]) -> TestClient:
    guarded = TokenGuard(rest.app(served), TOKEN, PORT)
    return TestClient(guarded, base_url=f"http://127.0.0.1:{PORT}")


ALLOWED = {"Authorization": f"Bearer {TOKEN}"}


def test_an_operation_is_a_post_of_json(http: TestClient) -> None:
    found = http.post("/v1/solve_formulation", json={"formulation": MODEL}, headers=ALLOWED)
    assert (found.status_code, found.json()["objective"]) == (200, 540)
    wrong = http.post("/v1/solve_formulation", json={"formulation": {}}, headers=ALLOWED)
    assert wrong.status_code == 400
    assert "missing" in wrong.json()["error"]
    assert http.post("/v1/fly", json={}, headers=ALLOWED).status_code == 404


def test_the_openapi_description_names_every_operation(
    http: TestClient, served: dict[str, Any]
) -> None:
    described = http.get("/openapi.json", headers=ALLOWED).json()
    assert set(described["paths"]) == {f"/v1/{name}" for name in served}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({**ALLOWED, "Host": "evil.example"}, 421),
        ({**ALLOWED, "Host": f"127.0.0.1:{PORT + 1}"}, 421),
        ({**ALLOWED, "Host": f"evil.example@127.0.0.1:{PORT}"}, 421),
        ({**ALLOWED, "Origin": "https://evil.example"}, 403),
        ({**ALLOWED, "Origin": "null"}, 403),
        ({"Cookie": f"optwright_{PORT}={TOKEN}"}, 401),
    ],
)
def test_who_lacks_the_token_or_comes_from_elsewhere_gets_nothing(
    http: TestClient, headers: dict[str, str], status: int
) -> None:
    for request in (
        http.build_request("POST", "/v1/solve_formulation", json={"formulation": MODEL}),
        http.build_request("GET", "/openapi.json"),
        http.build_request("GET", f"/openapi.json?token={TOKEN}"),
    ):
        request.headers.update(headers)
        answer = http.send(request)
        assert answer.status_code == status
        assert set(answer.json()) == {"error"}


def test_a_body_beyond_the_limit_is_refused(http: TestClient) -> None:
    answer = http.post("/v1/solve_formulation", content=b" " * (MOST_BYTES + 1), headers=ALLOWED)
    assert answer.status_code == 413


def test_mcp_over_http_wants_the_token(served: dict[str, Any]) -> None:
    from optwright.doors.mcp_server import server

    guarded = TokenGuard(server(served).streamable_http_app(), TOKEN, PORT)
    with TestClient(guarded, base_url=f"http://127.0.0.1:{PORT}") as client:
        hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        assert client.post("/mcp", json=hello).status_code == 401
        evil = {**ALLOWED, "Origin": "https://evil.example"}
        assert client.post("/mcp", json=hello, headers=evil).status_code == 403
        assert client.post("/mcp", json=hello, headers=ALLOWED).status_code not in (401, 403)


async def test_the_command_speaks_mcp_over_http(tmp_path: Path) -> None:
    import asyncio

    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    command = [sys.executable, "-m", "optwright", "mcp", "--http", "--token-env", "DOOR"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("--run-dir", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "DOOR": TOKEN},
    )
    try:
        assert process.stderr is not None
        address = (await asyncio.wait_for(process.stderr.readline(), 60)).decode().strip()
        async with (
            httpx2.AsyncClient(headers=ALLOWED) as carrying,
            mcp.Client(streamable_http_client(address, http_client=carrying)) as client,
        ):
            found = await client.call_tool("solve_formulation", {"formulation": MODEL})
            assert found.structured_content["objective"] == 540
    finally:
        process.terminate()
        await process.wait()


def test_the_example_of_the_page_runs() -> None:
    page = (Path(__file__).parents[1] / "docs" / "agents.md").read_text("utf-8")
    (code,) = (block.partition("```")[0] for block in page.split("```python\n")[1:])
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["answer"]["columns"] == 1
