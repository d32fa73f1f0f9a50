"""How far a basket was from an offer is said in what the basket lacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.domain.decision import decide
from sconto.domain.explain_rules import considered, why_no_search
from sconto.domain.reasons import RungCause
from sconto.domain.scope import Scope
from sconto.domain.shortlist import shortlist
from sconto.domain.wording import Wording
from support import builders, judges
from support.offers import buy_get

NO_SET = (
    "a set takes 10 pieces bought and 10 given, no piece twice; "
    "11 can be bought and 11 can be given"
)


@pytest.mark.parametrize(
    ("minimum_spend", "because"),
    [
        (1_200, "the covered lines cost 11.00 USD, it needs 12.00 USD"),
        (1_000, NO_SET),
    ],
)
def test_spend_or_pieces_whichever_is_missing(minimum_spend: int, because: str) -> None:
    """Eleven pieces for 11.00 are too few to be a set, whatever they cost."""
    offer = replace(buy_get(10, 10), minimum_spend=minimum_spend)
    ruleset = builders.ruleset(offer)
    context = builders.context(builders.line(list_price=100, quantity=11))
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
    (said,) = considered(decision, Wording(ruleset, context, {}, {}))

    assert (because,) == said.because


def test_why_nothing_was_asked_about_an_offer_is_told_as_it_is() -> None:
    """An offer that is given could be given, one of other goods could not, and one was left out."""
    wine = replace(builders.offer("wine", 500), scope=Scope(categories=frozenset({"WINE"})))
    ruleset = builders.ruleset(builders.offer("cheese", 500), wine, builders.offer("other", 500))
    context = replace(builders.context(), offer_ids=("cheese", "wine"))
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
    wording = Wording(ruleset, context, {}, {})

    assert [
        "cheese is given, and no depth of it was withheld",
        "no change of a fact lets wine be given",
        "other was not considered: the request names other offers",
    ] == [why_no_search(decision, wording, offer) for offer in ("cheese", "wine", "other")]
