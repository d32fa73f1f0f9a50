"""The tightest guardrails: what a candidate must keep to keep them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
    that does not, or may not, is each guardrail worked out by `bindings`.

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
        self._lines, self._stack, self._limits = lines, stack, limits
        of_lines = [room[i] for i in lines]
        self._most = [r.most for r in of_lines]
        least = [r.least for r in of_lines]
        self._least = least if any(least) else []
        """The least that must come off each line, if anything does; empty where nothing must."""
        self._known = all(r.known for r in of_lines)
        """Whether every fact that the guardrails need is known."""
        self.speaking = 0
        """The guardrails that limit any of the lines by itself, as bits of `Ruleset.rules`."""
        for r in of_lines:
            self.speaking |= r.speaking
        self._floors: dict[tuple[frozenset[int], frozenset[int]], tuple[int, int, int]] = {}
        """What lines of the candidate cost, with those that others discount, their margin, and the
        highest share that is asked."""
        self._caps: dict[frozenset[int], int] = {}
        """The most that may come off lines of the candidate together."""
        for guardrail in together:
            self._add(guardrail, context)

    def kept_by(self, candidate: Candidate) -> bool:
        """Whether *candidate* keeps every limit; False where that is not known either."""
        if not self._known:
            return False
        parts = candidate.parts
        for part, most in zip(parts, self._most, strict=True):
            if part > most:
                return False
        if self._least:
            shares = zip(parts, self._least, strict=True)
            if any(part and part < least for part, least in shares):
                return False
        return self._together(candidate)

    def _together(self, candidate: Candidate) -> bool:
        """Whether it keeps the limits that are set to several lines together."""
        share, count = candidate.offer.supplier_share_bp, len(self._lines)
        for lines, most in self._caps.items():
            whole = len(lines) == count
            taken = candidate.discount if whole else sum(_parts(candidate, lines))
            if taken > most:
                return False
        for (lines, _), (net, margin, bp) in self._floors.items():
            taken, paid = candidate.discount, 0
            if share or len(lines) != count:
                parts = _parts(candidate, lines)
                taken, paid = sum(parts), sum([part * share // BP_ONE for part in parts])
            if margin - taken + paid < -(-(net - taken) * bp // BP_ONE):
                return False
        return True

    def _add(self, guardrail: Guardrail, context: DecisionContext) -> None:
        covered, stack = self._limits.lines(guardrail), self._stack
        own = covered.intersection(self._lines)
        if guardrail.kind is GuardrailKind.DISCOUNT_CAP:
            before = sum([part for i, part in stack.off.items() if i in covered])
            most = self._limits.cap(guardrail) - before
            self._caps[own] = min(most, self._caps.get(own, most))
            return
        lines = own.union([i for i in stack.off if i in covered]) if stack.off else own
        bp, known = guardrail.bp or 0, self._floors.get((own, lines))
        if known is None:
            self._floors[own, lines] = *self._left(lines, context), bp
        else:
            net, margin, highest = known
            self._floors[own, lines] = net, margin, max(bp, highest)

    def _left(self, lines: Iterable[int], context: DecisionContext) -> tuple[int, int]:
        """What *lines* cost after what is given already, and their margin."""
        net, margin, stack = 0, 0, self._stack
        for i in lines:
            line = context.lines[i]
            left = line.list_total - stack.off.get(i, 0)
            net += left
            margin += left + stack.supplier.get(i, 0)
            if line.unit_cost is None:
                self._known = False
            else:
                margin -= line.unit_cost * line.quantity
        return net, margin


def _touched(candidate: Candidate) -> frozenset[int]:
    """The lines that *candidate* takes anything off."""
    return frozenset([i for i, part in candidate.allocation if part])


def _parts(candidate: Candidate, lines: frozenset[int]) -> list[int]:
    """What *candidate* takes off those of its lines that are in *lines*."""
    shares = zip(candidate.lines, candidate.parts, strict=True)
    return [part for i, part in shares if i in lines]
