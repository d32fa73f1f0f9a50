"""All baselines, in the order in which reports list them."""

from __future__ import annotations

from sconto.learning.baselines.constants import BestArm, NoOffer
from sconto.learning.baselines.hand_rule import HandRule
from sconto.learning.baselines.linear import TLogistic
from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM, TLightGBM
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.models import Model


def baselines(rule: HandRuleDoc) -> tuple[Model, ...]:
    """None, best arm, hand rule, response model, logistic T-learner, LightGBM S- and T-learner."""
    return (
        NoOffer(),
        BestArm(),
        HandRule(rule),
        ResponseLightGBM(),
        TLogistic(),
        SLightGBM(),
        TLightGBM(),
    )
