"""Returns: what a shopper gets back for pieces that come back, to the minor unit.

Pure. Amounts are minor units of the decision's currency. By either policy the refunds of one
decision never add up to more than was paid, and to just that once everything has come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

from sconto.domain.budget import Draw, Draws, freed_draws
from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack, made
from sconto.domain.canonical import canonical, parse
from sconto.domain.context import DecisionContext, Line
from sconto.domain.final_check import violations_of
from sconto.domain.judging import Judges
from sconto.domain.money import allocate
from sconto.domain.offer import OfferKind
from sconto.domain.pricing import price_on_top
from sconto.domain.record_reading import Record, context_of
from sconto.domain.ruleset import ReturnPolicy, Ruleset
from sconto.domain.shortlist import shortlist


class Sale(NamedTuple):
    """A redeemed decision: its record, and the ruleset and judges that it was made with."""

    record: Record
    ruleset: Ruleset
    judges: Judges


class KeptDiscount(NamedTuple):
    """What is left of a discount that was given; *parts* has an entry for each line."""

    offer_id: str
    depth: int
    parts: tuple[int, ...]

    @property
    def discount(self) -> int:
        """What it takes off all lines."""
        return sum(self.parts)


class Kept(NamedTuple):
    """What a shopper keeps of a basket; *pieces* and *prices* have an entry for each line.

    INVARIANT: the prices are list prices less the discounts (tests/property/test_returns.py); for a
    part of measured goods, to the minor unit.
    """

    pieces: tuple[int, ...]
    """Pieces; thousandths of the unit of goods that are measured."""
    prices: tuple[int, ...]
    """What was paid for the pieces of each line that are kept, refunds taken away."""
    discounts: tuple[KeptDiscount, ...]
    draws: tuple[Draw, ...]
    """What these take of budgets."""

    @property
    def discount(self) -> int:
        """What is left of all discounts."""
        return sum(kept.discount for kept in self.discounts)


class Refund(NamedTuple):
    """What comes of one return: *parts* has an entry for each line, 0 where nothing came back."""

    total: int
    parts: tuple[int, ...]
    kept: Kept


def sold(record: Record) -> Kept:
    """What the shopper of *record* keeps while nothing has come back."""
    outcome = record["outcome"]
    count = len(record["context"]["lines"])
    given = (
        KeptDiscount(d["offer_id"], d["depth"], _parts(d["allocation"], count))
        for d in outcome["discounts"]
    )
    draws = (Draw(d["budget"], d["key"], d["amount"], d["limit"]) for d in outcome["reserved"])
    pieces = tuple(pieces_of(line) for line in context_of(record).lines)
    return Kept(pieces, tuple(outcome["net_totals"]), tuple(given), tuple(draws))


def pieces_of(line: Line) -> int:
    """What can come back of *line*: its pieces, or thousandths where it is measured."""
    return line.quantity if line.measured is None else line.measured.thousandths


def _some(line: Line, pieces: int) -> Line:
    """So many *pieces* of *line*, or thousandths."""
    if line.measured is None:
        return replace(line, quantity=pieces)
    return replace(line, measured=line.measured._replace(thousandths=pieces))


def _listed(line: Line, pieces: int) -> int:
    """What so many *pieces* of *line*, or thousandths, cost at list price."""
    if line.measured is None:
        return line.list_price * pieces
    return line.measured._replace(thousandths=pieces).price(line.list_price)


def refund(sale: Sale, kept: Kept, returned: Sequence[int]) -> Refund:
    """What a shopper who kept *kept* gets back for *returned* pieces, or thousandths, of each line.

    Something must come back, and of no line more than was kept.
    """
    pieces = tuple(k - r for k, r in zip(kept.pieces, returned, strict=True))
    if sale.ruleset.returns is ReturnPolicy.KEEP_SHARES:
        after = _by_shares(sale.record, pieces)
        parts = tuple(b - a for b, a in zip(kept.prices, after.prices, strict=True))
    else:
        after = _repriced(sale, kept, pieces)
        if sum(after.prices) > sum(kept.prices):
            after = _at_what_was_paid(sale, kept, pieces)
        parts = _by_line(sale, kept, after, returned)
    return Refund(sum(parts), parts, after._replace(draws=_draws_left(sale, kept, after)))


def _by_line(sale: Sale, kept: Kept, after: Kept, returned: Sequence[int]) -> tuple[int, ...]:
    """The refund that leads from *kept* to *after*, by the lines of which pieces came back.

    By what was paid for the pieces; what a discount that moves to the rest adds, by what they lost.
    """
    total = sum(kept.prices) - sum(after.prices)
    lines = zip(context_of(sale.record).lines, kept.pieces, kept.prices, returned, strict=True)
    worth = []
    for line, had, price, came in lines:
        paid_for = price * came // max(had, 1)
        listed = _listed(line, had) - _listed(line, had - came)
        worth.append((max(listed, paid_for), paid_for))
    paid = tuple(price for _, price in worth)
    if 0 < total <= sum(paid):
        return allocate(total, paid)
    if not total:
        return (0,) * len(paid)
    more = allocate(total - sum(paid), tuple(listed - price for listed, price in worth))
    return tuple(a + b for a, b in zip(paid, more, strict=True))


def _by_shares(record: Record, pieces: tuple[int, ...]) -> Kept:
    """Every piece keeps its share of its line's discount.

    It depends on the pieces that are kept alone, so that it does not matter in how many returns the
    others came. The discount of what is kept is rounded down: no piece goes below its floor.
    """
    _, paid, given, _ = sold(record)
    left, listed = [], []
    for i, (line, count) in enumerate(zip(context_of(record).lines, pieces, strict=True)):
        taken = tuple(discount.parts[i] for discount in given)
        share = sum(taken) * count // pieces_of(line)
        left.append(allocate(share, taken) if share else (0,) * len(given))
        # The price is rounded up: the same as at list price for pieces.
        listed.append(share + -(-paid[i] * count // pieces_of(line)))
    columns = zip(given, zip(*left, strict=True), strict=True)
    return _kept(pieces, listed, [d._replace(parts=parts) for d, parts in columns])


def _repriced(sale: Sale, kept: Kept, pieces: tuple[int, ...]) -> Kept:
    """What is kept costs what the discounts that were given, and no others, make of it now."""
    whole = context_of(sale.record)
    places = [i for i, count in enumerate(pieces) if count]
    lines = tuple(_some(whole.lines[i], pieces[i]) for i in places)
    given = tuple(sorted(d.offer_id for d in kept.discounts if d.discount))
    context = replace(whole, lines=lines, offer_ids=given)
    stack = _stack(context, kept.discounts, sale) if lines and given else NOTHING_GIVEN
    if violations_of(stack, context, sale.ruleset):
        stack = NOTHING_GIVEN
    left = {c.offer.id: c for c in stack.candidates}
    discounts = []
    for before in kept.discounts:
        parts = dict.fromkeys(range(len(pieces)), 0)
        now = left.get(before.offer_id)
        if now is not None:
            parts |= {places[at]: part for at, part in now.allocation}
        depth = before.depth if now is None else now.depth
        discounts.append(KeptDiscount(before.offer_id, depth, tuple(parts.values())))
    return _kept(pieces, list(map(_listed, whole.lines, pieces)), discounts)


def _at_what_was_paid(sale: Sale, kept: Kept, pieces: tuple[int, ...]) -> Kept:
    """What is kept costs what was paid for all: the shopper is not asked for the rest.

    Its discounts lie where they lay, so no line goes below its share, and none that had no discount
    gets one; what is still taken off counts for budgets.
    """
    listed = list(map(_listed, context_of(sale.record).lines, pieces))
    off = sum(listed) - sum(kept.prices)
    shares = _shares_left(kept, pieces, listed, up=False)
    if sum(shares) < off:
        shares = _shares_left(kept, pieces, listed, up=True)
    parts = iter(allocate(off, shares) if off else [0] * len(shares))
    left = [d._replace(parts=tuple(islice(parts, len(pieces)))) for d in kept.discounts]
    return _kept(pieces, listed, left)


def _shares_left(
    kept: Kept, pieces: Sequence[int], listed: Sequence[int], *, up: bool
) -> tuple[int, ...]:
    """What the discounts of *kept* leave of their parts on *pieces*, one discount after another.

    Rounded *up* or down, and together no more than each line costs, *listed*.
    """
    room = list(listed)
    shares = []
    for discount in kept.discounts:
        for i, (part, now, before) in enumerate(
            zip(discount.parts, pieces, kept.pieces, strict=True)
        ):
            share = -(-part * now // max(before, 1)) if up else part * now // max(before, 1)
            shares.append(min(share, room[i]))
            room[i] -= shares[-1]
    return tuple(shares)


def _kept(
    pieces: tuple[int, ...], listed: Sequence[int], discounts: Sequence[KeptDiscount]
) -> Kept:
    """*pieces* of each line, which cost *listed*, less *discounts*."""
    prices = list(listed)
    for discount in discounts:
        prices = [price - part for price, part in zip(prices, discount.parts, strict=True)]
    return Kept(pieces, tuple(prices), tuple(discounts), ())


def _parts(allocation: Iterable[Sequence[int]], count: int) -> tuple[int, ...]:
    """What is taken off each of *count* lines, of pairs of a line and its part."""
    parts = [0] * count
    for line, part in allocation:
        parts[line] = part
    return tuple(parts)


def _stack(context: DecisionContext, given: Sequence[KeptDiscount], sale: Sale) -> Stack:
    """The discounts *given*, as far as rules and limits still allow them for *context*."""
    listed = shortlist(context, sale.ruleset, sale.judges)
    before = {kept.offer_id: kept for kept in given}
    stack = NOTHING_GIVEN
    for lane in sale.ruleset.lanes:
        for candidate in listed.allowed:
            kept = before[candidate.offer.id]
            if candidate.offer.lane != lane.id or not _same(candidate, kept):
                continue
            priced = candidate
            if stack.candidates:
                again = price_on_top(
                    [candidate], stack, context, sale.ruleset, after_earlier=lane.after_earlier
                )
                assessed = listed.assess(again, stack)
                if assessed.findings[0]:
                    continue
                priced = assessed.candidates[0]
            stack = stack.with_next(_at_most(priced, kept.discount))
    return stack


def _same(candidate: Candidate, kept: KeptDiscount) -> bool:
    """Whether *candidate* is what was given. Of spend tiers, that is the one reached now."""
    return candidate.depth == kept.depth or candidate.offer.kind is OfferKind.SPEND_TIERS


def _at_most(candidate: Candidate, discount: int) -> Candidate:
    """*candidate*, with no more taken off than *discount*: a return brings no new discount."""
    if candidate.discount <= discount:
        return candidate
    return candidate._replace(discount=discount, parts=allocate(discount, candidate.parts))


def _draws_left(sale: Sale, kept: Kept, after: Kept) -> tuple[Draw, ...]:
    """What the discounts of *after* take of the budgets of *kept*; of none more than before."""
    record, ruleset = sale.record, sale.ruleset
    offers = {offer.id: offer for offer in ruleset.offers}
    given = [
        made((offers[d.offer_id], d.depth, 0, 0, d.discount, (), (), None)) for d in after.discounts
    ]
    draws = Draws(context_of(record), ruleset, record["budgets"]).together(given)
    left = {draw.key: draw.amount for draw in draws}
    taken = (draw._replace(amount=min(draw.amount, left.get(draw.key, 0))) for draw in kept.draws)
    return tuple(draw for draw in taken if draw.amount)


SCHEMA: Final = "sconto.return/1"


def return_record(
    sale: Sale, result: Refund, returned: Sequence[int], before: Kept, request_id: str, at_us: int
) -> Mapping[str, Any]:
    """The account of one return: what came back, what was refunded, and what is kept.

    With `units` the lines that are measured, whose counts are thousandths.
    """
    lines = context_of(sale.record).lines
    came = zip(lines, returned, result.parts, strict=True)
    kept = zip(lines, result.kept.pieces, result.kept.prices, strict=True)
    units = {line.line_id: line.measured.unit.value for line in lines if line.measured}
    return {
        **({"units": units} if units else {}),
        "schema": SCHEMA,
        "decision_id": sale.record["decision_id"],
        "request_id": request_id,
        "at_us": at_us,
        "policy": sale.ruleset.returns.value,
        "currency": sale.record["context"]["currency"],
        "refund": result.total,
        "returned": [[line.line_id, count, part] for line, count, part in came if count],
        "kept": [[line.line_id, count, price] for line, count, price in kept],
        "discounts": [
            [d.offer_id, d.depth, [[i, part] for i, part in enumerate(d.parts) if part]]
            for d in result.kept.discounts
        ],
        "draws": [[draw.key, draw.amount] for draw in freed_draws(before.draws, result.kept.draws)],
    }


def returns_replay(sale: Sale, entries: Iterable[bytes]) -> bool:
    """Whether the returns in *entries*, oldest first, come out as they are recorded."""
    kept = sold(sale.record)
    for raw in entries:
        entry = parse(raw)
        pieces = {line_id: count for line_id, count, _ in entry["returned"]}
        lines = sale.record["context"]["lines"]
        returned = [pieces.get(line["line_id"], 0) for line in lines]
        result = refund(sale, kept, returned)
        again = return_record(sale, result, returned, kept, entry["request_id"], entry["at_us"])
        if canonical(again) != raw:
            return False
        kept = result.kept
    return True


def kept_after(sale_record: Record, entries: Sequence[bytes], draws: tuple[Draw, ...]) -> Kept:
    """What the shopper of *sale_record* still has after the returns in *entries*.

    *draws* are what the discounts that are left take of budgets.
    """
    if not entries:
        return sold(sale_record)._replace(draws=draws)
    entry = parse(entries[-1])
    pieces, prices = zip(*((count, price) for _, count, price in entry["kept"]), strict=True)
    left = (KeptDiscount(i, depth, _parts(on, len(pieces))) for i, depth, on in entry["discounts"])
    return Kept(pieces, prices, tuple(left), draws)
