"""What both sides of a backtest add up to, as its decisions come in."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from sconto.app.backtest.budget_state import BudgetState
from sconto.app.backtest.budget_use import BudgetBook
from sconto.app.backtest.comparison import NEW, OLD
from sconto.app.backtest.log import Span
from sconto.app.backtest.outcome import REFUSED_REQUEST, Outcome
from sconto.app.backtest.read import Asked
from sconto.app.backtest.task import Decided, Unreadable
from sconto.app.ports import ReservationState

BIGGEST: Final = 20
BUCKETS: Final = 240
"""Points of a curve over time."""
NAMED: Final = 20
"""Unreadable entries that are named; all are counted."""


@dataclass(slots=True)
class Sum:
    """What one side gave in a group of decisions; amounts in minor units.

    Only discounts of sales that happened are in the amounts.
    """

    given: int = 0
    """Decisions that gave a discount."""
    discount: int = 0
    supplier: int = 0
    gain: int = 0
    """What was expected of all of them, millionths of a minor unit."""

    @property
    def cost(self) -> int:
        """What the discounts cost the shop."""
        return self.discount - self.supplier

    def add(self, outcome: Outcome, *, gone: bool) -> None:
        """Count *outcome*."""
        if outcome.given:
            self.given += 1
            self.gain += outcome.gain
            if not gone:
                self.discount += outcome.discount
                self.supplier += outcome.discount - outcome.cost

    def add_all(self, other: Sum) -> None:
        """Count everything of *other*."""
        self.given += other.given
        self.discount += other.discount
        self.supplier += other.supplier
        self.gain += other.gain


@dataclass(slots=True)
class Group:
    """Decisions that have something in common, with both sides' sums."""

    decisions: int = 0
    changed: int = 0
    sides: tuple[Sum, Sum] = field(default_factory=lambda: (Sum(), Sum()))

    def add_all(self, other: Group) -> None:
        """Count everything of *other*."""
        self.decisions += other.decisions
        self.changed += other.changed
        for mine, theirs in zip(self.sides, other.sides, strict=True):
            mine.add_all(theirs)


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that is made differently."""

    seq: int
    decision_id: str
    at_us: int
    old: Outcome
    new: Outcome


@dataclass(slots=True)
class Tally:
    """Counts and sums; see `report` for how they are shown. *span* is what is backtested."""

    span: Span
    currency: str
    followed: bool = True
    """Whether budgets are followed from decision to decision: a sample's are not."""
    sales: int = 0
    list_total: int = 0
    margin: int = 0
    """Of sales, before discounts, over lines whose unit cost is known."""
    lines: int = 0
    lines_without_cost: int = 0
    still_held: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """How answers changed: see `kind_of_change`."""
    groups: dict[tuple[str, str, tuple[str, ...]], Group] = field(default_factory=dict)
    """By jurisdiction, channel and segments."""
    offers: dict[str, Group] = field(default_factory=dict)
    reasons: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """Why decisions ended without a discount."""
    withheld: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """Decisions by the rules that withheld something in them."""
    why: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """Decisions by the reasons of what was not given."""
    missing: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    not_scored: list[int] = field(default_factory=lambda: [0, 0])
    refused: list[int] = field(default_factory=lambda: [0, 0])
    """Requests that a server with these rules would not take."""
    dropped: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unread: int = 0
    unreadable_entries: list[Unreadable] = field(default_factory=list)
    costs: tuple[list[int], list[int]] = field(
        default_factory=lambda: ([0] * BUCKETS, [0] * BUCKETS)
    )
    """What discounts cost in each stretch of time."""
    books: tuple[BudgetBook, BudgetBook] = field(
        default_factory=lambda: (BudgetBook(), BudgetBook())
    )
    biggest: list[tuple[int, int, Change]] = field(default_factory=list)

    def decided(self, decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
        """See Listener."""
        asked = decided.asked
        bucket = self.bucket(asked.at_us)
        old, new = (answer.outcome for answer in decided.answers)
        changed = old.given != new.given
        self._add_sale(asked, decided)
        if changed:
            self.kinds[kind_of_change(old, new)] += 1
            self._add_biggest(decided, old, new)
        group = self._group(asked, new)
        group.decisions += 1
        group.changed += changed
        for side, outcome in ((OLD, old), (NEW, new)):
            group.sides[side].add(outcome, gone=decided.gone)
            self._add_side(side, outcome, decided, bucket)
            if self.followed:
                self.books[side].add(outcome, asked.at_us, bucket, states[side])
        self._add_offers(old, new, changed=changed, gone=decided.gone)
        if decided.dropped:
            self.dropped[decided.dropped] += 1

    def unreadable(self, entry: Unreadable) -> None:
        """See Listener."""
        self.unread += 1
        if len(self.unreadable_entries) < NAMED:
            self.unreadable_entries.append(entry)

    def bucket(self, at_us: int) -> int:
        """The stretch of time that *at_us* is in."""
        length = self.span.to_us - self.span.from_us + 1
        return min(max(0, (at_us - self.span.from_us) * BUCKETS // length), BUCKETS - 1)

    def _add_sale(self, asked: Asked, decided: Decided) -> None:
        self.still_held += decided.state is ReservationState.HELD
        self.lines += asked.lines
        self.lines_without_cost += asked.lines_without_cost
        if not decided.gone:
            self.sales += 1
            self.list_total += asked.list_total
            self.margin += asked.margin

    def _add_side(self, side: int, outcome: Outcome, decided: Decided, bucket: int) -> None:
        if outcome.given and not decided.gone:
            self.costs[side][bucket] += outcome.cost
        if not outcome.given:
            self.reasons[side][outcome.reason] += 1
        self.withheld[side][outcome.rules] += 1
        self.why[side][outcome.reasons] += 1
        if outcome.missing:
            self.missing[side][outcome.missing] += 1
        self.not_scored[side] += outcome.not_scored
        self.refused[side] += outcome.reason == REFUSED_REQUEST

    def _group(self, asked: Asked, new: Outcome) -> Group:
        key = (asked.jurisdiction, asked.channel, new.segments)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group()
        return group

    def _add_offers(self, old: Outcome, new: Outcome, *, changed: bool, gone: bool) -> None:
        for offer_id in {g.offer_id for g in (*old.given, *new.given)}:
            group = self.offers.setdefault(offer_id, Group())
            group.decisions += 1
            group.changed += changed
            for side, outcome in zip(group.sides, (old, new), strict=True):
                own = tuple(g for g in outcome.given if g.offer_id == offer_id)
                side.add(Outcome(own, ""), gone=gone)

    def _add_biggest(self, decided: Decided, old: Outcome, new: Outcome) -> None:
        if decided.gone:
            return
        by = abs(new.cost - old.cost)
        place = (by, -decided.seq)
        if len(self.biggest) == BIGGEST and place < self.biggest[0][:2]:
            return
        change = Change(decided.seq, decided.decision_id, decided.asked.at_us, old, new)
        add = heapq.heappush if len(self.biggest) < BIGGEST else heapq.heapreplace
        add(self.biggest, (*place, change))


def kind_of_change(old: Outcome, new: Outcome) -> str:
    """How *new* differs from *old* in what it gives."""
    if not new.given:
        return "given_to_none"
    if not old.given:
        return "none_to_given"
    if [g.offer_id for g in old.given] != [g.offer_id for g in new.given]:
        return "other_offer"
    if [g.depth for g in old.given] != [g.depth for g in new.given]:
        return "other_depth"
    return "other_amount"


CHANGES: Final = ("none_to_given", "given_to_none", "other_offer", "other_depth", "other_amount")
"""Every kind of change, in the order in which they are shown."""
