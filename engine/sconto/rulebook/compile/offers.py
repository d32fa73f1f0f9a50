"""Offers, lanes and the experiment, compiled: every depth an integer in the unit of its kind."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.experiment import Experiment
from sconto.domain.lane import MAIN, Lane, WithoutScores
from sconto.domain.objective import CostWhen, Objective, Outcome
from sconto.domain.offer import (
    BundleItem,
    BuyGet,
    Off,
    Offer,
    OfferKind,
    Rounding,
    RoundingMode,
)
from sconto.domain.scope import Scope
from sconto.rulebook.compile.amounts import Amounts, validity
from sconto.rulebook.compile.scopes import Scopes
from sconto.rulebook.documents.offers import (
    BundleDoc,
    ExperimentDoc,
    ObjectiveDoc,
    OfferDoc,
    StackingDoc,
    TierDoc,
)
from sconto.rulebook.documents.quantities import basis_points, scaled

_PPM_OF_BP = 100
_CAUTION_PLACES = 3


@dataclass(frozen=True, slots=True)
class OfferCompiler:
    """Compiles the offers of one library."""

    amounts: Amounts
    scopes: Scopes
    lanes: tuple[Lane, ...]
    aim: Outcome
    """What offers are for unless they say otherwise."""

    def offer(self, doc: OfferDoc) -> Offer:
        """The offer that *doc* describes; of use only when its checks found nothing."""
        kind, ladder = self._ladder(doc)
        buy = doc.buy_x_get_y
        reward = None if buy is None or buy.reward is None else self.scopes.of(buy.reward)
        shipping = doc.free_shipping
        return Offer(
            id=doc.id,
            name=doc.name,
            kind=kind,
            ladder=tuple(ladder),
            scope=self._scope(doc),
            minimum_spend=self.amounts.minor(doc.minimum_spend),
            supplier_share_bp=basis_points(doc.supplier_pays) or 0,
            budgets=tuple(dict.fromkeys(doc.budgets or ())),
            validity=validity(doc),
            lane=doc.lane or self.lanes[0].id,
            exclusive=doc.exclusive,
            rounding=self._rounding(doc),
            buy_get=None if buy is None else BuyGet(buy.buy, buy.get, reward),
            bundle=self._items(doc.bundle_price),
            shipping=None if shipping is None else self.scopes.of(shipping.shipping),
            tiers={self.amounts.minor(t.spend): self._off(t) for t in doc.spend_tiers or ()},
            cost_when=CostWhen(doc.cost_when),
            cost_of_offering=self.amounts.minor(doc.cost_of_offering),
            aim=self.aim if doc.aim is None else Outcome(doc.aim),
        )

    def _ladder(self, doc: OfferDoc) -> tuple[OfferKind, list[int]]:
        if doc.percent_off is not None:
            return OfferKind.PERCENT, _shares(doc.percent_off)
        if doc.buy_x_get_y is not None:
            return OfferKind.BUY_X_GET_Y, _shares(doc.buy_x_get_y.off)
        if doc.bundle_price is not None:
            return OfferKind.BUNDLE, [self.amounts.minor(p) for p in doc.bundle_price.prices]
        if doc.free_shipping is not None:
            return OfferKind.FREE_SHIPPING, _shares(doc.free_shipping.off)
        if doc.spend_tiers is not None:
            return OfferKind.SPEND_TIERS, [self.amounts.minor(t.spend) for t in doc.spend_tiers]
        return OfferKind.AMOUNT, [self.amounts.minor(a) for a in doc.amount_off or ()]

    def _scope(self, doc: OfferDoc) -> Scope:
        if doc.bundle_price is not None:
            # A line must be in the scope of one of the items.
            return Scope(classes=tuple(i.scope for i in self._items(doc.bundle_price)))
        return Scope() if doc.scope is None else self.scopes.of(doc.scope)

    def _items(self, doc: BundleDoc | None) -> tuple[BundleItem, ...]:
        items = () if doc is None else doc.items
        return tuple(BundleItem(self.scopes.of(item.scope), item.pieces) for item in items)

    def _off(self, tier: TierDoc) -> Off:
        if tier.percent_off is not None:
            return Off(bp=basis_points(tier.percent_off))
        return Off(amount=self.amounts.minor(tier.amount_off or "0"))

    def _rounding(self, doc: OfferDoc) -> Rounding:
        step = 1 if doc.rounding.to is None else self.amounts.minor(doc.rounding.to)
        return Rounding(RoundingMode(doc.rounding.mode), max(step, 1))


def lanes(doc: StackingDoc | None) -> tuple[Lane, ...]:
    """The lanes that *doc* declares, or the one that there is without it."""
    if doc is None:
        return (MAIN,)
    return tuple(
        Lane(d.id, d.sees == "price_after_earlier_lanes", WithoutScores(d.without_scores))
        for d in doc.lanes
    )


def objective(doc: ObjectiveDoc | None, amounts: Amounts) -> Objective:
    """The objective that *doc* describes, or the one that there is without it."""
    if doc is None:
        return Objective()
    assumed = doc.assumed_response
    steps = () if assumed is None else assumed.steps
    return Objective(
        aim=Outcome(doc.aim),
        worth=None if doc.worth is None else amounts.minor(doc.worth),
        minimum_gain=amounts.minor(doc.minimum_gain),
        minimum_gain_bp=basis_points(doc.minimum_gain_of_cost) or 0,
        caution_permille=scaled(doc.caution, _CAUTION_PLACES) or 0,
        response=tuple((basis_points(s.depth) or 0, _ppm(s.from_half)) for s in steps),
        response_source="" if assumed is None else assumed.source,
    )


def experiment(doc: ExperimentDoc) -> Experiment:
    """The experiment that *doc* describes."""
    return Experiment(doc.id, doc.seed, _ppm(doc.holdout), _ppm(doc.exploration), validity(doc))


def _shares(texts: list[str]) -> list[int]:
    return [basis_points(text) or 0 for text in texts]


def _ppm(share: str | None) -> int:
    return 0 if share is None else (basis_points(share) or 0) * _PPM_OF_BP
