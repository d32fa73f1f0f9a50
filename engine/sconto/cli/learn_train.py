"""`sconto learn train`: a model from its recipe, of whichever kind the recipe is."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import yaml

from sconto.cli.exits import Exit, Failure, missing_extra
from sconto.cli.findings import print_findings
from sconto.cli.learn_options import GIVEN_DATA, OUTCOME
from sconto.cli.options import FORMAT, epilog
from sconto.cli.output import print_json
from sconto.errors import ScontoError

if TYPE_CHECKING:
    from sconto.learning.data.recipe import DataRecipe
    from sconto.learning.examples import Examples
    from sconto.learning.networks.model import NetworkModel
    from sconto.learning.networks.team import Device, Team
    from sconto.learning.networks.training import Trained

MODELS: Final = Path("var/models")
ROWS: Final = "rows"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of `kind: training` recipes; one field for each option."""

    data: Path | None
    examples: Path | None
    outcome: str | None
    model: str
    members: int | None
    epochs: int | None
    seed: int | None
    device: Device
    mixed: bool
    fresh: bool
    form: str


@click.command(
    epilog=epilog(
        (
            "sconto learn train models/finance/recipe.yaml",
            "sconto learn train models/redemption/recipe.yaml --model gru --out var/gru",
            "sconto learn train models/finance/recipe.yaml --examples var/examples --fresh",
            "torchrun --nproc-per-node 2 --no-python sconto learn train models/travel/recipe.yaml",
            "sconto learn train models/retail/recipe.yaml",
        ),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
    ),
)
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for what is made.  [default: var/models/NAME of the recipe; for the retail "
    "recipe, a folder named like its version beside it]",
)
@GIVEN_DATA
@click.option(
    "--examples",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of rows that `sconto learn data --out` wrote: they are read batch by batch, and "
    "the recipe's tables not at all.",
)
@OUTCOME
@click.option(
    "--model",
    default="dnn",
    show_default=True,
    help="The network, e.g. gru where rows have events; of an unknown one, the choice is listed.",
)
@click.option("--members", type=click.IntRange(1), help="Networks of the ensemble.  [default: 8]")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the rows.  [default: 20]")
@click.option("--seed", type=click.IntRange(0), help="Of all chance.  [default: the recipe's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to compute; auto takes a graphics card if there is one.",
)
@click.option("--mixed", is_flag=True, help="Multiply in bfloat16.")
@click.option(
    "--resume/--fresh",
    default=True,
    show_default=True,
    help="Go on where a run before was stopped, or begin anew.",
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
    to share the work among several processes. The retail recipe is of an older form: of the options
    it takes `--out` alone. Needs the extra `train`: pip install 'sconto[train]'.
    """
    if not _is_data_recipe(recipe):
        _refuse_options(ctx)
        _train_retail(recipe, out)
        return
    if options["data"] and options["examples"]:
        raise click.UsageError("give `--data` or `--examples`, not both", ctx)
    try:
        from sconto.learning.data.recipe import RecipeFaulty  # noqa: PLC0415 - slow, an extra
    except ModuleNotFoundError as error:
        raise missing_extra(error, "train") from error
    try:
        _train(recipe, out, Asked(**options, fresh=not resume, form=form))
    except RecipeFaulty as fault:
        print_findings(fault.findings, form, "")
        ctx.exit(Exit.REFUSED)


def _is_data_recipe(path: Path) -> bool:
    """Whether the file says its `kind`; one that can't be read is told so by who reads it."""
    try:
        return "kind" in yaml.safe_load(path.read_bytes())
    except (OSError, TypeError, yaml.YAMLError):
        return False


def _refuse_options(ctx: click.Context) -> None:
    """Refuse options that would change nothing."""
    default = click.core.ParameterSource.DEFAULT
    for option in ctx.command.params:
        name = option.name or ""
        if name not in {"recipe", "out"} and ctx.get_parameter_source(name) != default:
            message = f"`{option.opts[0]}` goes with recipes of `kind: training`"
            raise click.UsageError(message, ctx)


def _train_retail(recipe: Path, out: Path | None) -> None:
    try:
        from rich.progress import Progress  # noqa: PLC0415

        from sconto.learning.pipeline import train_recipe  # noqa: PLC0415 - torch is slow
        from sconto.learning.recipe import read_recipe  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_extra(error, "train") from error
    asked, _ = read_recipe(recipe)
    with Progress() as progress:
        written = train_recipe(recipe, out or recipe.parent / asked.version, progress)
    click.echo(f"the model and its card are in `{written}`")


def _train(path: Path, out: Path | None, asked: Asked) -> None:
    try:
        from sconto.learning.data.recipe import read_data_recipe  # noqa: PLC0415
        from sconto.learning.networks.team import team  # noqa: PLC0415 - torch is slow
    except ModuleNotFoundError as error:
        raise missing_extra(error, "train") from error
    recipe = read_data_recipe(path)
    folder = out or MODELS / recipe.doc.name
    with _stoppable(folder), team(asked.device) as one:
        rows = _rows(recipe, folder, asked, one)
        model = _model(rows, asked)
        trained = _fit(model, rows, recipe.doc.seed, folder, asked, one)
    if one.rank == 0:
        _say(trained, folder, _written(model, rows, recipe, trained, folder), asked.form)


def _rows(recipe: DataRecipe, folder: Path, asked: Asked, team: Team) -> Examples:
    """The training rows: of the recipe's tables, or of a folder where they were written before.

    Of several processes one prepares them, and all read what it wrote.
    """
    from sconto.learning.examples_files import read, write  # noqa: PLC0415

    if asked.examples is not None:
        return _of_recipe(recipe, read(asked.examples / "train"), asked)
    written = folder / ROWS / "train"
    if team.rank == 0:
        from rich.console import Console  # noqa: PLC0415

        from sconto.learning.data.prepare import prepare  # noqa: PLC0415 - slow, an extra

        with Console(stderr=True).status("reading and preparing"):
            rows = prepare(recipe.path, asked.data, asked.outcome).examples["train"]
        if team.size == 1:
            return rows
        write([rows], len(rows), written)
    team.wait()
    return read(written)


def _of_recipe(recipe: DataRecipe, rows: Examples, asked: Asked) -> Examples:
    """*rows*, if the recipe has their arms and the outcome is the one asked for."""
    arms = tuple(arm.name for arm in recipe.doc.treatment.arms)
    wanted = {asked.outcome} if asked.outcome else {*recipe.doc.outcomes}
    if rows.columns.arms != arms or rows.columns.outcome not in wanted:
        message = f"the rows in `{asked.examples}` are of another recipe or outcome"
        raise Failure(message, "write them with `sconto learn data --out`", Exit.REFUSED)
    return rows


def _model(rows: Examples, asked: Asked) -> NetworkModel:
    from sconto.learning.networks.suite import networks  # noqa: PLC0415

    known = {model.name: model for model in networks(rows)}
    if asked.model not in known:
        message = f"there is no network `{asked.model}` for these rows"
        advice = f"take one of {', '.join(f'`{name}`' for name in known)}"
        raise Failure(message, advice, Exit.REFUSED)
    model = known[asked.model]
    how = replace(
        model.how,
        members=asked.members or model.how.members,
        epochs=asked.epochs or model.how.epochs,
        mixed=asked.mixed,
    )
    return replace(model, how=how)


def _fit(
    model: NetworkModel, rows: Examples, seed: int, folder: Path, asked: Asked, team: Team
) -> Trained:
    import torch  # noqa: PLC0415

    from sconto.cli.train_progress import shown  # noqa: PLC0415
    from sconto.learning.networks.fit import Nobody  # noqa: PLC0415
    from sconto.learning.networks.training import train as train_in  # noqa: PLC0415

    # Sums are taken in the same order every time, and processes don't get into each other's way.
    torch.set_num_threads(1)
    seed = seed if asked.seed is None else asked.seed
    bars = shown(model.how.members, model.how.epochs, len(rows))
    with bars if team.rank == 0 else nullcontext() as bar:
        watch = bar.member if bar else lambda _: Nobody()
        return train_in(model, rows, seed, folder, team, watch, fresh=asked.fresh)


def _written(
    model: NetworkModel, rows: Examples, recipe: DataRecipe, trained: Trained, folder: Path
) -> str | None:
    """Write the model for the server beside what was learnt; if that can't be, say why.

    The model of a run before is not left there: it would be taken for this one.
    """
    from sconto.learning.networks.serve import (  # noqa: PLC0415
        NotServable,
        made_from,
        write_model,
    )
    from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE  # noqa: PLC0415

    origin, version = made_from(recipe, {"train": trained.rows_sha256}), trained.weights_sha256[:12]
    try:
        write_model(folder, model.members, rows, origin, recipe.doc.name, version)
    except NotServable as error:
        for file in (MODEL_FILE, MANIFEST_FILE):
            (folder / file).unlink(missing_ok=True)
        return str(error)
    return None


def _say(trained: Trained, folder: Path, not_served: str | None, form: str) -> None:
    if form == "json":
        print_json({"folder": str(folder), **asdict(trained), "not_served": not_served})
        return
    serve = f"serve it: sconto serve --rules RULES --model {folder}"
    last = [losses[-1] for losses in trained.losses]
    click.echo(
        f"{trained.model}: {trained.rows:,} rows, {len(last)} members, "
        f"loss {sum(last) / len(last):.4f} on average; in `{folder}`\n"
        f"weights: sha256 {trained.weights_sha256}\n"
        + (serve if not_served is None else f"no server takes it: {not_served}")
    )


@contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the run at once, and a message says how to go on."""
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
        raise Failure(message, advice, Exit.INTERRUPTED) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
