"""`sconto learn transfer`: measure how many labels pretraining saves."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.exit_codes import needs_extra
from sconto.cli.learn.options import GIVEN_DATA, RECIPE
from sconto.cli.options import FORMAT, PATH, command, option
from sconto.cli.output import print_json, print_table
from sconto.errors import Rejected

if TYPE_CHECKING:
    from sconto.learning.evaluation.bootstrap import Interval
    from sconto.learning.networks.encoders import SequenceKind
    from sconto.learning.networks.transfer import Trial

_EXAMPLE: Final = "sconto learn transfer models/redemption/recipe.yaml"
HEADINGS: Final = (
    *(">labels", "events", ">AUC", ">than scratch", ">log loss", ">than scratch"),
    *(">average precision",),
)


@command(
    _EXAMPLE,
    f"{_EXAMPLE} --from models/shoppers/recipe.yaml",
    f"{_EXAMPLE} --kind transformer --share 10",
)
@RECIPE
@option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recipe with the events to pretrain on.  [default: RECIPE's own, unlabelled]",
)
@option(
    "--kind",
    type=click.Choice(["gru", "cnn", "transformer"]),
    default="gru",
    help="The network over the events.",
)
@option(
    "--share",
    "shares",
    type=click.IntRange(1, 100),
    multiple=True,
    default=(1, 10, 100),
    help="Percent of the labels.",
)
@option("--repeats", type=click.IntRange(2), default=5, help="Seeds; each draws its own labels.")
@option("--members", type=click.IntRange(1), default=2, help="Networks of an ensemble.")
@GIVEN_DATA
@option("--out", type=PATH, help="Write a picture: .svg or .png.")
@FORMAT
def transfer(repeats: int, out: Path | None, form: str, **options: Any) -> None:
    """Pretrain an encoder on events, then learn RECIPE from few labels with and without it.

    The encoder predicts hidden and next events; no outcome is used. Then each share of the labelled
    units trains a network without events, one with a fresh encoder (scratch), one that keeps the
    pretrained encoder (frozen) and one that trains it further (unfrozen).
    All are judged on the recipe's test rows. Needs the extra `train`.
    """
    with needs_extra("train"):
        from sconto.learning.networks import transfer as networks
    try:
        done = _trials(repeats=repeats, **options)
    except ValueError as error:
        advice = "name recipes with the same events, or larger shares"
        raise Rejected(str(error), advice) from error
    rows = networks.table(done)
    if out is not None:
        from sconto.learning.networks.transfer_plot import draw

        draw(rows, out)
    if form == "json":
        print_json({"rows": [asdict(row) for row in rows], "trials": [asdict(t) for t in done]})
        return
    cells = [
        (
            f"{row.labels:,.0f}",
            row.reuse,
            _interval(row.figures["auc"]),
            _difference(row.than_scratch, "auc"),
            _interval(row.figures["log_loss"]),
            _difference(row.than_scratch, "log_loss"),
            _interval(row.figures["average_precision"]),
        )
        for row in rows
    ]
    print_table(f"mean of {repeats} seeds, 95 % intervals over them", HEADINGS, cells)
    if out is not None:
        click.echo(f"the picture is in `{out}`")


def _trials(
    recipe: Path,
    source: Path | None,
    kind: SequenceKind,
    shares: tuple[int, ...],
    repeats: int,
    members: int,
    data: Path | None,
) -> tuple[Trial, ...]:
    from sconto.cli.progress import status
    from sconto.learning.data.prepare import prepare
    from sconto.learning.networks.transfer import trials

    with status("reading and preparing") as update:
        examples = prepare(recipe, data).examples
        events = examples["train"] if source is None else prepare(source).examples["train"]
        return trials(
            events,
            examples["train"],
            examples["test"],
            kind=kind,
            shares=[share / 100 for share in sorted(set(shares))],
            seeds=range(repeats),
            members=members,
            shown=update,
        )


def _interval(of: Interval) -> str:
    return f"{of.mean:.4f} ± {of.high - of.mean:.4f}"


def _difference(of: dict[str, Interval] | None, figure: str) -> str:
    if of is None:
        return ""
    return f"{of[figure].mean:+.4f} ± {of[figure].high - of[figure].mean:.4f}"
