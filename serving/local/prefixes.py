"""Prompt states on disk: what the embedded model has read once, it need not read again.

The state after a prefix (the worked examples, say) is 28 kB a token and takes milliseconds to load
where reading the prefix takes seconds. States are found by what they are of, checked by what they
hold, and the least recently used go first. Losing any of them costs time, never an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from optwright.errors import EndpointError

_KEEP_BYTES = 512 * 2**20
_KEY_DIGITS = 32
_DIGEST_DIGITS = 16


class Runtime(Protocol):
    """What answers for the model: places that read prompts, and save and load their states."""

    async def ask(self, path: str, **asked: object) -> dict[str, Any]: ...


class PrefixStates:
    """The folder of states that one kind of runtime wrote; `runtime` says which kind.

    Several processes may share the folder: states appear and go as whole files.
    """

    def __init__(self, folder: Path, runtime: str, *, keep_bytes: int = _KEEP_BYTES) -> None:
        self._folder = folder
        self._runtime = runtime
        self._keep_bytes = keep_bytes

    async def bring(
        self,
        runtime: Runtime,
        place: int,
        prompt: Sequence[int],
        cuts: Sequence[int],
        *,
        keep_all: bool,
    ) -> int:
        """Bring `place` into the state after `prompt[:cuts[-1]]`; return how much of it was kept.

        What lies between two cuts is always read in one piece, whether or not the state before it
        was kept: sums of floating point numbers depend on the pieces, and replies must not depend
        on what was asked before. The state after the last cut is kept only if asked for: it is of
        use to further draws of the same request, which a greedy request has none of.
        """
        kept = await self._load_longest(runtime, place, prompt, cuts)
        for cut in (cut for cut in cuts if cut > kept):
            await runtime.ask(
                "/completion",
                prompt=prompt[:cut],
                n_predict=0,
                id_slot=place,
                # Without a kept state the place still holds that of the request before.
                cache_prompt=kept > 0 or cut > cuts[0],
            )
            if cut < cuts[-1] or keep_all:
                await self._save(runtime, place, prompt[:cut])
        return kept

    async def _load_longest(
        self, runtime: Runtime, place: int, prompt: Sequence[int], cuts: Sequence[int]
    ) -> int:
        for cut in reversed(cuts):
            name = await asyncio.to_thread(self._find, prompt[:cut])
            if name is not None:
                # Another process may have deleted it since: then it was not there.
                with contextlib.suppress(EndpointError):
                    await runtime.ask(f"/slots/{place}?action=restore", filename=name)
                    return cut
        return 0

    async def _save(self, runtime: Runtime, place: int, tokens: Sequence[int]) -> None:
        draft = self._folder / f"{self._key(tokens)}.{os.getpid()}.draft"
        try:
            await runtime.ask(f"/slots/{place}?action=save", filename=draft.name)
            await asyncio.to_thread(self._keep, draft)
        except (EndpointError, OSError):  # a full disk: the state is not kept, no more
            draft.unlink(missing_ok=True)

    def _find(self, tokens: Sequence[int]) -> str | None:
        """Return the name of the state's file, deleting one that does not hold what was written.

        The runtime would load a damaged state without complaint, and answer from it.
        """
        for file in self._folder.glob(f"{self._key(tokens)}-*.state"):
            with contextlib.suppress(OSError):  # another process may have just deleted it
                if file.stem.endswith(f"-{_digest(file)}"):
                    os.utime(file)
                    return file.name
                file.unlink()
        return None

    def _keep(self, draft: Path) -> None:
        key = draft.name.partition(".")[0]
        draft.replace(self._folder / f"{key}-{_digest(draft)}.state")
        self._forget_oldest()

    def _key(self, tokens: Sequence[int]) -> str:
        text = self._runtime.encode() + b"\0" + array("i", tokens).tobytes()
        return hashlib.sha256(text).hexdigest()[:_KEY_DIGITS]

    def _forget_oldest(self) -> None:
        files = [(file.stat(), file) for file in self._folder.glob("*.state")]
        kept = 0
        for stat, file in sorted(files, key=lambda known: known[0].st_mtime_ns, reverse=True):
            kept += stat.st_size
            if kept > self._keep_bytes:
                file.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:_DIGEST_DIGITS]
