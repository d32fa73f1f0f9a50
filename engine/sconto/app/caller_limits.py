"""How much each caller calls, and all callers of a tenant together, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sconto.app.callers import Caller
from sconto.app.ports import Clock
from sconto.errors import CallRefused

LIMIT_REACHED: Final = "CALLER_LIMIT_REACHED"
SECOND_US: Final = 1_000_000
IN_FLIGHT_WAIT_US: Final = 100_000
"""After which a caller with too many calls in flight may try again."""


class TenantLimits(NamedTuple):
    """What all callers of a tenant may call together."""

    calls_in_flight: int
    calls_per_second: int | None = None


@dataclass(slots=True)
class _Count:
    """What one caller does, or all callers of a tenant."""

    in_flight: int = 0
    free_us: int = 0
    """When its calls of before are paid for, each with its share of a second."""


class Usage(tuple[_Count, ...]):
    """What one call counts for: it is `with` this for as long as it lasts."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Count a call."""
        for count in self:
            count.in_flight += 1

    def __exit__(self, *_: object) -> Literal[False]:
        """The call has ended."""
        for count in self:
            count.in_flight -= 1
        return False


class CallerLimits:
    """Holds callers and *tenants* to their limits; one at its limit takes nothing from others."""

    def __init__(self, clock: Clock, tenants: Mapping[str, TenantLimits]) -> None:
        self._clock = clock
        self._tenants = tenants
        self._callers: dict[str, _Count] = {}
        self._of_tenants = {name: _Count() for name in tenants}

    def count(self, caller: Caller) -> Usage:
        """What one more call of *caller* is `with`; raises CallRefused above a limit.

        The calls of one second may come at once (GCRA: ITU-T I.371, annex A).
        """
        count = self._callers.setdefault(caller.name, _Count())
        limited: list[tuple[_Count, str, Caller | TenantLimits]]
        limited = [(count, f"`{caller.name}`", caller)]
        if (tenant := self._tenants.get(caller.tenant)) is not None:
            who = f"the callers of `{caller.tenant}` together"
            limited.append((self._of_tenants[caller.tenant], who, tenant))
        due = []
        for count, who, limits in limited:
            _check_in_flight(count, who, limits.calls_in_flight)
            due.append((count, self._due_us(count, who, limits.calls_per_second)))
        # Nobody is charged for a call that is refused.
        for count, due_us in due:
            count.free_us = due_us
        return Usage(count for count, _ in due)

    def _due_us(self, count: _Count, who: str, most: int | None) -> int:
        """When one more call will be paid for; raises CallRefused for one too many."""
        if most is None:
            return count.free_us
        now_us = self._clock()
        due_us = max(count.free_us, now_us) + SECOND_US // most
        if due_us - now_us > SECOND_US:
            message = f"{who} may make {most} calls a second"
            raise CallRefused(LIMIT_REACHED, message, due_us - now_us - SECOND_US)
        return due_us


def _check_in_flight(count: _Count, who: str, most: int | None) -> None:
    if most is not None and count.in_flight >= most:
        message = f"{who} may have {most} calls in flight, and no more"
        raise CallRefused(LIMIT_REACHED, message, IN_FLIGHT_WAIT_US)
