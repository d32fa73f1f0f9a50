"""What a day's choices are expected to be worth, beside what other policies would have given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sconto.cli.play_reply import depth_words
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode, Rung
from sconto.v1.decision_pb2 import ChoiceGroup

OPEN: Final = frozenset(
    {
        ReasonCode.CHOSEN,
        ReasonCode.NOT_BEST,
        ReasonCode.NOT_WORTH_IT,
        ReasonCode.BELOW_LEAST_GAIN,
    }
)
"""What becomes of a candidate that rules and budgets let be given."""

DEVIATIONS: Final = 1.96
"""Standard deviations on either side that hold 95 % of a normal distribution."""

Offer = tuple[str, str]
"""Offer and depth, in words."""


@dataclass(slots=True)
class Sum:
    """What candidates add up to; amounts in millionths of a minor unit."""

    times: int = 0
    gain: int = 0
    spread: int = 0
    """Standard deviation of the gain over the ensemble, as if it erred alike in every decision."""
    cost: int = 0
    """Expected own cost."""

    def add(self, value: Any) -> None:
        """Count one candidate of this *value*."""
        self.times += 1
        self.gain += value.gain_millionths
        self.spread += value.spread_ppm * value.margin
        self.cost += value.due_ppm * value.cost + PPM_ONE * value.offering

    @property
    def interval(self) -> tuple[int, int]:
        """Within which the gain lies by the ensemble's disagreement, 95 %."""
        half = round(DEVIATIONS * self.spread)
        return self.gain - half, self.gain + half


@dataclass(slots=True)
class Worth:
    """Sums over the decisions that the policy made by a model: no holdout, nothing by chance.

    All policies are reckoned on the same decisions, by the same model and within the same rules.
    What several lanes give together is added up, as the choice itself does.
    """

    decisions: int = 0
    scored: int = 0
    """Decisions by a model, those by chance included."""
    given: Sum = field(default_factory=Sum)
    cheapest: Sum = field(default_factory=Sum)
    """If each had been given its cheapest allowed candidate: a rule that needs no model."""
    constants: dict[Offer, Sum] = field(default_factory=dict)
    """If one offer at one depth had been given wherever it was allowed."""
    assumed: str = ""
    """Who assumes the response to depth; empty where the model learnt it."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Decisions in which the model did not know an input, by input."""
    with_unknown: int = 0
    """Decisions in which it did not know at least one."""

    def add(self, decision: Any) -> None:
        """Count *decision*, which has its candidates in full."""
        if decision.rung != Rung.MODEL:
            return
        self.scored += 1
        self.unknown.update(decision.model.unknown_inputs)
        self.with_unknown += bool(decision.model.unknown_inputs)
        self.assumed = decision.model.assumed_response
        if decision.group in {
            ChoiceGroup.CHOICE_GROUP_HOLDOUT,
            ChoiceGroup.CHOICE_GROUP_EXPLORATION,
        }:
            return
        self.decisions += 1
        allowed = [c for c in decision.candidates if c.HasField("value") and c.reason in OPEN]
        for candidate in allowed:
            self.constants.setdefault(_offer(candidate), Sum()).add(candidate.value)
            if candidate.reason == ReasonCode.CHOSEN:
                self.given.add(candidate.value)
        if allowed:
            self.cheapest.add(min(allowed, key=_cost).value)

    def best_constant(self) -> tuple[Offer, Sum] | None:
        """The one offer at one depth that is expected to bring most; None without any."""
        return max(self.constants.items(), key=lambda item: (item[1].gain, item[0]), default=None)

    def policies(self) -> Iterator[tuple[str, Sum]]:
        """Every policy in words, with what it comes to."""
        yield "as decided", self.given
        yield "nothing", Sum()
        yield "rule: always the cheapest allowed", self.cheapest
        best = self.best_constant()
        if best is not None:
            (offer, depth), summed = best
            yield f"best single offer: {offer} {depth}", summed


def _offer(candidate: Any) -> Offer:
    currency = candidate.discount.currency_code
    return candidate.offer_id, depth_words(candidate.kind, candidate.depth, currency)


def _cost(candidate: Any) -> tuple[int, str, int]:
    return candidate.value.cost, candidate.offer_id, candidate.depth
