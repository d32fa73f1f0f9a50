"""Offers, lanes and the experiment, compiled: every depth an integer in the unit of its kind."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.experiment import Experiment
from sconto.domain.lane import MAIN, Lane, WithoutScores
from sconto.domain.objective import CostWhen, Objective, Outcome
from sconto.domain.offer import Offer, Rounding, RoundingMode
from sconto.domain.scope import Scope
from sconto.rulebook.compile.amounts import Amounts, validity
from sconto.rulebook.compile.scopes import Scopes
from sconto.rulebook.documents.offers import (
    ExperimentDoc,
    ObjectiveDoc,
    OfferDoc,
    StackingDoc,
)
from sconto.rulebook.documents.quantities import basis_points, scaled
from sconto.rulebook.offer_kinds import OFFER_KINDS, kinds_of

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
        form = next(iter(kinds_of(doc)), OFFER_KINDS[0])
        fields = {
            "scope": Scope() if doc.scope is None else self.scopes.of(doc.scope),
            **form.fields(doc, self.amounts, self.scopes),
        }
        return Offer(
            id=doc.id,
            name=doc.name,
            kind=form.kind,
            ladder=form.ladder(doc, self.amounts),
            minimum_spend=self.amounts.minor(doc.minimum_spend),
            supplier_share_bp=basis_points(doc.supplier_pays) or 0,
            budgets=tuple(dict.fromkeys(doc.budgets or ())),
            validity=validity(doc),
            lane=doc.lane or self.lanes[0].id,
            exclusive=doc.exclusive,
            rounding=self._rounding(doc),
            cost_when=CostWhen(doc.cost_when),
            cost_of_offering=self.amounts.at_least(doc.cost_of_offering),
            aim=self.aim if doc.aim is None else Outcome(doc.aim),
            titles=dict(doc.title or {}),
            at_most_pieces=doc.at_most_pieces,
            **fields,
        )

    def _rounding(self, doc: OfferDoc) -> Rounding:
        least = self.amounts.rounding.step
        step = least if doc.rounding.to is None else self.amounts.minor(doc.rounding.to)
        return Rounding(RoundingMode(doc.rounding.mode), max(step, least))


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
        worth=None if doc.worth is None else amounts.at_most(doc.worth),
        minimum_gain=amounts.at_least(doc.minimum_gain),
        minimum_gain_bp=basis_points(doc.minimum_gain_of_cost) or 0,
        caution_permille=scaled(doc.caution, _CAUTION_PLACES) or 0,
        response=tuple((basis_points(s.depth) or 0, _ppm(s.from_half)) for s in steps),
        response_source="" if assumed is None else assumed.source,
    )


def experiment(doc: ExperimentDoc) -> Experiment:
    """The experiment that *doc* describes."""
    return Experiment(doc.id, doc.seed, _ppm(doc.holdout), _ppm(doc.exploration), validity(doc))


def _ppm(share: str | None) -> int:
    return 0 if share is None else (basis_points(share) or 0) * _PPM_OF_BP
