"""`sconto learn train`: train the model that a recipe describes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.exit_codes import Exit, Report
from sconto.cli.learn.options import GIVEN_DATA, OUTCOME, learning
from sconto.cli.options import FORMAT, PATH, command, option
from sconto.cli.output import print_json
from sconto.errors import ScontoError

if TYPE_CHECKING:
    from sconto.learning.examples import Examples
    from sconto.learning.networks.model import NetworkModel
    from sconto.learning.networks.process_group import Device, ProcessGroup
    from sconto.learning.networks.training import Trained

MODELS: Final = Path("var/models")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command, one field for each."""

    data: Path | None
    examples: Path | None
    outcome: str | None
    model: str
    members: int | None
    epochs: int | None
    rate: float | None
    batch: int | None
    width: int | None
    dropout: float | None
    hide: float | None
    patience: int
    seed: tuple[int, ...]
    device: Device
    mixed: bool
    fresh: bool
    form: str

    def applied_to(self, model: NetworkModel) -> NetworkModel:
        """*model* with the options that were set."""
        shape = _set_options(hidden=self.width, dropout=self.dropout)
        how = _set_options(
            members=self.members,
            epochs=self.epochs,
            rate=self.rate,
            batch=self.batch,
            hide=self.hide,
        )
        return replace(
            model,
            shape=replace(model.shape, **shape),
            how=replace(model.how, mixed=self.mixed, patience=self.patience, **how),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A trained model: its folder, its training, and why no server takes it, if none does.

    *arms* is how many arms it tells apart.
    """

    folder: Path
    trained: Trained
    not_served: str | None
    arms: int


def _set_options(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


@command(
    "sconto learn train models/finance/recipe.yaml",
    "sconto learn train models/redemption/recipe.yaml --model gru --out var/gru",
    "sconto learn train models/finance/recipe.yaml --rate 0.001 --width 32 --patience 3",
    "sconto learn train models/finance/recipe.yaml --seed 1 --seed 2 --seed 3",
    "sconto learn train models/finance/recipe.yaml --examples var/examples --fresh",
    "torchrun --nproc-per-node 2 --no-python sconto learn train models/travel/recipe.yaml",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
)
@click.argument("recipe", type=PATH)
@option("--out", type=PATH, help="Output folder.  [default: var/models/NAME of the recipe]")
@GIVEN_DATA
@option(
    "--examples",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of rows that `sconto learn data --out` wrote: they are read batch by batch, and"
    " the recipe's tables not at all.",
)
@OUTCOME
@option(
    "--model",
    default="dnn",
    help="The network, e.g. gru where rows have events; of an unknown one, the choice is listed.",
)
@option("--members", type=click.IntRange(1), help="Networks of the ensemble.  [default: 8]")
@option("--epochs", type=click.IntRange(1), help="Passes over the rows.  [default: 20]")
@option(
    "--rate",
    type=click.FloatRange(0, 1, min_open=True),
    help="Largest learning rate.  [default: 0.002 to 0.005 by how many rows there are]",
)
@option(
    "--batch",
    type=click.IntRange(1),
    help="Batch size.  [default: 256 to 8192 by how many rows there are]",
)
@option("--width", type=click.IntRange(1), help="Width of the hidden layers.  [default: 64]")
@option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    help="Share of the hidden units that are switched off at random.  [default: 0.3]",
)
@option(
    "--hide",
    type=click.FloatRange(0, 0.1),
    help="Share of the inputs that are hidden at random, so that the model learns what it does "
    "not know.  [default: 0.03]",
)
@option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    help="Hold a fifth of the units out, show the loss on them after each epoch, stop after so "
    "many epochs without a lower one, and keep the weights of the best; 0 learns from all "
    "units.",
)
@option(
    "--seed",
    type=click.IntRange(0),
    multiple=True,
    help="Random seed. Give it several times for as many models, each in a folder `seed-N`.  "
    "[default: the recipe's]",
)
@option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where to compute; auto takes a graphics card if there is one.",
)
@option("--mixed", is_flag=True, help="Multiply in bfloat16.")
@option(
    "--resume/--fresh", default=True, help="Go on where a run before was stopped, or begin anew."
)
@FORMAT
@click.pass_context
def train(
    ctx: click.Context, /, recipe: Path, out: Path | None, form: str, resume: bool, **options: Any
) -> None:
    """Train the model that RECIPE describes.

    Afterwards the folder holds a model that `sconto serve --model` takes, or the command says why
    no server can. Every epoch ends with a checkpoint. Ctrl-C or SIGTERM stops the run, and the same
    command goes on from there to the same weights. A run uses one processor; start it by torchrun
    to share the work among several processes. Needs the extra `train`; in a
    clone: .venv/bin/pip install -e '.[train]'.
    """
    if options["data"] and options["examples"]:
        raise click.UsageError("give `--data` or `--examples`, not both", ctx)
    with learning(ctx, form):
        _train(recipe, out, Options(**options, fresh=not resume, form=form))


def _train(path: Path, out: Path | None, options: Options) -> None:
    from sconto.cli.progress import status
    from sconto.learning.data.recipe import read_data_recipe
    from sconto.learning.networks.process_group import process_group
    from sconto.learning.networks.recipe_training import (
        RowSource,
        network_called,
        training_rows,
        write_served,
    )

    recipe = read_data_recipe(path)
    folder, made = out or MODELS / recipe.doc.name, []
    source = RowSource(options.data, options.examples, options.outcome)
    with _stoppable(folder), process_group(options.device) as group:
        busy = partial(status, "reading and preparing")
        rows = training_rows(recipe, source, folder, group, busy)
        seeds = tuple(dict.fromkeys(options.seed)) or (recipe.doc.seed,)
        for seed in seeds:
            own = folder / f"seed-{seed}" if len(seeds) > 1 else folder
            model = options.applied_to(network_called(options.model, rows))
            trained = _fit(model, rows, seed, own, options, group)
            if group.rank == 0:
                not_served = write_served(model, rows, recipe, trained, own)
                made.append(Made(own, trained, not_served, len(rows.columns.arms)))
    if made:
        _print(made, options.form)


def _fit(
    model: NetworkModel,
    rows: Examples,
    seed: int,
    folder: Path,
    options: Options,
    group: ProcessGroup,
) -> Trained:
    from sconto.cli.learn.progress import training_bar
    from sconto.learning.networks.fit import Nobody
    from sconto.learning.networks.training import train as train_in

    bars = training_bar(model.how.members, model.how.epochs, model.sizes(rows))
    with bars if group.rank == 0 else nullcontext() as bar:
        watch = bar.member if bar else lambda _: Nobody()
        return train_in(model, rows, seed, folder, group, watch, fresh=options.fresh)


def _print(made: Sequence[Made], form: str) -> None:
    if form == "json":
        runs = [
            {
                "folder": str(one.folder),
                **asdict(one.trained),
                "held_loss": one.trained.held_loss,
                "not_served": one.not_served,
            }
            for one in made
        ]
        print_json(runs[0] if len(runs) == 1 else {"runs": runs})
        return
    for one in made:
        _print_one(one)
    if len(made) > 1:
        held = [one.trained.held_loss for one in made if one.trained.held_loss is not None]
        from statistics import mean, stdev

        values = held or [one.trained.loss for one in made]
        name = "held-out loss" if held else "training loss"
        spread = stdev(values)
        click.echo(f"{len(made)} seeds: {name} {mean(values):.4f}, standard deviation {spread:.2g}")


def _print_one(made: Made) -> None:
    trained, held = made.trained, made.trained.held_loss
    losses = f"loss {trained.loss:.4f}" + ("" if held is None else f", held out {held:.4f},")
    click.echo(
        f"{trained.model}, seed {trained.seed}: {trained.rows:,} rows, "
        f"{len(trained.losses)} members, {losses} on average; in `{made.folder}`\n"
        + _own_effects(trained)
        + f"weights: sha256 {trained.weights_sha256}\n"
        + (
            f"serve it: sconto serve --rules RULES --model {made.folder}"
            if made.not_served is None
            else f"no server takes it: {made.not_served}"
        )
    )
    if made.not_served is None and made.arms > 1:
        click.echo(
            "what it then gives follows `minimum_gain` and `caution` of the rules: where arms were "
            "drawn by chance `sconto learn judge` tries several on rows that it did not learn from"
        )


def _own_effects(trained: Trained) -> str:
    """The line on the weight of individual effects, where it was chosen on held-out rows."""
    if trained.own_effects is None:
        return ""
    return f"effects of each row's own count {trained.own_effects:.0%}\n"


@contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """End the run at once on Ctrl-C or SIGTERM, with a message on how to go on."""
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    # Who waits for a process that was stopped sees its connection break.
    except (KeyboardInterrupt, ScontoError) as error:
        if not asked:
            raise
        if os.environ.get("RANK", "0") != "0":
            raise click.Abort from error
        message = f"stopped; all epochs that were over are kept in `{folder}`"
        advice = "the same command goes on from there, with `--fresh` it begins anew"
        click.echo(str(Report(message, advice, Exit.INTERRUPTED)), err=True)
        raise click.Abort from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
