"""The tightest guardrails: what a candidate must keep to keep them all."""

from __future__ import annotations

from collections.abc import Iterable

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.context import DecisionContext
from sconto.domain.limits import LineLimits, claimed_bp
from sconto.domain.money import BP_ONE
from sconto.domain.ruleset import Guardrail, GuardrailKind


class Tightest:
    """The tightest of all guardrails, for candidates on the same lines that claim the same.

    A candidate that keeps these limits keeps all of them, and nothing more is asked. Only of one
    that does not, or may not, is each guardrail worked out by `bindings`.

    *together* are the guardrails about any of the lines that limit several of them together.
    """

    def __init__(
        self,
        together: Iterable[Guardrail],
        candidate: Candidate,
        stack: Stack,
        context: DecisionContext,
        limits: LineLimits,
    ) -> None:
        self._lines, self._stack, self._limits = candidate.lines, stack, limits
        self._known = True
        """Whether every fact that the guardrails need is known."""
        self.speaking = 0
        """The guardrails that limit any of the lines by itself, as bits of `Ruleset.rules`."""
        self._rooms: list[int] = []
        """The most that may come off each line."""
        self._least: list[int] = []
        """The least that must come off it, if anything does; empty where nothing must."""
        self._bound_lines(candidate, context)
        self._floors: dict[tuple[tuple[int, ...], frozenset[int]], tuple[int, int, int]] = {}
        """What lines of the candidate cost, with those that others discount, their margin, and the
        highest share that is asked."""
        self._caps: dict[tuple[int, ...], int] = {}
        """The most that may come off lines of the candidate together."""
        for guardrail in together:
            self._add(guardrail, context)

    def _bound_lines(self, candidate: Candidate, context: DecisionContext) -> None:
        off, claims = self._stack.off, [claimed_bp(candidate)]
        if off:
            # What an earlier discount was announced with binds those that come on top of it too.
            claims += [claimed_bp(earlier) for earlier in self._stack.candidates]
        bounds = [self._limits.bounds(claimed) for claimed in claims]
        least, must = [], False
        for i in self._lines:
            left = context.lines[i].list_total - off.get(i, 0)
            room, ceiling = left, left
            for claim, bound in enumerate(bounds):
                if claim and not _touches(self._stack.candidates[claim - 1], i):
                    continue
                self._known = self._known and bound.known[i]
                self.speaking |= bound.speaking[i]
                room = min(room, left - bound.least[i])
                most = bound.most[i]
                if most is not None and most < ceiling:
                    ceiling, must = most, True
            # Where nothing comes off a line, its limit does not matter, even if it is passed.
            self._rooms.append(max(room, 0))
            least.append(left - ceiling)
        if must:
            self._least = least

    def kept_by(self, candidate: Candidate) -> bool:
        """Whether *candidate* keeps every limit; False where that is not known either."""
        if not self._known:
            return False
        for part, room in zip(candidate.parts, self._rooms, strict=True):
            if part > room:
                return False
        if self._least:
            shares = zip(candidate.parts, self._least, strict=True)
            if any(part and part < least for part, least in shares):
                return False
        return self._together(candidate)

    def _together(self, candidate: Candidate) -> bool:
        """Whether it keeps the limits that are set to several lines together."""
        share, all_lines = candidate.offer.supplier_share_bp, self._lines
        for lines, most in self._caps.items():
            taken = candidate.discount if lines == all_lines else sum(_parts(candidate, lines))
            if taken > most:
                return False
        for (lines, _), (net, margin, bp) in self._floors.items():
            taken, paid = candidate.discount, 0
            if share or lines != all_lines:
                parts = _parts(candidate, lines)
                taken, paid = sum(parts), sum([part * share // BP_ONE for part in parts])
            if margin - taken + paid < -(-(net - taken) * bp // BP_ONE):
                return False
        return True

    def _add(self, guardrail: Guardrail, context: DecisionContext) -> None:
        covered, stack = self._limits.lines(guardrail), self._stack
        own = tuple([i for i in self._lines if i in covered])
        if guardrail.kind is GuardrailKind.DISCOUNT_CAP:
            before = sum([part for i, part in stack.off.items() if i in covered])
            most = self._limits.cap(guardrail) - before
            self._caps[own] = min(most, self._caps.get(own, most))
            return
        lines = frozenset(own).union([i for i in stack.off if i in covered])
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


def _touches(candidate: Candidate, line: int) -> bool:
    """Whether *candidate* takes anything off *line*."""
    return any(i == line and part for i, part in candidate.allocation)


def _parts(candidate: Candidate, lines: tuple[int, ...]) -> list[int]:
    """What *candidate* takes off those of its lines that are in *lines*."""
    shares = zip(candidate.lines, candidate.parts, strict=True)
    return [part for i, part in shares if i in lines]
