"""What report and card say, from the figures alone: sections of sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sconto.learning.data.figure_names import AMOUNT, CHANCE, FALLS, PRICE_SLOPE, UPLIFT, VALUE
from sconto.learning.judge.figures import Figures, GateResult, Policies
from sconto.learning.judge.number_text import interval_text, number, spread_cell, spread_text
from sconto.learning.judge.sentences import (
    NOT_KNOWN,
    compared_with,
    differences,
    drift_says,
    how_judged,
    networks_add,
    policies_say,
    response_says,
    slope_says,
    what_it_is,
)
from sconto.learning.judge.winner import worth_says


@dataclass(frozen=True, slots=True)
class Table:
    """A table; cells of its first column name the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; *plots* are names of `plots.PLOTS`."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = field(default=())


_BARE: Final = "\N{EM DASH}"


def sections(figures: Figures) -> tuple[Section, ...]:
    """All sections that *figures* have something for, in order."""
    return tuple(_sections(figures))


def _sections(figures: Figures) -> Iterator[Section]:
    yield Section("What it is worth", (*worth_says(figures),))
    yield Section(
        "What was judged", (*what_it_is(figures), *how_judged(figures)), (_rows(figures),)
    )
    if figures.gates:
        yield Section("Gates", _gate_sentences(figures), (gates(figures),))
    yield Section(
        "How well each model fits what happened",
        (*networks_add(figures),),
        (_fit(figures), *_paired(figures)),
        ("calibration",) if figures.chance else (),
    )
    if figures.randomised and figures.chance and len(figures.arms) > 1:
        yield Section(
            "Whom an offer moves",
            (*_uplift_sentences(figures),),
            tuple(_uplift(figures)),
            ("qini",),
        )
    if figures.policies:
        yield Section(
            "What each choice would have brought",
            (*policies_say(figures),),
            policies(figures),
            ("policies",),
        )
    elif not figures.randomised:
        yield Section("What each choice would have brought", (NOT_KNOWN,))
    if len(figures.arms) > 1:
        yield Section(
            "Response to each arm",
            (*response_says(figures), *slope_says(figures)),
            (_response(figures),),
            ("response",),
        )
    if any(model.losses for model in figures.models.values()):
        yield Section("How networks learnt", (_LEARNT,), (), ("learning",))
    yield Section(
        "Drift between training and test rows",
        (*drift_says(figures),),
        (_drift(figures),),
        ("drift",),
    )
    yield Section("Made of", (), (_made(figures),))


_LEARNT: Final = (
    "Mean training loss of each member of each ensemble, in the first repeat. The number of epochs "
    "is fixed; test rows play no part in it."
)


def _rows(figures: Figures) -> Table:
    name = figures.outcome
    rows = [
        (period, f"{own.rows:,}", f"{own.units:,}", f"{own.outcome:.4f}", own.digest[:12])
        for period, own in figures.periods.items()
    ]
    caption = "Rows of each period, in the first repeat"
    return Table(caption, ("period", "rows", "units", f"mean {name}", "digest"), tuple(rows))


def _gate_sentences(figures: Figures) -> tuple[str, ...]:
    judged = [gate for gate in figures.gates if gate.passed is not None]
    text = f"{len(judged) - len(figures.missed)} of {len(judged)} judged gates are passed."
    left = len(figures.gates) - len(judged)
    return (text, f"{left} could not be judged in this run.") if left else (text,)


def gates(figures: Figures) -> Table:
    """Each gate with what was measured."""
    head = ("gate", "wanted", "measured", "result")
    return Table("Gates of the recipe", head, tuple(map(_gate_cells, figures.gates)))


def _gate_cells(gate: GateResult) -> tuple[str, ...]:
    """One gate as a row of a table."""
    than = "" if gate.than is None else f" less that of {gate.than}"
    measured = _BARE if gate.measured is None else spread_text(gate.measured)
    passed = {True: "PASS", False: "MISS", None: "not judged"}[gate.passed]
    return (f"{gate.model}: {gate.figure}{than}", gate.wanted, measured, passed)


def _fit(figures: Figures) -> Table:
    names = CHANCE if figures.chance else AMOUNT
    rows = [
        (name, *(spread_cell(model.figures[figure]) for figure in names))
        for name, model in figures.models.items()
    ]
    caption = "Under the arm that was given: mean ± deviation over repeats, on test rows"
    return Table(caption, ("model", *names.values()), tuple(rows))


_SUMMARY: Final = ("auc", "log_loss", "recall_20", "f1", "accuracy")


def summary(figures: Figures) -> Table:
    """The few figures that a terminal has room for, with the processor time of a fit."""
    names = {n: CHANCE[n] for n in _SUMMARY} if figures.chance else AMOUNT
    rows = [
        (name, *(spread_cell(model.figures[n]) for n in names), f"{model.seconds:.1f}")
        for name, model in figures.models.items()
    ]
    caption = "On test rows, under the arm that was given: mean ± deviation over repeats"
    return Table(caption, ("model", *names.values(), "s per fit"), tuple(rows))


