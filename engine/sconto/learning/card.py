"""The model card: what a reviewer has to know, written from the run's own manifest and recipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sconto.learning.plots import CALIBRATION_FILE, RESPONSE_FILE
from sconto.learning.recipe import Recipe
from sconto.scoring.features import FEATURES
from sconto.scoring.manifest import DroppedRows, Manifest

CARD_FILE: Final = "card.md"

_FIGURES: Final = (
    ("auc", "AUC"),
    ("average_precision", "average precision"),
    ("log_loss", "log loss"),
    ("brier", "Brier score"),
    ("calibration_error", "calibration error (ECE)"),
    ("threshold", "threshold, picked on validation"),
    ("accuracy", "accuracy"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "F1"),
)


def text(manifest: Manifest, recipe: Recipe) -> str:
    """The card as Markdown; every figure in it comes from *manifest* or *recipe*."""
    sections = (
        _purpose(manifest),
        _data(manifest, recipe),
        _left_out(manifest),
        _figures(manifest),
        _calibration(manifest),
        _response(manifest),
        _assumptions(recipe),
        _limits(recipe),
        _provenance(manifest),
    )
    return "\n\n".join(sections) + "\n"


def _purpose(manifest: Manifest) -> str:
    """What the model answers, and that it claims no causal effect."""
    return f"""\
# Model card: {manifest.name} {manifest.version}

Written by the training run from its own figures; don't edit it by hand.

**What it answers.** A household is checking out a basket. For a product category it bought in the
56 days before: the probability that this basket holds the category too, at a given discount depth.
The moment of decision is the checkout of the *rest* of the basket: no fact looks at the category's
own lines in it.

**Use.** Ranks the candidates that rules and guardrails have already allowed; it can't allow any.

**Observational, no causal effect claimed.** The depths it learnt from were set by the shops, not at
random: they follow seasons, stock and demand. The response to depth below is how purchases went
with depth, all else in the model equal; it is no promise of what a discount brings about."""


def _data(manifest: Manifest, recipe: Recipe) -> str:
    """Source, licence, periods, unit, treatment and outcome."""
    split = recipe.split
    rows = _table(
        ("period", "from", "until (exclusive)", "units"),
        [
            ("history only", "2017-01-01", str(split.train_from), ""),
            (
                "train",
                str(split.train_from),
                str(split.validation_from),
                _n(manifest.rows["train"]),
            ),
            (
                "validation",
                str(split.validation_from),
                str(split.test_from),
                _n(manifest.rows["validation"]),
            ),
            ("test", str(split.test_from), str(split.test_until), _n(manifest.rows["test"])),
        ],
    )
    return f"""\
## Data

{manifest.created_from.source}. Its publisher calls it simulated from real shopping.

{rows}

The split is by time. Households recur across periods; history crosses a boundary only backwards.
Units are a hash sample of {recipe.data.unit_share_bp / 100:g} % of all pairs of a checkout and a
category of the shopper's repertoire.

- **Depth**: what *other* households were given on the category earlier in the same promotion week,
  discounts over shelf value, strictly before the checkout.
- **Shelf value**: what was charged plus loyalty discount plus matched coupon discount.
- **Time**: the source's instants are UTC; weekday and hour are taken in {recipe.data.timezone},
  where its promotion weeks begin on Monday at midnight.
- **Inputs**: {len(FEATURES)} numeric features, a missing bit for each fact behind them, category,
  department, depth."""


def _left_out(manifest: Manifest) -> str:
    """The drop report."""
    return f"""\
## Left out

Basket lines, in the order of the steps:

{_drops(manifest.dropped_lines)}

Sampled units:

{_drops(manifest.dropped_units)}"""


def _figures(manifest: Manifest) -> str:
    """The metrics of network and baselines, and an honest word on the difference."""
    models = ("network", "logistic", "constant")
    rows = [
        (title, *(f"{getattr(manifest.metrics[model], name):.4f}" for model in models))
        for name, title in _FIGURES
    ]
    gain = manifest.gain_over_logistic
    return f"""\
## How well it does (test period)

{_table(("", *models), rows)}

