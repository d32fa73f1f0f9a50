"""What could be had: what is told holds when it is done, in every generated world."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.changes import Change, Kind
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext, Line
from sconto.domain.decision import Decision
from sconto.domain.near_misses import MOST_DECIDED, MOST_TOLD, NearMiss, near_misses
from sconto.domain.offer import Offer
from sconto.domain.reasons import ReasonCode
from sconto.rulebook.compile.engine_rules import eligibility_as_rule
from support import builders
from support.flipping import generated
from support.worlds import World, world_of_seed, worlds


def _near(seed: int) -> World:
    """A generated world in which some offers are near: little lacks, and fewer rules speak."""
    random, world = Random(seed), world_of_seed(seed)
    lines, ruleset = world.context.lines, world.ruleset
    offers = [
        replace(o, minimum_spend=_covered(o, lines) + random.randint(1, 900))
        if random.random() < 0.4 and _covered(o, lines)
        else o
        for o in ruleset.offers
    ]
    asked = [o.id for o in offers if random.random() < 0.4] or [offers[0].id]
    mail = builders.eligibility("mail", Comparison("consent.mail", Op.NE, True), offer_ids=asked)
    large = builders.eligibility(
        "large",
        Comparison("basket.list_total", Op.LT, world.context.list_total + random.randint(0, 900)),
        offer_ids=[o.id for o in offers if random.random() < 0.2] or [offers[-1].id],
    )
    kept = tuple(g for g in ruleset.guardrails if random.random() < 0.3)
    ids = {g.id for g in kept}
    rules = (
        eligibility_as_rule(large, builders.PLACES), eligibility_as_rule(mail, builders.PLACES),
        *(rule for rule in ruleset.rules if rule.id in ids),
    )  # fmt: skip
    changed = replace(
        ruleset, offers=tuple(offers), eligibility=(large, mail), guardrails=kept, rules=rules,
        experiment=ruleset.experiment if random.random() < 0.1 else None,
        line_conditions={k: v for k, v in ruleset.line_conditions.items() if k in ids},
    )  # fmt: skip
    return replace(world, ruleset=changed)


def _covered(offer: Offer, lines: tuple[Line, ...]) -> int:
    return sum(line.list_total for line in lines if offer.scope.covers(line))


near_worlds = worlds | st.integers(0, 2**32 - 1).map(_near)

MANY = settings(max_examples=400, deadline=None)

BEYOND_THE_SHOPPER = {
    ReasonCode.NOT_VALID_TODAY,
    ReasonCode.CODE_REQUIRED,
    ReasonCode.FREQUENCY_CAP_REACHED,
    ReasonCode.RULE_FAILED,
}


def _told(world: World) -> tuple[tuple[NearMiss, ...], int]:
    """The near misses of *world*, and how often it was decided for them."""
    decided: list[DecisionContext] = []

    def again(context: DecisionContext) -> Decision:
        decided.append(context)
        return replace(world, context=context).decide()

    made, _ = generated(world)
    return near_misses(world.decide(), again, made.changer), len(decided)


def _done(change: Change, context: DecisionContext) -> DecisionContext:
    """*context* with *change* made by hand."""
    if change.kind is Kind.CONSENT:
        name = change.name.removeprefix("consent.")
        return replace(context, consents={**context.consents, name: True})
    like = next(line for line in context.lines if line.line_id == change.name)
    if change.kind is Kind.PIECES:
        assert like.measured is None
        more = replace(like, quantity=int(change.after))
        lines = tuple(more if line is like else line for line in context.lines)
        return replace(context, lines=lines)
    more = _priced_like(like, int(change.after))
    lines = tuple(sorted((*context.lines, more), key=lambda line: line.line_id))
    return replace(context, lines=lines)


def _priced_like(like: Line, price: int) -> Line:
    """A piece at *price* with the margin of *like*, its cost rounded up."""
    cost = None if like.unit_cost is None else -(-like.unit_cost * price // like.list_price)
    name = f"{like.line_id}+"
    like = replace(like, line_id=name, quantity=1, measured=None)
    return replace(like, list_price=price, unit_cost=cost)


@MANY
@given(world=near_worlds)
def test_a_change_that_is_told_brings_what_was_said(world: World) -> None:
    """Made by hand and decided again: the offer, its discount and all that comes off."""
    before = world.decide().stack.discount
    told, _ = _told(world)
    for near in told:
        then = replace(world, context=_done(near.change, world.context)).decide()
        given_then = {c.offer.id: c.discount for c in then.stack.candidates}

        assert near.discount == given_then[near.offer_id]
        assert near.total_discount == then.stack.discount > before


@MANY
@given(world=near_worlds)
def test_nothing_is_told_where_the_shopper_can_do_nothing(world: World) -> None:
    """No offer that its days, a code or a cap withhold, and none that is given already."""
    told, decided = _told(world)
    decision = world.decide()
    found: dict[str, set[ReasonCode]] = {}
    for assessed in decision.shortlist.assessed:
        codes = found.setdefault(assessed.candidate.offer.id, set())
        codes.update(f.code for f in assessed.findings[:1])
    tiers = {o.id for o in world.ruleset.offers if o.tiers}
    given_now = {c.offer.id for c in decision.stack.candidates} - tiers

    assert decided <= MOST_DECIDED
    assert len(told) <= MOST_TOLD
    assert [n.discount for n in told] == sorted((n.discount for n in told), reverse=True)
    for near in told:
        assert near.offer_id not in given_now
        assert found[near.offer_id] - BEYOND_THE_SHOPPER


@settings(max_examples=100, deadline=None)
@given(world=near_worlds)
def test_asking_changes_nothing(world: World) -> None:
    """The same question has the same answer, and lines may come in any order."""
    assert _told(world) == _told(world)


def test_worlds_have_near_misses_of_every_kind() -> None:
    """The properties above are not about nothing."""
    kinds = Counter(n.change.kind for seed in range(200) for n in _told(_near(seed))[0])

    assert min(kinds[kind] for kind in (Kind.SPEND, Kind.PIECES, Kind.CONSENT)) > 4, kinds
