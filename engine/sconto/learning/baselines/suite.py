"""All baselines, in the order in which reports list them."""

from __future__ import annotations

from sconto.learning.baselines.constants import BestArm, NoOffer
from sconto.learning.baselines.hand_rule import HandRule
from sconto.learning.baselines.linear import TLogistic
from sconto.learning.baselines.meta import DRLightGBM, XLightGBM
from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM, TLightGBM
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.models import Model


def baselines(rule: HandRuleDoc | None, arms: int) -> tuple[Model, ...]:
    """Those that say different things of rows with so many *arms*, the hand rule if there is one.

    With one arm there is nothing to choose, and an S- or T-learner is the response model.
    """
    by_hand = () if rule is None else (HandRule(rule),)
    if arms == 1:
        return (NoOffer(), *by_hand, ResponseLightGBM(), TLogistic())
    return (
        *(NoOffer(), BestArm(), *by_hand, ResponseLightGBM(), TLogistic()),
        *(SLightGBM(), TLightGBM(), XLightGBM(), DRLightGBM()),
    )
