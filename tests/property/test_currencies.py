"""Decisions in another currency: what is compiled, given, limited, drawn and replayed is exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.domain.budget import after
from sconto.domain.decision import Decision, decide
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.returns import Sale, refund, return_record, sold
from sconto.domain.ruleset import ReturnPolicy
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from support import builders, currencies, judges
from support.currencies import Sold

PROVENANCE = Provenance("d", "r", 1, {"rules": "any"}, {})
seeds = st.integers(0, 2**32)


def _steps(of: Sold, name: str) -> Fraction:
    """How far an amount of an offer is from the exact one, in steps."""
    found = {
        "off": _ladder(of, "amount")[0],
        "more": _ladder(of, "amount")[1],
        "spend": _ladder(of, "tiers")[0],
        "tier": _ladder(of, "tiers")[1],
        "bundle": _ladder(of, "bundle")[0],
        "cap": _cap(of),
    }[name]
    assert found % of.step == 0
    return (found - of.exact(name)) / of.step


def _cap(of: Sold) -> int:
    (cap,) = (g.amount for g in of.ruleset.guardrails if g.amount is not None)
    return cap


def _ladder(of: Sold, offer_id: str) -> tuple[int, ...]:
    return next(o.ladder for o in of.ruleset.offers if o.id == offer_id)


@settings(max_examples=200, deadline=None)
@given(seed=seeds)
def test_amounts_are_on_the_declared_step(seed: int) -> None:
    """By the rate as it is written, between currencies of none, two and three decimals."""
    of = currencies.sold(seed)
    event(f"{of.shop} in {of.currency}")
    rounding = _rounding(of)
    for name in ("off", "more", "spend", "tier", "bundle", "cap"):
        past = _steps(of, name)
        allowed = {"half_up": -1 < 2 * past <= 1, "down": -1 < past <= 0, "up": 0 <= past < 1}
        assert allowed[rounding]
    assert of.ruleset.budgets == of.base.budgets
    assert of.ruleset.digest == of.base.digest
    assert of.base == ruleset_from_documents(of.base.documents)


def _rounding(of: Sold) -> str:
    written = of.base.documents.decode()
    return next((r for r in ("down", "up") if f'"rounding":"{r}"' in written), "half_up")


@settings(max_examples=150, deadline=None)
@given(seed=seeds, scored=st.booleans())
def test_discounts_add_up_limits_hold_and_a_budget_is_never_overspent(
    seed: int, scored: bool
) -> None:
    """Over many decisions, each of which replays to the same bytes."""
    of, random, view = currencies.sold(seed), Random(seed), {}
    ruleset, judged = of.ruleset, judges.reference(of.ruleset)
    minor = 10 ** MINOR_DIGITS[of.currency]
    shop_minor = of.rate * minor / 10 ** MINOR_DIGITS[of.shop]
    given_in_all = Fraction(0)
    cap = _cap(of)
    for _ in range(8):
        context = currencies.basket(of, random)
        listed = shortlist(context, ruleset, judged)
        scores = _scores(len(listed.allowed)) if scored else None
        cause = RungCause.NONE if scored else RungCause.MODEL_MISSING
        decision = decide(context, ruleset, listed, scores, cause, view)
        raw = stored(decision, PROVENANCE)
        assert raw == replay(read_record(raw), ruleset, judged)
        discount = decision.stack.discount
        assert context.list_total - sum(decision.net_totals) == discount
        assert discount <= cap
        floor = of.exact("floor")
        for line, net, part in zip(context.lines, decision.net_totals, _off(decision), strict=True):
            least = line.quantity * ((line.unit_cost or 0) * currencies.FLOOR_SHARE + floor)
            assert not part or net >= least
        for draw in decision.draws:
            assert draw.amount * shop_minor >= discount > (draw.amount - 1) * shop_minor
        given_in_all += discount
        event(f"given: {bool(discount)}")
        view = dict(after(view, decision.draws))
    limit = of.amounts["budget"] * 10 ** MINOR_DIGITS[of.shop]
    assert sum(view.values()) <= limit
    assert given_in_all <= limit * shop_minor


def _off(decision: Decision) -> list[int]:
    return [decision.stack.off.get(i, 0) for i in range(len(decision.context.lines))]


def _scores(count: int) -> Scores:
    return builders.scores([(600_000, 300_000)] * count)


@settings(max_examples=100, deadline=None)
@given(seed=seeds, policy=st.sampled_from(list(ReturnPolicy)))
def test_what_returns_give_back_to_a_budget_is_what_was_drawn(
    seed: int, policy: ReturnPolicy
) -> None:
    """Piece by piece, to the minor unit of the shop's currency."""
    of, random = currencies.sold(seed), Random(seed)
    ruleset = replace(of.ruleset, returns=policy)
    judged, context = judges.reference(ruleset), currencies.basket(of, random)
    listed = shortlist(context, ruleset, judged)
    decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
    record = read_record(stored(decision, PROVENANCE))
    sale, freed, refunded, entries = Sale(record, ruleset, judged), 0, 0, []
    kept = sold(record)
    for i, line in enumerate(context.lines):
        for _ in range(line.quantity):
            came = tuple(int(k == i) for k in range(len(context.lines)))
            made = refund(sale, kept, came)
            entries.append(return_record(sale, made, came, kept, "r", 1))
            freed += sum(amount for _, amount in entries[-1]["draws"])
            refunded += made.total
            kept = made.kept
    assert freed == sum(draw.amount for draw in decision.draws)
    assert refunded == sum(decision.net_totals)
    assert not kept.draws