The exported file was judged, not the network it came from. The logistic regression sees the same
inputs. Log loss saved over it: {gain.mean:.5f} per unit, 95 % interval {gain.low:.5f} to
{gain.high:.5f} (households resampled). {_verdict(manifest)}
Accuracy says little here: most units are no purchase."""


def _verdict(manifest: Manifest) -> str:
    """One sentence on network against logistic regression, as the interval has it."""
    gain = manifest.gain_over_logistic
    if gain.low > 0:
        share = gain.mean / manifest.metrics["logistic"].log_loss
        return (
            f"The network is better, by little: {share:.1%} of the logistic regression's log loss."
        )
    if gain.high < 0:
        return "**The logistic regression is better.**"
    return "**The two tie**: the interval holds zero."


def _calibration(manifest: Manifest) -> str:
    """Calibration of the network by tenths."""
    bins = manifest.metrics["network"].calibration
    rows = [
        (str(i), _n(b.units), f"{b.predicted:.4f}", f"{b.bought:.4f}")
        for i, b in enumerate(bins, start=1)
    ]
    return f"""\
## Calibration of the network (test period)

{_table(("tenth", "units", "predicted", "bought"), rows)}

![calibration]({CALIBRATION_FILE})"""


def _response(manifest: Manifest) -> str:
    """The mean response to depth."""
    rows = [
        (f"{p.depth_bp / 100:g} %", f"{p.probability:.4f}", f"{p.ratio_to_none:.3f}")
        for p in manifest.response
    ]
    return f"""\
## Response to depth (test period, every unit at one depth)

{_table(("depth", "mean probability", "over no discount"), rows)}

The probability never falls as the depth rises, for any input: the architecture makes it so.

![response]({RESPONSE_FILE})"""


def _assumptions(recipe: Recipe) -> str:
    """Declared unit costs: an assumption, used when baskets are played, never by the model."""
    rows = [(name, str(share)) for name, share in sorted(recipe.unit_cost_share.items())]
    apart = [
        (name, str(share)) for name, share in sorted(recipe.unit_cost_share_exceptions.items())
    ]
    return f"""\
## Assumption: unit costs

The source has none. Where baskets of it are played against a server, a unit costs this share of its
shelf price. These are declared figures, not data, and the model does not see them.

{_table(("department", "cost / shelf price"), rows)}

Categories that earn far less than the rest of their department:

{_table(("category", "cost / shelf price"), apart)}"""


def _limits(recipe: Recipe) -> str:
    """What not to expect of the model."""
    return f"""\
## Limits

- One retailer, one year, loyalty-card households; the test period holds the year-end holidays.
- History begins on 2017-01-01, so tenure is a lower bound for older customers.
- Depth is a category average; it says nothing of single products, coupons or personal prices. It
  counts as known from {recipe.data.depth_min_lines} lines of other households on.
- Beyond {recipe.net.knots_bp[-1] / 100:g} % the response is flat. Units at great depths are rare.
- Categories with fewer than {recipe.data.min_category_units} training units share one id with all
  that the training never saw.
- Only categories bought in the last 56 days were learnt from; for others the model extrapolates.
- It says whether the category is bought, not how much of it, nor whether another purchase is lost.
- No attribute of a person is used. Fairness between groups of households was not measured."""


def _provenance(manifest: Manifest) -> str:
    """Digests, versions, parity."""
    made = manifest.created_from
    digests = [
        ("model.onnx", manifest.model_sha256),
        ("feature definitions", manifest.feature_schema_sha256),
        ("recipe", made.recipe_sha256),
        *((f"source `{name}`", digest) for name, digest in sorted(made.data_sha256.items())),
    ]
    parity = manifest.parity
    sizes = ", ".join(map(str, parity.batch_sizes))
    libraries = ", ".join(f"{name} {number}" for name, number in sorted(made.libraries.items()))
    return f"""\
## Provenance

{_table(("what", "SHA-256"), [(what, f"`{digest}`") for what, digest in digests])}

Largest difference between torch and onnxruntime at batch sizes {sizes} (none of them traced):
{parity.largest_difference:.1e}; allowed {parity.tolerance:.0e}. Best epoch: {manifest.best_epoch}.
Made with {libraries}."""


def _drops(steps: Sequence[DroppedRows]) -> str:
    """A table of drop counts."""
    return _table(("why", "rows"), [(step.why, _n(step.rows)) for step in steps])


def _n(count: int) -> str:
    """A count with thousands set apart."""
    return f"{count:,}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
