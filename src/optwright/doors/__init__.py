"""Doors for programs: what optwright does, as tools with schemas.

`operations` says it once; `mcp_server` serves it over the Model Context Protocol, `rest` over HTTP,
and `tools` hands it to OpenAI-style function calling and to LangGraph.
"""
