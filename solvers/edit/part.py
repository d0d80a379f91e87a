"""What all edits have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from optwright.solvers.edit.references import with_old_name


class EditPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _from_version_0_1_0(cls, data: Any) -> Any:
        return with_old_name(data)
