"""`sconto play`: the options of the demonstration; `play` is what it does."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit, missing_extra
from sconto.cli.options import epilog


@click.command(
    name="play",
    epilog=epilog(
        ("sconto play", "sconto play --once --count 50", "sconto play --rules rules/travel"),
        (Exit.OK, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
    ),
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("rules/retail"),
    show_default=True,
    envvar="SCONTO_RULES",
    show_envvar=True,
    help="Folder of rule files.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    envvar="SCONTO_MODEL",
    show_envvar=True,
    help="Folder of the model.  [default: models/retail/v1 for retail, none for others]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="SCONTO_DATA",
    show_envvar=True,
    help="Folder of the decision log.  "
    "[default: var/sconto for retail, var/sconto-<industry> for others]",
)
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    default=Path("models/retail/recipe.yaml"),
    show_default=True,
    help="The retail model's recipe: it says which period was held back.",
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    default=Path("samples"),
    show_default=True,
    help="Folder of the data samples of the other industries.",
)
@click.option(
    "--count",
    type=click.IntRange(1, 10_000),
    default=300,
    show_default=True,
    help="How many baskets, bookings, applications or orders.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to serve on.  [default: a free one]",
)
@click.option("--once", is_flag=True, help="Stop after the summary instead of serving on.")
def play(
    rules: Path,
    model: Path | None,
    data: Path | None,
    recipe: Path,
    samples: Path,
    count: int,
    port: int,
    once: bool,
) -> None:
    """Serve, send real baskets of the rulebook's industry, and show what came of them.

    Retail baskets are of Complete Journey's held-back period, which the model has not seen; hotel
    bookings, loan applications and web shop sessions are of the data samples.
    Retail needs the extra `play`: pip install 'sconto[play]'.
    """
    try:
        from sconto.cli.play import Options  # noqa: PLC0415 - slow, and not always there
        from sconto.cli.play import play as run  # noqa: PLC0415 - likewise

        run(Options(rules, model, data, port, recipe, samples), count, once=once)
    except ModuleNotFoundError as error:
        raise missing_extra(error, "play") from error
