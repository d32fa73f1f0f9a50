"""Reason codes: a closed enum, stable for ever, each with one plain sentence.

Add, never change or reuse: the numbers are stored in the decision log and sent on the wire
(`sconto.v1.ReasonCode` carries the same names and numbers; a test compares them).
"""

from __future__ import annotations

from collections.abc import Container
from enum import IntEnum
from typing import Final


class ReasonCode(IntEnum):
    """Why a candidate was chosen, or was not."""

    # An enum's own is a Python function.
    __hash__ = int.__hash__

    CHOSEN = 1
    NOT_BEST = 2
    NOT_WORTH_IT = 3
    BELOW_LEAST_GAIN = 4
    WORTH_UNKNOWN = 5
    NOT_VALID_TODAY = 10
    NO_LINE_IN_SCOPE = 11
    BELOW_MINIMUM_SPEND = 12
    NOTHING_TO_DISCOUNT = 13
    HIGHER_TIER_REACHED = 14
    CODE_REQUIRED = 15
    FACT_MISSING = 20
    NOT_ELIGIBLE = 21
    BELOW_PRICE_FLOOR = 22
    BELOW_MARGIN_FLOOR = 23
    ABOVE_DISCOUNT_CAP = 24
    RULE_FAILED = 25
    ABOVE_PRICE_CEILING = 26
    FREQUENCY_CAP_REACHED = 27
    BUDGET_SPENT = 30
    SHOPPER_CAP_REACHED = 31
    BUDGET_AHEAD_OF_PACE = 32
    GUARDRAIL_RECHECK_FAILED = 40
    HELD_OUT = 50


SENTENCES: dict[ReasonCode, str] = {
    ReasonCode.CHOSEN: "the choice policy put it before everything else that was allowed",
    ReasonCode.NOT_BEST: "it was allowed, but the choice policy preferred something else",
    ReasonCode.NOT_WORTH_IT: "it was allowed, but giving nothing was expected to bring more",
    ReasonCode.BELOW_LEAST_GAIN: "it was expected to bring more than nothing, but not surely "
    "enough, or not by the least gain",
    ReasonCode.WORTH_UNKNOWN: "it was allowed, but nobody could say what it is worth",
    ReasonCode.NOT_VALID_TODAY: "its offer was not running on that day",
    ReasonCode.NO_LINE_IN_SCOPE: "the basket did not hold the goods that the offer needs",
    ReasonCode.BELOW_MINIMUM_SPEND: "the covered lines did not reach the offer's minimum spend or "
    "number of pieces",
    ReasonCode.NOTHING_TO_DISCOUNT: "its discount would have been zero or above the lines' total",
    ReasonCode.HIGHER_TIER_REACHED: "the basket reached a higher tier of the same offer",
    ReasonCode.CODE_REQUIRED: "it is given with a code only, and no valid code that opens it "
    "was sent",
    ReasonCode.FACT_MISSING: "a rule needed a fact that was not known",
    ReasonCode.NOT_ELIGIBLE: "an eligibility rule denied it",
    ReasonCode.BELOW_PRICE_FLOOR: "it would have put a line below its price floor",
    ReasonCode.BELOW_MARGIN_FLOOR: "it would have put the margin below its floor",
    ReasonCode.ABOVE_DISCOUNT_CAP: "it would have taken more off than the cap allows",
    ReasonCode.RULE_FAILED: "a rule could not be judged, so it was withheld",
    ReasonCode.ABOVE_PRICE_CEILING: "even with it a line would cost more than its price ceiling",
    ReasonCode.FREQUENCY_CAP_REACHED: "the shopper had been given as many as the rule allows",
    ReasonCode.BUDGET_SPENT: "the campaign's budget could not cover it any more",
    ReasonCode.SHOPPER_CAP_REACHED: "the shopper's own cap could not cover it any more",
    ReasonCode.BUDGET_AHEAD_OF_PACE: "its budget was being used faster than its pacing target",
    ReasonCode.GUARDRAIL_RECHECK_FAILED: "the last check before the answer refused it",
    ReasonCode.HELD_OUT: "an experiment that measures what discounts bring gives none to the "
    "group that the shopper was drawn into",
}
"""The plain sentence of every reason code; `it` is the candidate."""


_HOW_FAR: Final = (
    ReasonCode.CHOSEN,
    ReasonCode.GUARDRAIL_RECHECK_FAILED,
    ReasonCode.HELD_OUT,
    ReasonCode.NOT_BEST,
    ReasonCode.WORTH_UNKNOWN,
    ReasonCode.BELOW_LEAST_GAIN,
    ReasonCode.NOT_WORTH_IT,
    ReasonCode.BUDGET_AHEAD_OF_PACE,
    ReasonCode.SHOPPER_CAP_REACHED,
    ReasonCode.BUDGET_SPENT,
    ReasonCode.ABOVE_DISCOUNT_CAP,
    ReasonCode.BELOW_MARGIN_FLOOR,
    ReasonCode.BELOW_PRICE_FLOOR,
    ReasonCode.ABOVE_PRICE_CEILING,
    ReasonCode.RULE_FAILED,
    ReasonCode.FACT_MISSING,
    ReasonCode.FREQUENCY_CAP_REACHED,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.HIGHER_TIER_REACHED,
    ReasonCode.BELOW_MINIMUM_SPEND,
    ReasonCode.NOTHING_TO_DISCOUNT,
    ReasonCode.CODE_REQUIRED,
    ReasonCode.NOT_VALID_TODAY,
    ReasonCode.NO_LINE_IN_SCOPE,
)
"""From the end of the path to its start: the first one present explains an answer best."""


def furthest(present: Container[ReasonCode]) -> ReasonCode:
    """The reason among *present* of the candidate that came furthest."""
    return next((code for code in _HOW_FAR if code in present), ReasonCode.NO_LINE_IN_SCOPE)


class Rung(IntEnum):
    """How far down the fallback ladder an answer was made."""

    MODEL = 1
    RULES_ONLY = 2
    NO_DISCOUNT = 3


class RungCause(IntEnum):
    """Why an answer was not made on the model rung."""

    NONE = 0
    MODEL_MISSING = 1
    MODEL_LATE = 2
    MODEL_FAILED = 3
    MODEL_NOT_FINITE = 4
    BUDGET_CONTENDED = 5
    INPUTS_UNKNOWN = 6
    RESPONSE_MISSING = 7
    DEADLINE_NEAR = 8


WORTH_UNKNOWN_CAUSES: Final = frozenset({RungCause.INPUTS_UNKNOWN, RungCause.RESPONSE_MISSING})
"""Causes with which nobody claims that a discount works: then none is given but by chance."""
