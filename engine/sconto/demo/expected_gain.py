"""The expected gain of a day's decisions, beside that of other policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sconto.api.amounts import to_minor
from sconto.domain.candidate import Candidate
from sconto.domain.choice import Ranked, Valued
from sconto.domain.money import PPM_ONE, format_minor
from sconto.domain.reasons import ReasonCode, Rung
from sconto.v1.decision_pb2 import ChoiceGroup, OfferKind

FAIR_SHARE: Final = 20
"""Per cent of the decisions in which a single offer must have been allowed to be compared."""

DEVIATIONS: Final = 1.96
"""Standard deviations on either side that hold 95 % of a normal distribution."""

Offer = tuple[str, str]
"""Offer and depth, in words."""


@dataclass(slots=True)
class Sum:
    """Sums over candidates; amounts in millionths of a minor unit."""

    times: int = 0
    gain: int = 0
    spread: int = 0
    """Standard deviation of the gain over the ensemble, as if it erred alike in every decision."""
    cost: int = 0
    """Expected own cost."""

    def add(self, gain: int, value: Any) -> None:
        """Count one candidate of this *gain*, made of the numbers in *value*."""
        self.times += 1
        self.gain += gain
        self.spread += value.spread_ppm * value.margin
        self.cost += value.due_ppm * value.cost + PPM_ONE * value.offering

    @property
    def interval(self) -> tuple[int, int]:
        """The 95 % interval of the gain, from the ensemble's disagreement."""
        half = round(DEVIATIONS * self.spread)
        return self.gain - half, self.gain + half


@dataclass(slots=True)
class ExpectedGain:
    """Sums over the decisions made by a model; without holdout and exploration.

    All policies are reckoned on the same decisions, by the same model and within the same rules.
    What several lanes give together is added up, as the choice itself does. The others give one
    discount, which is priced alone.
    """

    decisions: int = 0
    scored: int = 0
    """Decisions by a model, those by chance included."""
    given: Sum = field(default_factory=Sum)
    cheapest: Sum = field(default_factory=Sum)
    """If each had been given its cheapest allowed candidate: a rule that needs no model."""
    constants: dict[Offer, Sum] = field(default_factory=dict)
    """If one offer at one depth, and nothing else, had been given wherever it was allowed."""
    assumed: str = ""
    """Who assumes the response to depth; empty where the model learnt it."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Decisions in which the model did not know an input, by input."""
    with_unknown: int = 0
    """Decisions in which it did not know at least one."""

    def add(self, decision: Any, alone: Iterable[Ranked]) -> None:
        """Count *decision*, whose candidates may each be given alone with the values in *alone*."""
        if decision.rung != Rung.MODEL:
            return
        self.scored += 1
        self.unknown.update(decision.model.unknown_inputs)
        self.with_unknown += bool(decision.model.unknown_inputs)
        # A decision without candidates was not scored and says nothing of it.
        self.assumed = decision.model.assumed_response or self.assumed
        if decision.group in {
            ChoiceGroup.CHOICE_GROUP_HOLDOUT,
            ChoiceGroup.CHOICE_GROUP_EXPLORATION,
        }:
            return
        self.decisions += 1
        names = {(c.offer_id, c.depth): _offer(c) for c in decision.candidates}
        allowed = [(r.candidate, r.valued) for r in alone if r.valued is not None]
        for candidate, valued in allowed:
            offer = names[candidate.offer.id, candidate.depth]
            self.constants.setdefault(offer, Sum()).add(valued.gain, valued)
        if allowed:
            _, valued = min(allowed, key=lambda one: _cost(*one))
            self.cheapest.add(valued.gain, valued)
        for chosen in decision.candidates:
            if chosen.reason == ReasonCode.CHOSEN and chosen.HasField("value"):
                self.given.add(chosen.value.gain_millionths, chosen.value)

    def best_constant(self) -> tuple[Offer, Sum] | None:
        """The one offer at one depth that is expected to bring most; None without any.

        Of those that were allowed in a fair share of the decisions: of many that are hardly ever
        allowed, one looks good by chance.
        """
        fair = [item for item in self.constants.items() if self.share(item[1]) * 100 >= FAIR_SHARE]
        return max(fair, key=lambda item: (item[1].gain, item[0]), default=None)

    def share(self, constant: Sum) -> float:
        """The share of the decisions in which *constant* was allowed."""
        return constant.times / self.decisions

    def policies(self) -> Iterator[tuple[str, str, Sum]]:
        """Name, share of allowed decisions and sums of every policy.

        Only a single offer has a share: the other policies are always allowed.
        """
        yield "as decided", "", self.given
        yield "nothing", "", Sum()
        yield "always the cheapest allowed", "", self.cheapest
        best = self.best_constant()
        if best is not None:
            (offer, depth), summed = best
            yield f"best single: {offer} {depth}", f"{self.share(summed):.0%}", summed


def _offer(candidate: Any) -> Offer:
    currency = candidate.discount.currency_code
    return candidate.offer_id, depth_text(candidate.kind, candidate.depth, currency)


def _cost(candidate: Candidate, valued: Valued) -> tuple[int, str, int]:
    return valued.cost, candidate.offer.id, candidate.depth


def depth_of(discount: Any) -> str:
    """The depth of *discount* as text, by its kind of offer."""
    if discount.WhichOneof("depth") == "percent_bp":
        return depth_text(discount.kind, discount.percent_bp, "")
    return depth_text(
        discount.kind,
        to_minor(discount.amount, discount.amount.currency_code, ""),
        discount.amount.currency_code,
    )


def depth_text(kind: int, depth: int, currency: str) -> str:
    """*depth* as text; it is in basis points or minor units by the *kind* of its offer."""
    match kind:
        case OfferKind.OFFER_KIND_BUNDLE:
            return f"for {format_minor(depth, currency)}"
        case OfferKind.OFFER_KIND_SPEND_TIERS:
            return f"from {format_minor(depth, currency)}"
        case OfferKind.OFFER_KIND_AMOUNT:
            return format_minor(depth, currency)
        case _:
            return f"{depth / 100:g} %"