_COMPARED: Final = ("auc", "log_loss", "recall_20")


def _paired(figures: Figures) -> Iterator[Table]:
    """Differences to the reference models."""
    compared = {n: CHANCE[n] for n in _COMPARED} if figures.chance else AMOUNT
    for reference in figures.references:
        yield _than(figures, reference, compared, f"Paired differences to {reference}")
        if not figures.splits:
            yield _bootstrap_table(figures, reference)


def _bootstrap_table(figures: Figures, reference: str) -> Table:
    names = ("auc", "log_loss") if figures.chance else ("mse",)
    rows = [
        (name, *(interval_text(own[figure]) for figure in names))
        for name, own in _differences(figures, reference, "bootstrap")
    ]
    caption = f"The same to {reference}, with 95 % intervals over test units drawn anew"
    return Table(caption, ("model", *((CHANCE | AMOUNT)[n] for n in names)), tuple(rows))


def _than(figures: Figures, reference: str, names: Mapping[str, str], caption: str) -> Table:
    rows = [
        (name, *(spread_text(own[figure]) for figure in names))
        for name, own in _differences(figures, reference, "than")
    ]
    return Table(f"{caption}: mean and 95 % interval", ("model", *names.values()), tuple(rows))


def _differences(
    figures: Figures, reference: str, kind: Literal["than", "bootstrap"]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The differences of one kind to *reference*; to a network, only those that say something."""
    network = figures.models[reference].network
    names = compared_with(figures, reference) if network else figures.models
    for name in names:
        found: Mapping[str, Mapping[str, Any]] = getattr(figures.models[name], kind)
        if reference in found:
            yield name, found[reference]


def _uplift_sentences(figures: Figures) -> Iterator[str]:
    yield (
        "Qini and AUUC are shares of what a perfect order would gain over a random one; 0 is a "
        "random order. Models that tell no difference between arms are ranked by their own order."
    )
    for arm in figures.arms[1:]:
        yield from differences(figures, f"qini {arm}", f"Qini for `{arm}`")


def _uplift(figures: Figures) -> Iterator[Table]:
    for arm in figures.arms[1:]:
        names = {f"{figure} {arm}": text for figure, text in UPLIFT.items()}
        rows = [
            (name, *(spread_cell(model.figures[figure]) for figure in names))
            for name, model in figures.models.items()
        ]
        caption = f"Ranking by what {arm} adds to {figures.arms[0]}: mean ± deviation over repeats"
        yield Table(caption, ("model", *names.values()), tuple(rows))
        for reference in figures.references:
            yield _than(figures, reference, names, f"For {arm}, paired differences to {reference}")


def policies(figures: Figures) -> tuple[Table, ...]:
    """For each outcome what every policy brings."""
    return tuple(_policies(outcome, own) for outcome, own in figures.policies.items())


def _policies(outcome: str, own: Policies) -> Table:
    against = dict.fromkeys((own.none, own.than))
    rows = [
        (
            name,
            interval_text(value.ips),
            interval_text(value.snips),
            _BARE if value.dr is None else interval_text(value.dr),
            *(interval_text(value.gains[other]) for other in against),
            f"{value.effective:,.0f}",
            f"{value.matched:.0%}",
        )
        for name, value in own.values.items()
    ]
    less = (f"less {name} (SNIPS)" for name in against)
    head = ("policy", "IPS", "SNIPS", "DR", *less, "ESS", "matched")
    what = "value less cost" if outcome == VALUE else outcome
    return Table(f"Mean {what} per row under each policy, with 95 % intervals", head, tuple(rows))


def _response(figures: Figures) -> Table:
    extra = [
        (figure, text)
        for figure, text in ((FALLS, "share that falls"), (PRICE_SLOPE, "slope per unit of price"))
        if any(figure in model.figures for model in figures.models.values())
    ]
    rows = []
    for name, model in figures.models.items():
        means = [
            f"{r.mean:.4f}" if r.disagreement is None else f"{r.mean:.4f} (± {r.disagreement:.4f})"
            for r in model.response.values()
        ]
        rows.append((name, *means, *(spread_cell(model.figures[f]) for f, _ in extra)))
    caption = f"Mean expected {figures.outcome} if every row were given one arm"
    return Table(caption, ("model", *figures.arms, *(text for _, text in extra)), tuple(rows))


_MOST_DRIFT: Final = 12
"""Rows of the table of drift."""


def _drift(figures: Figures) -> Table:
    outcome, *features = figures.drift
    rows = [
        (
            own.name,
            f"{own.psi:.4f}",
            f"{own.by_chance:.4f}",
            own.level.value,
            own.what,
            _BARE if own.before is None else number(own.before),
            _BARE if own.after is None else number(own.after),
        )
        for own in (outcome, *features[:_MOST_DRIFT])
    ]
    head = ("outcome and features", "PSI", "by chance", "change", "what", "train", "test")
    return Table("Population stability index, the most changed features", head, tuple(rows))


def _made(figures: Figures) -> Table:
    return Table("Digest of the recipe, and versions", ("what", "which"), (*figures.made.items(),))
