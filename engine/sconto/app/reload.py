"""Reload: a changed ruleset takes over once it is known to be good, and never before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sconto.app.in_force import Attempt, Outcome, PolicyHolder, Timing
from sconto.app.ports import Clock, Policy, Store
from sconto.app.shop_currency import check_currency
from sconto.domain.canonical import digest
from sconto.errors import RuleFinding, ScontoError

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """Rule files that must not be served: *error* in one line, and every finding if there are."""

    error: str
    findings: tuple[RuleFinding, ...] = ()


class CheckRules(Protocol):
    """Checks the rule files as they are now, where it can do no harm."""

    async def __call__(self) -> bytes | Refused:
        """The canonical documents of a ruleset that loads, compiles and judges right.

        MUST end within a known time, whatever the files hold.
        """
        ...


class MakePolicy(Protocol):
    """Makes checked documents ready to judge, without holding requests up."""

    async def __call__(self, documents: bytes) -> Policy:
        """The policy of *documents*; raises a ScontoError when they can't be compiled after all."""
        ...


Listener = Callable[[bool], Awaitable[None]]
"""Called after each attempt: whether the files and what is in force agree."""


@dataclass(frozen=True, slots=True)
class ReloadPorts:
    """What a reload needs from outside."""

    check: CheckRules
    make: MakePolicy
    store: Store
    clock: Clock
    notify: Listener


class Reloader:
    """Replaces the policy of *holder* when its files have changed, one attempt at a time.

    Changes noted during an attempt lead to one more afterwards. A refused attempt changes nothing
    but its report. Once anything was published, changed files are ignored.
    """

    def __init__(self, holder: PolicyHolder, ports: ReloadPorts) -> None:
        self._holder = holder
        self._ports = ports
        self._changed = asyncio.Event()

    def note_change(self) -> None:
        """Have the files looked at again, now or after the attempt that is under way."""
        if self._holder.publication is not None:
            _LOG.warning("changed rule files are not looked at: the rules were published")
            return
        self._holder.pending = True
        self._changed.set()

    async def run(self) -> None:
        """Attempt a reload after every change that is noted, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            attempt = await self._attempt()
            if self._holder.publication is not None:
                continue
            self._holder.last = attempt
            self._holder.pending = self._changed.is_set()
            _log(attempt)
            await self._ports.notify(self._holder.well)

    async def _attempt(self) -> Attempt:
        begun = self._ports.clock()
        try:
            return await self._try(begun)
        except ScontoError as error:
            return Attempt(begun, Outcome.REFUSED, error=str(error))
        # INVARIANT: whatever happens to a reload, the server serves, and the next one is tried.
        except Exception as error:  # noqa: BLE001 - logged, reported, and tried again
            _LOG.exception("a fault in sconto itself, while rules were reloaded")
            fault = f"a fault in sconto itself: {type(error).__name__}"
            return Attempt(begun, Outcome.REFUSED, error=fault)

    async def _try(self, begun: int) -> Attempt:
        clock, holder = self._ports.clock, self._holder
        documents = await self._ports.check()
        checked = clock()
        timing = Timing(check_us=checked - begun)
        if isinstance(documents, Refused):
            refused = documents
            return Attempt(
                begun, Outcome.REFUSED, "", refused.error, refused.findings, timing=timing
            )
        if (name := digest(documents)) == holder().ruleset.digest:
            return Attempt(begun, Outcome.UNCHANGED, name, timing=timing)
        await check_currency(self._ports.store, documents)
        policy = await self._ports.make(documents)
        compiled = clock()
        # A decision must never be in the log before the ruleset that replays it.
        await self._ports.store.keep_ruleset(name, documents)
        # Nothing is awaited from here on: a publication came before, or comes after.
        if holder.publication is None:
            holder.swap(policy, clock())
        timing = Timing(checked - begun, compiled - checked, clock() - compiled)
        return Attempt(begun, Outcome.LOADED, name, timing=timing)


def _log(attempt: Attempt) -> None:
    if attempt.outcome is not Outcome.REFUSED:
        _LOG.info("rules %s: %s", attempt.outcome.value, attempt.digest)
        return
    _LOG.error("changed rules are not served, those before them go on: %s", attempt.error)
    for f in attempt.findings:
        _LOG.error("%s:%d:%d: %s %s", f.file, f.line, f.col, f.code, f.message)
