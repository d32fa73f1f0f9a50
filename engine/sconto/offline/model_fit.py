"""Whether a ruleset and a model fit each other: every input, offer and assumption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.domain.money import BP_ONE
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.lint.worth_bounds import never_worth
from sconto.rulebook.loader import load_folder
from sconto.scoring.answer import ANY_OFFER
from sconto.scoring.least_gain import LeastGainFit, least_gain_fit, least_gain_of
from sconto.scoring.manifest import ModelColumns
from sconto.scoring.scorer import OnnxScorer

SECONDS: Final = 1.0
"""Nothing is scored: any time limit would do."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the model, and the fact that fills it; empty where none does.

    `unlisted` are values that the fact may have and the model never saw.
    """

    name: str
    fact: str
    unlisted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferFit:
    """An offer, and whether the model predicts its effect."""

    offer_id: str
    aim: str
    fits: bool


@dataclass(frozen=True, slots=True)
class ModelFit:
    """How a ruleset and a model fit; the field names are the keys of the JSON form."""

    model: str
    outcome: str
    """What the model's probability is of."""
    inputs: tuple[Input, ...]
    response: str
    """`learnt`, `assumed` or `missing`."""
    response_source: str
    """Who assumes the response."""
    offers: tuple[OfferFit, ...]
    least_gain: LeastGainFit | None
    """What the rules ask of a gain; None where the response was not learnt."""
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    """Combinations that work but are probably not meant."""


def model_fit(rules: Path, model: Path) -> ModelFit:
    """How the rules in the folder *rules* and the model in *model* fit.

    Raises InvalidRules and ModelUnusable.
    """
    ruleset = load_folder(rules)
    with closing(OnnxScorer(model, SECONDS)) as scorer:
        return fit_of(ruleset, scorer)


def fit_of(ruleset: Ruleset, scorer: OnnxScorer) -> ModelFit:
    """How *ruleset* and the model of *scorer* fit."""
    manifest, objective = scorer.manifest, ruleset.objective
    columns, outcome = manifest.columns, manifest.outcome_kind
    inputs = tuple(_inputs(ruleset, scorer))
    offers = tuple(
        OfferFit(offer.id, offer.aim.value, offer.aim.value == outcome and _is_arm(offer, columns))
        for offer in ruleset.offers
    )
    response = "learnt"
    if len(columns.arms) == 1:
        response = "assumed" if objective.response else "missing"
    asked = least_gain_of(objective, ruleset.currency)
    fit = least_gain_fit(asked, manifest.tried) if response == "learnt" else None
    return ModelFit(
        model=f"{manifest.name}/{manifest.version}",
        outcome=outcome,
        inputs=inputs,
        response=response,
        response_source=objective.response_source if response == "assumed" else "",
        offers=offers,
        least_gain=fit,
        problems=tuple(_problems(inputs, offers, response, outcome)),
        warnings=(
            *_too_shallow(ruleset.offers, columns),
            *(never_worth(ruleset) if response == "assumed" else ()),
            *([_costly(fit)] if fit is not None and fit.costs else ()),
        ),
    )


def _inputs(ruleset: Ruleset, scorer: OnnxScorer) -> Iterator[Input]:
    columns = scorer.manifest.columns
    listed = dict(zip(columns.categorical, columns.vocabularies, strict=True))
    for name, fact in scorer.filled_by(ruleset).items():
        values = ruleset.model_facts[fact].values if fact and name in listed else ()
        yield Input(name, fact, tuple(sorted({*values} - {*listed.get(name, ())})))


def _is_arm(offer: Offer, columns: ModelColumns) -> bool:
    """Whether the model predicts the effect of *offer*, by its depth or its name."""
    if len(columns.arms) == 1 or columns.curve is not None:
        return True
    names = {name.replace("_", "-") for name in columns.arms[1:]}
    return bool({offer.id, ANY_OFFER} & names)


def _problems(
    inputs: tuple[Input, ...], offers: tuple[OfferFit, ...], response: str, outcome: str
) -> Iterator[str]:
    for one in inputs:
        if not one.fact:
            yield (
                f"no fact fills the input `{one.name}`: declare `shopper.{one.name}`, or a signal"
            )
        elif one.unlisted:
            values = ", ".join(f"`{value}`" for value in one.unlisted)
            yield f"`{one.fact}` may be {values}, which the model never saw"
    if response == "missing":
        yield (
            "the model learnt no response to a discount, and none is declared: give "
            "`assumed_response` in objective.yaml, or nothing will be scored"
        )
    for offer in offers:
        if offer.aim != outcome:
            yield (
                f"offer `{offer.offer_id}` is for {offer.aim}, and the model predicts {outcome}: "
                "it is never taken to work"
            )
        elif not offer.fits:
            yield f"offer `{offer.offer_id}` is no arm of the model: it is never taken to work"


def _too_shallow(offers: Iterable[Offer], columns: ModelColumns) -> Iterator[str]:
    """A warning for each offer with depths that the model can't distinguish from none."""
    first = 0.0 if columns.curve is None else columns.curve[0]
    for offer in offers:
        depths = [depth for depth in _depths(offer) if 0 < depth <= first]
        if depths:
            named = " and ".join(f"{100 * depth:.4g} %" for depth in depths)
            least = f"{100 * first:.4g} %"
            yield (
                f"offer `{offer.id}` at {named}: the model learnt from no row without a discount, "
                f"and takes {least}, the shallowest it saw, for none. It expects nothing of "
                f"{least} or less, and never gives it: offer more, or learn from rows without a "
                "discount"
            )


def _depths(offer: Offer) -> Iterator[float]:
    """The shares that *offer* takes off at most; none for kinds whose share the basket decides."""
    if offer.kind is OfferKind.PERCENT:
        yield from (depth / BP_ONE for depth in offer.ladder)
    for spend, off in offer.tiers.items():
        yield off.bp / BP_ONE if off.bp is not None else (off.amount or 0) / spend


def _costly(fit: LeastGainFit) -> str:
    return f"{fit.said}: to serve the best, write {', '.join(f'`{line}`' for line in fit.best)}"
