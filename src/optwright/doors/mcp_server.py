"""The operations as a server of the Model Context Protocol. The only module that knows its SDK."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from optwright.doors.operations import told
from optwright.errors import InputError, OptwrightError
from optwright.version import __version__

if TYPE_CHECKING:
    from optwright.agents.runs.directory import Runs
    from optwright.agents.solution import Solution

INSTRUCTIONS = (
    "optwright states, solves, checks and explains mathematical programs. Write a formulation "
    "(formulation_schema has its schema), check it with check_formulation, solve it with "
    "solve_formulation. Where it comes from words, call ground_formulation with the words: its "
    "findings are advice, and its plans are to be judged by the words alone, by somebody who has "
    "not seen the formulation; judge_plans says whether the model holds. A model that was not "
    "judged is not verified: say so."
)


def server(operations: Mapping[str, Callable[..., Any]], runs: Runs | None = None) -> MCPServer:
    """A server of these operations; with `runs`, the kept runs are its resources."""
    made = MCPServer("optwright", instructions=INSTRUCTIONS, version=__version__)
    for name, operation in operations.items():
        made.add_tool(
            _in_a_thread(operation), name=name, description=inspect.getdoc(operation) or name
        )
    if runs is not None:
        _add_runs(made, runs)
    return made


def _in_a_thread(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation without holding up the server; an error of ours becomes the tool's words."""

    @functools.wraps(operation)
    async def tool(**arguments: Any) -> Any:
        call = functools.partial(operation, **arguments)
        try:
            # What is cancelled is abandoned: solves end at their own limits.
            return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
        except OptwrightError as error:
            raise ToolError(told(error)) from error

    return tool


def _add_runs(made: MCPServer, runs: Runs) -> None:
    @made.resource("runs://list", mime_type="application/json")
    def list_runs() -> str:
        """The kept runs: name, state, and what the problem begins with."""
        return json.dumps(
            [
                {
                    "name": run.name,
                    "state": run.state.value if run.state else "damaged",
                    "problem": run.task.problem[:200] if run.task else "",
                }
                for run in runs.summaries()
            ]
        )

    @made.resource("runs://{name}", mime_type="application/json")
    def show_run(name: str) -> str:
        """The solution of a run."""
        return _solution(runs, name).to_json()

    @made.resource("runs://{name}/report", mime_type="text/markdown")
    def report_of_run(name: str) -> str:
        """The report of a run, as Markdown."""
        from optwright.reporting import content

        return content(_solution(runs, name), ".md").decode()


def _solution(runs: Runs, name: str) -> Solution:
    summary = runs.summary(runs.find(name))
    if summary.solution is None:
        raise InputError(f"run {name!r} has no solution: {summary.error or summary.damaged}")
    return summary.solution
