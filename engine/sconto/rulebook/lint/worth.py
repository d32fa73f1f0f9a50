"""Objectives that nothing can pass: what a discount adds at most is less than what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sconto.domain.money import format_minor
from sconto.domain.objective import Outcome
from sconto.domain.offer import Offer
from sconto.rulebook.findings import Source
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.worth_bounds import (
    at_fault,
    cost_and_gain,
    most_added,
    nearest_to_worth,
    per_cent,
)

CODE: Final = "SEM-019"


def check_worth(subject: Subject) -> None:
    """Warn about an objective that no offer of one aim can pass."""
    if subject.library.objective is None:
        return
    source, ruleset = subject.library.objective[1], subject.ruleset
    for aim in Outcome:
        offers = [offer for offer in ruleset.offers if offer.aim is aim]
        if offers and (aim is Outcome.SALE or not _worth_too_small(subject, source, aim)):
            _check_offers(subject, source, offers)


def _worth_too_small(subject: Subject, source: Source, aim: Outcome) -> bool:
    """Warn where the worth of *aim* alone lets nothing pass."""
    objective, currency = subject.ruleset.objective, subject.ruleset.currency
    worth = objective.worth or 0
    if not worth:
        message = f"one {aim.value} is worth 0, so no discount for it can be worth its cost"
        advice = f'write the margin that one {aim.value} brings, like `worth: "8.50"`'
        subject.warn((source, ("worth",)), CODE, message, advice)
        return True
    most = most_added(objective, None)
    if most * worth > objective.minimum_gain:
        return False
    points = per_cent(most).replace("%", "percentage points")
    assumed = f", and its probability is assumed to rise by at most {points}" if most < 1 else ""
    asked, brings = (format_minor(n, currency) for n in (objective.minimum_gain, worth))
    message = f"no discount can add {asked}: one {aim.value} is worth {brings}{assumed}"
    advice = f"lower `minimum_gain`, or correct `worth`, the margin that one {aim.value} brings"
    subject.warn((source, ("minimum_gain",)), CODE, message, advice)
    return True


def _check_offers(subject: Subject, source: Source, offers: Sequence[Offer]) -> None:
    """Warn where none of *offers*, which have one aim, can pass."""
    objective = subject.ruleset.objective
    nearest = [nearest_to_worth(offer, objective) for offer in offers]
    never = [best for best in nearest if best is not None]
    if len(never) < len(nearest):
        return
    best = max(never, key=lambda one: one.left(objective))
    key, asked = at_fault(best, subject.ruleset)
    message = f"no offer for a {best.offer.aim.value} can pass: the best, `{best.offer.id}`, "
    message += cost_and_gain(best, subject.ruleset) + asked
    advice = f"correct `{key}`; or give less, or let the supplier pay more of it"
    subject.warn((source, (key,)), CODE, message, advice)
