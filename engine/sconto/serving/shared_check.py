"""One check of the rule files for all processes that ask for it."""

from __future__ import annotations

import asyncio

from sconto.app.reload import CheckRules, Refused
from sconto.rulebook.read.watch import Seen, files_of
from sconto.serving.initial_rules import Beginning
from sconto.settings import Settings


class SharedCheck:
    """Checks rule files, one check at a time; it serves everybody who asked before it began.

    *newest* is what a process that is started now begins with, as far as the files say.
    """

    def __init__(self, settings: Settings, begun: Beginning, check: CheckRules) -> None:
        self.newest = begun
        self._settings = settings
        self._check = check
        self._turn = asyncio.Lock()
        self._begun = 0
        self._ended = 0
        """Which of those begun ended last; one that was cancelled never does."""
        self._result: bytes | Refused = b""

    async def __call__(self) -> bytes | Refused:
        """See CheckRules."""
        asked = self._begun
        async with self._turn:
            if self._ended <= asked:
                self._begun += 1
                seen = files_of(self._settings.rules)
                self._result = await self._check()
                self._note(seen)
                self._ended = self._begun
            return self._result

    def _note(self, seen: Seen) -> None:
        match self._result:
            case Refused():
                self.newest = Beginning(self.newest.documents, seen, look_again=True)
            case documents:
                self.newest = Beginning(documents, seen)
