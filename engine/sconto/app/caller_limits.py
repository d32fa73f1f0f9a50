"""How much each caller calls, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sconto.app.callers import Caller
from sconto.app.ports import Clock
from sconto.errors import CallRefused

LIMIT_REACHED: Final = "CALLER_LIMIT_REACHED"
SECOND_US: Final = 1_000_000
IN_FLIGHT_WAIT_US: Final = 100_000
"""After which a caller with too many calls in flight may try again."""


@dataclass(slots=True)
class Usage:
    """What one caller does: a call is `with` it for as long as it lasts."""

    in_flight: int = 0
    free_us: int = 0
    """When its calls of before are paid for, each with its share of a second."""

    def __enter__(self) -> None:
        """Count a call."""
        self.in_flight += 1

    def __exit__(self, *_: object) -> Literal[False]:
        """The call has ended."""
        self.in_flight -= 1
        return False


class CallerLimits:
    """Holds callers to their limits; one at its limit takes nothing from others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._usage: dict[str, Usage] = {}

    def count(self, caller: Caller) -> Usage:
        """What one more call of *caller* is `with`; raises CallRefused above a limit.

        The calls of one second may come at once (GCRA: ITU-T I.371, annex A).
        """
        usage = self._usage.setdefault(caller.name, Usage())
        most = caller.calls_in_flight
        if most is not None and usage.in_flight >= most:
            message = f"`{caller.name}` has {most} calls in flight, and may have no more"
            raise CallRefused(LIMIT_REACHED, message, IN_FLIGHT_WAIT_US)
        if caller.calls_per_second is not None:
            now_us = self._clock()
            due_us = max(usage.free_us, now_us) + SECOND_US // caller.calls_per_second
            if due_us - now_us > SECOND_US:
                message = f"`{caller.name}` may make {caller.calls_per_second} calls a second"
                raise CallRefused(LIMIT_REACHED, message, due_us - now_us - SECOND_US)
            usage.free_us = due_us
        return usage
