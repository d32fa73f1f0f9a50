"""All baselines, in the order in which reports list them."""

from __future__ import annotations

from sconto.learning.baselines.constants import BestArm, NoOffer
from sconto.learning.baselines.hand_rule import HandRule
from sconto.learning.baselines.linear import TLogistic
from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM, TLightGBM
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.models import Model


def baselines(rule: HandRuleDoc | None) -> tuple[Model, ...]:
    """None, best arm, hand rule if there is one, response model, logistic T-learner, LightGBM."""
    return (
        NoOffer(),
        BestArm(),
        *([] if rule is None else [HandRule(rule)]),
        ResponseLightGBM(),
        TLogistic(),
        SLightGBM(),
        TLightGBM(),
    )
