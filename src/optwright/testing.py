"""What tests of programs that use optwright need: a scripted model and the contract suites."""

from __future__ import annotations

from optwright.serving.scripted import ScriptedModel

__all__ = ["ScriptedModel"]
