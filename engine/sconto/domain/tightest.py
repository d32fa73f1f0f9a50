"""The tightest guardrails: what a candidate must keep to keep them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import gt
from typing import Final, NamedTuple

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.context import DecisionContext
from sconto.domain.limits import LineLimits, claimed_bp
from sconto.domain.money import BP_ONE
from sconto.domain.ruleset import Guardrail, GuardrailKind


class Room(NamedTuple):
    """What all guardrails of lines together leave of one line on top of a stack, minor units."""

    most: int
    """The most that may come off it."""
    least: int
    """The least that must come off it, if anything does."""
    known: bool
    """Whether all of its limits are known."""
    speaking: int
    """The guardrails that limit it, as bits of `Ruleset.rules`."""


def rooms(claimed: int, stack: Stack, context: DecisionContext, limits: LineLimits) -> list[Room]:
    """The room of each line of *context* for candidates that claim so much, basis points.

    What an earlier discount was announced with binds those that come on top of it too.
    """
    bounds, found = limits.bounds(claimed), []
    earlier = [(limits.bounds(claimed_bp(c)), _touched(c)) for c in stack.candidates]
    for i, line in enumerate(context.lines):
        left = line.list_total - stack.off.get(i, 0)
        most, least, known, speaking = left, 0, True, 0
        for bound in (bounds, *[bound for bound, touched in earlier if i in touched]):
            most = min(most, left - bound.least[i])
            ceiling = bound.most[i]
            least = least if ceiling is None else max(least, left - ceiling)
            known = known and bound.known[i]
            speaking |= bound.speaking[i]
        # Where nothing comes off a line, its limit does not matter, even if it is passed.
        found.append(Room(max(most, 0), least, known, speaking))
    return found


class Tightest:
    """The tightest of all guardrails, for candidates on the same lines that claim the same.

    A candidate that keeps these limits keeps all of them, and nothing more is asked. Only of one
    that does not, or may not, is each guardrail worked out by `bindings`. What suppliers pay back
    is left out here, so that a discount that they share may pass these limits and keep all.

    *together* are the guardrails about any of the *lines* that limit several of them together;
    *room* is that of each line of the basket.
    """

    def __init__(
        self,
        together: Iterable[Guardrail],
        lines: tuple[int, ...],
        room: Sequence[Room],
        stack: Stack,
        context: DecisionContext,
        limits: LineLimits,
    ) -> None:
        self._stack, self._limits, self._context = stack, limits, context
        self._mosts: list[int] = []
        """The most that may come off each line."""
        leasts: list[int] = []
        known = True
        self.speaking = 0
        """The guardrails that limit any of the lines by itself, as bits of `Ruleset.rules`."""
        for i in lines:
            most, least, of_line, speaking = room[i]
            self._mosts.append(most)
            leasts.append(least)
            known = known and of_line
            self.speaking |= speaking
        self._leasts = leasts if any(leasts) else []
        """The least that must come off each line, if anything does; empty where nothing must."""
        self._whole = sum(self._mosts) if known else _NOTHING
        """The most that may come off all lines."""
        self._some: list[tuple[list[int], int]] = []
        """The most that may come off some of them, by their places."""
        for guardrail in together:
            self._add(guardrail, lines)

    def kept_by(self, discount: int, parts: tuple[int, ...]) -> bool:
        """Whether a *discount* in these *parts* keeps every limit; False where nobody knows."""
        if discount > self._whole or True in map(gt, parts, self._mosts):
            return False
        for places, most in self._some:
            if sum([parts[place] for place in places]) > most:
                return False
        least = zip(parts, self._leasts, strict=False)
        return not self._leasts or not any(0 < part < must for part, must in least)

    def _add(self, guardrail: Guardrail, lines: tuple[int, ...]) -> None:
        covered = self._limits.lines(guardrail)
        if guardrail.kind is GuardrailKind.DISCOUNT_CAP:
            given = [part for i, part in self._stack.off.items() if i in covered]
            most = self._limits.cap(guardrail) - sum(given)
        else:
            most = self._most_by_margin(guardrail.bp or 0, covered, lines)
        places = [place for place, i in enumerate(lines) if i in covered]
        if len(places) == len(lines):
            self._whole = min(self._whole, most)
        else:
            self._some.append((places, most))

    def _most_by_margin(self, bp: int, covered: frozenset[int], lines: tuple[int, ...]) -> int:
        """The most that leaves *bp* of the net price of the *covered* lines as their margin."""
        net, margin, stack = 0, 0, self._stack
        for i in covered.intersection((*lines, *stack.off)):
            line = self._context.lines[i]
            if line.cost_total is None:
                return _NOTHING
            left = line.list_total - stack.off.get(i, 0)
            net += left
            margin += left + stack.supplier.get(i, 0) - line.cost_total
        # margin - off >= (net - off) * bp / BP_ONE
        spare = margin * BP_ONE - net * bp
        return spare // (BP_ONE - bp) if bp < BP_ONE else _NOTHING


_NOTHING: Final = -1
"""No discount is known to keep the limit."""


def _touched(candidate: Candidate) -> frozenset[int]:
    """The lines that *candidate* takes anything off."""
    return frozenset([i for i, part in candidate.allocation if part])
