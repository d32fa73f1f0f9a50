"""Returns in every world: money and budgets add up, in whatever order the pieces come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor
from random import Random

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from sconto.domain.budget import Draw, Draws, freed_draws
from sconto.domain.candidate import Candidate
from sconto.domain.canonical import canonical
from sconto.domain.context import Line
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import context_of, read_record
from sconto.domain.returns import (
    Kept,
    Refund,
    Sale,
    kept_after,
    refund,
    return_record,
    returns_replay,
    sold,
)
from sconto.domain.ruleset import ReturnPolicy
from support import judges
from support.worlds import World, worlds

MOST_GIVE_NOTHING = settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
PROVENANCE = Provenance("d", "r", 1, {"rules": "any"}, {})
policies = st.sampled_from(list(ReturnPolicy))
seeds = st.integers(0, 2**32)


def _sale(world: World, policy: ReturnPolicy) -> Sale:
    """A decision with a discount, redeemed."""
    ruleset = replace(world.ruleset, returns=policy)
    decision = world.decide()
    assume(decision.stack.candidates)
    event(f"lanes: {len(decision.stack.candidates)}")
    record = read_record(stored(decision, PROVENANCE))
    return Sale(record, ruleset, judges.reference(ruleset))


def _listed(line: Line, pieces: int) -> int:
    """What so many pieces of *line*, or thousandths, cost: half a minor unit is rounded up."""
    unit = 1 if line.measured is None else 1000
    return floor(Fraction(line.list_price * pieces, unit) + Fraction(1, 2))


def _ways(kept: Kept, random: Random) -> list[tuple[int, ...]]:
    """All pieces of *kept* in several returns."""
    left = list(kept.pieces)
    ways = []
    while any(left):
        came = tuple(random.randint(0, n) for n in left)
        if any(came):
            ways.append(came)
            left = [a - b for a, b in zip(left, came, strict=True)]
    return ways


def _drawn(sale: Sale, kept: Kept) -> tuple[Draw, ...]:
    """What the one discount of *kept* draws on budgets, as if it were given now."""
    (given,) = kept.discounts
    (offer,) = (offer for offer in sale.ruleset.offers if offer.id == given.offer_id)
    candidate = Candidate(offer, given.depth, 0, 0, given.discount, (), ())
    draws = Draws(context_of(sale.record), sale.ruleset, sale.record["budgets"]).of(candidate)
    return tuple(draw._replace(pace=None) for draw in draws)


def _taken(sale: Sale, ways: Sequence[tuple[int, ...]]) -> list[tuple[Kept, Refund]]:
    """What was kept before each of *ways*, and what came of it."""
    kept, made = sold(sale.record), []
    for came in ways:
        made.append((kept, refund(sale, kept, came)))
        kept = made[-1][1].kept
    return made


@settings(MOST_GIVE_NOTHING, max_examples=300)
@given(world=worlds, policy=policies, seed=seeds)
def test_refunds_add_up_to_what_was_paid(world: World, policy: ReturnPolicy, seed: int) -> None:
    """Over any returns: none is negative, and together they are what was paid, to the minor unit.

    What budgets held goes back to them, all of it, and at no time more.
    """
    sale = _sale(world, policy)
    paid, drawn = sum(sale.record["outcome"]["net_totals"]), sold(sale.record).draws
    made = _taken(sale, _ways(sold(sale.record), Random(seed)))
    for before, result in made:
        assert min(result.parts) >= 0
        assert result.total == sum(result.parts) == sum(before.prices) - sum(result.kept.prices)
        lines = context_of(sale.record).lines
        listed = [_listed(line, n) for line, n in zip(lines, result.kept.pieces, strict=True)]
        rounded = [line.measured is not None for line in lines]
        columns = zip(result.kept.prices, listed, rounded, strict=True)
        assert all(0 <= price <= most + unit for price, most, unit in columns)
        left = {draw.key: draw.amount for draw in before.draws}
        assert all(0 < draw.amount <= left[draw.key] for draw in result.kept.draws)
        assert result.kept.discount <= before.discount
        off_by = sum(result.kept.prices) + result.kept.discount - sum(listed)
        assert abs(off_by) <= sum(rounded) * (policy is ReturnPolicy.KEEP_SHARES)
        assert len(result.kept.discounts) > 1 or _drawn(sale, result.kept) == result.kept.draws

    assert sum(result.total for _, result in made) == paid
    back = [d for before, result in made for d in freed_draws(before.draws, result.kept.draws)]
    for draw in drawn:
        assert draw.amount == sum(d.amount for d in back if d.key == draw.key)


@settings(MOST_GIVE_NOTHING, max_examples=200)
@given(world=worlds, one=seeds, other=seeds)
def test_shares_do_not_depend_on_the_order(world: World, one: int, other: int) -> None:
    """Two ways to the same pieces refund the same money, and leave the same prices."""
    sale = _sale(world, ReturnPolicy.KEEP_SHARES)
    kept = sold(sale.record)
    ends = [_taken(sale, _ways(kept, Random(s))[:-1]) for s in (one, other)]
    for made in ends:
        last = made[-1][1].kept if made else kept
        came = tuple(a - b for a, b in zip(kept.pieces, last.pieces, strict=True))
        if not any(came):
            continue
        at_once = refund(sale, kept, came)
        assert at_once.total == sum(result.total for _, result in made)
        assert at_once.kept.prices == last.prices


@settings(MOST_GIVE_NOTHING, max_examples=200)
@given(world=worlds, seed=seeds)
def test_no_piece_that_is_kept_becomes_cheaper_by_its_share(world: World, seed: int) -> None:
    """So a price floor that held for the line holds for what is kept of it."""
    sale = _sale(world, ReturnPolicy.KEEP_SHARES)
    whole = sold(sale.record)
    for _, result in _taken(sale, _ways(whole, Random(seed))):
        lines = zip(whole.pieces, whole.prices, result.kept.pieces, result.kept.prices, strict=True)
        assert all(price * pieces >= paid * left for pieces, paid, left, price in lines)


@settings(MOST_GIVE_NOTHING, max_examples=150)
@given(world=worlds, policy=policies, seed=seeds)
def test_returns_replay_to_the_same_bytes(world: World, policy: ReturnPolicy, seed: int) -> None:
    """From the decision's record and the returns alone; and the last one says what is kept."""
    sale = _sale(world, policy)
    ways = _ways(sold(sale.record), Random(seed))
    made = _taken(sale, ways)
    entries = [
        canonical(return_record(sale, result, came, before, "r", n))
        for n, (came, (before, result)) in enumerate(zip(ways, made, strict=True))
    ]

    assert returns_replay(sale, entries)
    assert kept_after(sale.record, entries, made[-1][1].kept.draws) == made[-1][1].kept
    altered = [
        entries[0].replace(b'"request_id":"r"', b'"request_id":"r","refund":1'),
        *entries[1:],
    ]
    assert not returns_replay(sale, altered)
