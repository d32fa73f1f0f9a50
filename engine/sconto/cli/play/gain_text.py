"""The expected gain of a day's decisions, as a table and in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from sconto.cli.output import add_row, new_table
from sconto.demo.expected_gain import FAIR_SHARE, ExpectedGain, Sum
from sconto.demo.industries import Industry
from sconto.demo.tally import Tally
from sconto.domain.money import PPM_ONE, to_major
from sconto.domain.wording import listed

MOST_INPUTS: Final = 3
"""Of the inputs that were unknown, so many are named."""


def print_gain(console: Console, industry: Industry, currency: str, tally: Tally) -> None:
    """Print the expected gain in *tally*; nothing where no decision was made by a model."""
    gain = tally.gain
    if not gain.decisions:
        return
    title = f"Expected to add to giving nothing, {currency}"
    console.print(f"\n[bold]{title}[/bold]", highlight=False)
    table = new_table(
        "policy",
        ">allowed in",
        ">discounts",
        ">gain",
        ">interval",
        ">expected own cost",
        show_edge=False,
    )
    for name, allowed, summed in gain.policies():
        amounts = (_money(summed.gain, currency), _interval(summed, gain.assumed, currency))
        counts = (allowed, str(summed.times))
        add_row(table, name, *counts, *amounts, _money(summed.cost, currency))
    console.print(table)
    for sentence in sentences(industry, tally):
        console.print(f"{sentence}.", highlight=False, markup=False)


def sentences(industry: Industry, tally: Tally) -> Iterator[str]:
    """Sentences on what the table shows and what it assumes."""
    gain = tally.gain
    yield _redemptions(tally)
    yield (
        f"All on the same {industry.counted(gain.decisions)}, which the policy decided by the "
        "model. Decisions held out or drawn by chance (exploration) are not in the table, also "
        "where they gave a discount"
    )
    if not tally.discounted:
        yield "No discount passed the least gain that the rules ask for, so none was given"
    best = gain.best_constant()
    if best is None or best[1].gain <= 0:
        yield "No single offer at one depth is expected to bring more than nothing"
    yield (
        "A single offer is compared if it was allowed in at least "
        f"{FAIR_SHARE} % of them, and given alone"
    )
    if gain.assumed:
        yield f"The response to a discount is assumed. {gain.assumed.rstrip('.')}"
    else:
        yield (
            "Interval: 95 % over the model's members, as if all decisions erred in the same "
            "direction; not known where all members say the same, which proves nothing"
        )
    yield industry.known
    yield _unknown(gain)


def times_text(number: int) -> str:
    """*number* as an adverb: `once`, `3 times`."""
    return "once" if number == 1 else f"{number} times"


def _unknown(gain: ExpectedGain) -> str:
    if not gain.with_unknown:
        return "The model knew every input of every decision that it scored"
    inputs = listed(
        f"{name} ({times_text(n)})" for name, n in gain.unknown.most_common(MOST_INPUTS)
    )
    more = ", most often" if len(gain.unknown) > MOST_INPUTS else ""
    return (
        f"In {gain.with_unknown} of the {gain.scored} decisions that the model scored it did not "
        f"know an input, or had never seen it like this{more}: {inputs}"
    )


def _redemptions(tally: Tally) -> str:
    without = tally.without_model
    others = f"; of the {without} that no model valued, nine in ten" if without else ""
    return (
        "Redemptions of this run are drawn: a discount is redeemed as often as the model expects "
        f"the sale, and always where what it predicts is no sale{others}. So they don't show that "
        "the model is right. Gains and costs above are its expectation. See docs/objective.md"
    )


def _interval(summed: Sum, assumed: str, currency: str) -> str:
    if not summed.times:
        return ""
    if assumed:
        return "assumed"
    low, high = summed.interval
    if low == high:
        return "not known"
    return f"{_money(low, currency)} to {_money(high, currency)}"


def _money(millionths: int, currency: str) -> str:
    return str(to_major(round(millionths / PPM_ONE), currency))
