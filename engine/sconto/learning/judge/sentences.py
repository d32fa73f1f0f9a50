"""The sentences of report and card: what the figures carry, and not more than they carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Final

from sconto.learning.data.figure_names import FALLS, PRICE_SLOPE, VALUE
from sconto.learning.drift.features import MODERATE, Level
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.figures import (
    EVERYBODY,
    Figures,
    ModelFigures,
    Policies,
    Spread,
    by_gain_of,
)

_UNITS: Final = "test units"
_NEVER: Final = 1e-9
_ENOUGH: Final = 5
"""From so many repeats on, an interval over them may claim a difference."""


def what_it_is(figures: Figures) -> Iterator[str]:
    """The question, and what the data can answer of it."""
    yield figures.about
    if figures.randomised:
        yield "Arms were drawn by chance: differences between them are effects."
    else:
        yield "Nothing was drawn by chance: no figure here is the effect of an offer."
    if len(figures.arms) == 1 and figures.objective:
        yield (
            "One arm was seen, so no response to a discount was learnt. A server joins it to depth "
            "by the `assumed_response` of its rules: an assumption, and named as one wherever it "
            "is used."
        )


def how_judged(figures: Figures) -> Iterator[str]:
    """Repeats, thresholds, and what an interval means."""
    if figures.splits:
        yield (
            f"Every model learnt from and was judged on the same rows in {figures.repeats} splits "
            "of the units. Splits share rows: an interval over them says whether other splits "
            "would change the order of two models, not what new data would show."
        )
    else:
        yield (
            f"Every model learnt from the same rows with {figures.repeats} seeds and was judged "
            "on the same test rows. An interval over seeds says what chance in fitting does. "
            "Whether two models differ is decided by a bootstrap over test units."
        )
    if figures.left_out:
        yield f"Not judged in this run: {_listed(figures.left_out)}."
    if figures.chance:
        yield (
            "Accuracy, precision, recall and F1 need a threshold. It was picked for F1 on a fifth "
            "of the training units, by a model that did not learn from them."
        )
        most = max(figures.periods["test"].outcome, 1 - figures.periods["test"].outcome)
        yield f"Saying the same of everybody would be right for {most:.1%} of the test rows."


def networks_add(figures: Figures) -> Iterator[str]:
    """Whether networks are better than the references, by AUC and log loss or squared error."""
    for figure, label in (("auc", "AUC"), ("log_loss", "Log loss"), ("mse", "Squared error")):
        yield from differences(figures, figure, label)


def differences(figures: Figures, figure: str, label: str) -> Iterator[str]:
    """For each reference model, which networks have a higher or lower *figure*, in plain words.

    Where time splits, by test units drawn anew: seeds alone say nothing of the rows. Few repeats
    claim nothing.
    """
    over = _over(figures, figure)
    few = "" if over == _UNITS or figures.repeats >= _ENOUGH else f"{figures.repeats} {over}"
    for reference in figures.references:
        found: dict[str, list[str]] = {}
        for name in compared_with(figures, reference):
            model = figures.models[name]
            if figure in model.than.get(reference, {}):
                again = model.bootstrap.get(reference, {})
                how, amount = _versus(again.get(figure, model.than[reference][figure]), few)
                found.setdefault(how, []).append(f"{name} ({amount})")
        listed = "; ".join(f"{how}: {', '.join(names)}" for how, names in found.items())
        if listed:
            yield f"{label} beside {reference}, over {over}: {listed}."


def compared_with(figures: Figures, reference: str) -> tuple[str, ...]:
    """The networks whose difference to *reference* says something.

    All to a baseline and to the first network, the pretrained one to that without pretraining.
    """
    networks = [name for name, model in figures.models.items() if model.network]
    if not figures.models[reference].network or reference == networks[0]:
        return tuple(name for name in networks if name != reference)
    return tuple(name for name in networks if name == f"{reference} pretrained")


def _over(figures: Figures, figure: str) -> str:
    """What intervals of the differences of *figure* are over."""
    if figures.splits:
        return "splits"
    bootstrap = any(
        figure in own for model in figures.models.values() for own in model.bootstrap.values()
    )
    return _UNITS if bootstrap else "seeds"


def _versus(spread: Spread | Interval, few: str) -> tuple[str, str]:
    """What a difference says, and how large it is.

    Nothing is claimed without an interval, or over repeats that are too *few* (e.g. `2 splits`).
    """
    amount = f"{spread.mean:+.4f}"
    if spread.low is None or spread.high is None:
        return "seen once", amount
    interval = f"{amount} [{spread.low:+.4f}, {spread.high:+.4f}]"
    if few:
        return f"{few} say too little of chance", interval
    if spread.low <= 0 <= spread.high:
        return "no difference by more than chance", interval
    return "higher" if spread.mean > 0 else "lower", interval


NOT_KNOWN: Final = (
    "Not known, for nothing was drawn by chance: a policy could only be graded by the very model "
    "that makes it."
)


def policies_say(figures: Figures) -> Iterator[str]:
    """For every outcome what the choices bring, beside the best arm for everybody and nothing."""
    yield (
        "Values are estimated on test rows from what was given by chance. The best arm for all was "
        "picked on training rows; `best arm` is the one with the highest mean "
        f"{figures.best_by}. Intervals are of units drawn anew; they are not widened for how many "
        "models there are."
    )
    if any(model.least for model in figures.models.values()):
        yield (
            "A model alone gives the arm of the largest response, whatever that costs. By gain it "
            "gives what earns most by the recipe's objective, if that passes a least gain; which, "
            "was picked in each repeat on a fifth of the training units."
        )
        yield from _leasts(figures)
    for outcome, own in figures.policies.items():
        what = "value less cost" if outcome == VALUE else f"`{outcome}`"
        yield from _policy_sentences(what, own, own.than, f"giving everybody `{own.arm}`")
        if outcome == VALUE and own.none != own.than:
            yield from _policy_sentences(what, own, own.none, f"giving {own.none}")


def _leasts(figures: Figures) -> Iterator[str]:
    """What gains had to pass, on average over the repeats."""
    for name, model in figures.models.items():
        if model.least:
            gain = fmean(least.gain for least in model.least)
            deviations = fmean(least.deviations for least in model.least)
            lowered = (
                f", with uplifts lowered by {deviations:.2f} standard deviations of its ensemble"
                if model.network
                else ""
            )
            yield f"{by_gain_of(name)}: on average a gain had to be above {gain:.4f}{lowered}."


def _policy_sentences(what: str, own: Policies, than: str, called: str) -> Iterator[str]:
    """Who brings more or less by more than chance; none where the interval holds 0."""
    gains = {name: v.gains[than] for name, v in own.values.items() if name not in _constants(own)}
    more = [name for name, gain in gains.items() if gain.low > _NEVER]
    less = [name for name, gain in gains.items() if gain.high < -_NEVER]
    if not more and not less:
        yield f"No model's {what} differs from {called} by more than chance."
        return
    if more:
        yield f"More {what} than {called}, by more than chance: {_listed(more)}."
    else:
        yield f"No model's choice brings more {what} than {called} by more than chance."
    if less:
        yield f"Less {what} than {called}, by more than chance: {_listed(less)}."


def _constants(own: Policies) -> set[str]:
    return {name for name in own.values if name.startswith(EVERYBODY)}


def response_says(figures: Figures) -> Iterator[str]:
    """Whether responses fall anywhere as the depth rises."""
    for name, model in figures.models.items():
        if model.network and FALLS in model.figures:
            worst = max(model.figures[FALLS].values)
            if worst == 0:
                yield f"{name}: the response falls with depth for none of the test rows."
            else:
                yield f"{name}: the response falls with depth for up to {worst:.1%} of test rows."


def slope_says(figures: Figures) -> Iterator[str]:
    """The experiment's own slope, and that of every network."""
    slope = figures.slope
    if slope is None:
        return
    yield (
        f"In the experiment itself `{figures.outcome}` changes by {slope.slope:.5f} per unit of "
        f"price (standard error {slope.error:.5f}, {slope.rows:,} rows; least squares within "
        "strata, clustered by unit)."
    )
    for name, model in figures.models.items():
        if model.network:
            yield _slope_of(name, model, slope.slope, slope.error)


def _slope_of(name: str, model: ModelFigures, slope: float, error: float) -> str:
    own = model.figures[PRICE_SLOPE].mean
    away = abs(own - slope) / error
    return f"{name}: its mean slope is {own:.5f}, {away:.1f} standard errors from that."


def drift_says(figures: Figures) -> Iterator[str]:
    """How many features have changed between training and test."""
    _, *features = figures.drift
    changed = [own.name for own in features if own.level is not Level.SMALL]
    yield (
        f"{len(changed)} of {len(features)} features have changed by more than the rule of thumb "
        f"(PSI of {MODERATE:g}) and more than chance makes."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
