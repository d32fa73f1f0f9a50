"""The sentences of report and card: what the figures carry, and not more than they carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sconto.learning.baselines.constants import BestArm, NoOffer
from sconto.learning.data.figures import FALLS, PRICE_SLOPE
from sconto.learning.drift.features import MODERATE, Level
from sconto.learning.judge.figures import Figures, ModelFigures, Policies, Spread

_CONSTANT: Final = (NoOffer.name, BestArm.name)
_NEVER: Final = 1e-9


def what_it_is(figures: Figures) -> Iterator[str]:
    """The question, and what the data can answer of it."""
    yield figures.about
    if figures.randomised:
        yield "Arms were drawn by chance: differences between them are effects."
    else:
        yield "Nothing was drawn by chance: no figure here is the effect of an offer."


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
            "on the same later rows. An interval over seeds says what chance in fitting does; "
            "models without any have none."
        )
    if figures.chance:
        yield (
            "Accuracy, precision, recall and F1 need a threshold. It was picked for F1 on a fifth "
            "of the training units, by a model that did not learn from them."
        )
        most = max(figures.periods["test"].outcome, 1 - figures.periods["test"].outcome)
        yield f"Saying the same of everybody would be right for {most:.1%} of the test rows."


def networks_add(figures: Figures) -> Iterator[str]:
    """Whether networks are better than the references, by AUC and log loss or squared error."""
    for figure, said in (("auc", "AUC"), ("log_loss", "log loss"), ("mse", "squared error")):
        yield from differences(figures, figure, said)
    yield from _sequences_add(figures)


def differences(figures: Figures, figure: str, said: str) -> Iterator[str]:
    """How each network's *figure* differs from the reference models', in plain words."""
    for name, model in figures.models.items():
        if not model.network:
            continue
        for reference, than in model.than.items():
            if figure in than:
                yield f"{name}: {said} {_versus(than[figure], reference)}."


def _sequences_add(figures: Figures) -> Iterator[str]:
    """What looking at events, and pretraining, adds to the network without."""
    networks = [name for name, model in figures.models.items() if model.network]
    if len(networks) < 2 or not figures.chance:  # noqa: PLR2004
        return
    first = figures.models[networks[0]].figures["auc"]
    for name in networks[1:]:
        own = figures.models[name].figures["auc"]
        yield f"{name}: mean AUC {own.mean - first.mean:+.4f} beside {networks[0]}."


def _versus(spread: Spread, other: str) -> str:
    """A difference in words; without an interval nothing is claimed."""
    amount = f"{spread.mean:+.4f}"
    if spread.low is None or spread.high is None:
        return f"{amount} beside {other}, once"
    interval = f"[{spread.low:+.4f}, {spread.high:+.4f}]"
    if spread.low <= 0 <= spread.high:
        return f"does not differ from {other} by more than chance ({amount} {interval})"
    way = "higher" if spread.mean > 0 else "lower"
    return f"is {way} than that of {other} ({amount} {interval})"


def policies_say(figures: Figures) -> Iterator[str]:
    """For every outcome what the choices bring, beside the best arm for everybody."""
    yield (
        "Values are estimated on test rows from what was given by chance. The best arm for all was "
        "picked on training rows. Intervals are of units drawn anew; they are not widened for how "
        "many models there are."
    )
    for outcome, own in figures.policies.items():
        yield from _policy_sentences(outcome, own, figures)


def _policy_sentences(outcome: str, own: Policies, figures: Figures) -> Iterator[str]:
    """Who brings more or less by more than chance; nobody is said to where the interval holds 0."""
    judged = [name for name in figures.models if name not in _CONSTANT]
    gains = {name: own.values[name].gain for name in judged}
    more = [name for name, gain in gains.items() if gain is not None and gain.low > _NEVER]
    less = [name for name, gain in gains.items() if gain is not None and gain.high < -_NEVER]
    best = f"giving everybody `{own.arm}`"
    if not more and not less:
        yield f"No model's `{outcome}` differs from {best} by more than chance."
        return
    if more:
        yield f"More `{outcome}` than {best}, by more than chance: {_listed(more)}."
    else:
        yield f"No model's choice brings more `{outcome}` than {best} by more than chance."
    if less:
        yield f"Less `{outcome}` than {best}, by more than chance: {_listed(less)}."


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
