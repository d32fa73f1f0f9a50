"""Offers of one lane between which nothing but their ids decides.

Where two candidates of a lane cost the same (or, in a lane that gives the largest, take the same
off), the rules-only rung takes the one whose id comes first. That is no order that anybody meant.
So two offers compete without an order when some line can get either of them, at the same depth,
and their lane can't tell them apart. Offers that merely happen to take off the same amount of one
basket do not: kind and depth have to be the same, and so has the supplier's share where cost
decides. An exclusive offer and one that is not are never alike: on a tie what is not exclusive
wins. Scopes overlap when they select by the same property of a line, or when one of them does not
select at all: whether a department holds a category is something only the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import z3

from sconto.domain.context import DecisionContext
from sconto.domain.lane import Lane, WithoutScores
from sconto.domain.offer import Offer
from sconto.domain.scope import Scope
from sconto.domain.shortlist import Assessed
from sconto.rulebook.lint.example_baskets import basket_in_which
from sconto.rulebook.lint.subject import Subject, facts_of
from sconto.rulebook.lint.text import basket
from sconto.rulebook.offer_kinds import BY_KIND, own_fields

SELECTORS = ("departments", "categories", "brands", "products")


def check_overlaps(subject: Subject) -> None:
    """Warn about every two offers that compete without an order."""
    lanes = {lane.id: lane for lane in subject.ruleset.lanes}
    for first, second in combinations(subject.ruleset.offers, 2):
        if not _alike(first, second, lanes[first.lane]) or not _evident(subject, first, second):
            continue
        for depth in first.ladder:
            if depth in second.ladder and _same_off(first, second, depth):
                context = _both_given(subject, first, second, depth)
                if context is not None:
                    _warn(subject, first, second, depth, context)
                    break


def _alike(first: Offer, second: Offer, lane: Lane) -> bool:
    """Whether, at the same depth, nothing but the id tells them apart."""
    by_cost = lane.without_scores is WithoutScores.SMALLEST
    return (
        first.lane == second.lane
        and lane.without_scores is not WithoutScores.NOTHING
        and (first.kind, first.exclusive, first.rounding, first.at_most_pieces)
        == (second.kind, second.exclusive, second.rounding, second.at_most_pieces)
        and (not by_cost or first.supplier_share_bp == second.supplier_share_bp)
        and own_fields(first) == own_fields(second)
    )


def _same_off(first: Offer, second: Offer, depth: int) -> bool:
    return first.tiers.get(depth) == second.tiers.get(depth)


def _evident(subject: Subject, first: Offer, second: Offer) -> bool:
    """Whether a line is in both scopes, which select by the same properties, or one by none."""
    mine, others = _by(first.scope), _by(second.scope)
    return (mine <= others or others <= mine) and subject.meet(first.scope, second.scope)


def _by(scope: Scope) -> frozenset[str]:
    own = frozenset(key for key in SELECTORS if getattr(scope, key))
    return own.union(*(_by(inner) for inner in scope.classes))


def _both_given(
    subject: Subject, first: Offer, second: Offer, depth: int
) -> DecisionContext | None:
    """A basket whose lines can get either, and that the core finds so."""
    both = [subject.candidate(offer.id, depth, plain=True) for offer in (first, second)]
    hard = [rule for rule in subject.ruleset.rules if not rule.review]
    allowed = [z3.Not(given.withheld_by(rule)) for given in both for rule in hard]
    mine, other = both
    terms = [*allowed, *other.everything(), mine.costs_known, other.alone]

    def tied(assessed: Mapping[str, Assessed]) -> bool:
        found = [assessed[given.name] for given in both]
        same = found[0].candidate.discount == found[1].candidate.discount
        return same and all(a.allowed for a in found)

    return basket_in_which(mine, terms, tied, subject.today)


def _warn(
    subject: Subject, first: Offer, second: Offer, depth: int, context: DecisionContext
) -> None:
    source, _ = subject.offer_place(second.id)
    step = second.ladder.index(depth)
    message = (
        f"offers `{first.id}` and `{second.id}` compete in lane `{first.lane}` at the same depth, "
        "and only their ids decide"
    )
    hard = [r.id for r in subject.ruleset.rules if not r.review]
    example = basket(context, facts_of(subject, hard), subject.ruleset)
    advice = f"give one another depth, scope or lane; either can be given to {example}"
    subject.warn((source, (*BY_KIND[second.kind].path, step)), "SEM-010", message, advice)
