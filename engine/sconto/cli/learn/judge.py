"""`sconto learn judge`: fit all models on the same rows, compare them and check the gates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.learn.options import GIVEN_DATA, OUTCOME, RECIPE, TEST_DATA, learning
from sconto.cli.options import FORMAT, RULES, command, option
from sconto.cli.output import print_lines, print_table
from sconto.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sconto.learning.judge.artefact import Kept
    from sconto.learning.judge.figures import Figures
    from sconto.learning.judge.gain import Least
    from sconto.learning.judge.run import Asked


@command(
    "sconto learn judge models/finance/recipe.yaml",
    "sconto learn judge models/email/recipe.yaml --data hillstrom.csv --repeats 20",
    "sconto learn judge models/finance/recipe.yaml --model dnn --model 't logistic'",
    "sconto learn judge models/finance/recipe.yaml --rules rules/finance",
)
@RECIPE
@GIVEN_DATA
@TEST_DATA
@OUTCOME
@option(
    "--repeats",
    type=click.IntRange(min=1),
    default=5,
    help="Number of splits of the units; for recipes split by time, column or file, the number "
    "of seeds.",
)
@option("--model", "models", multiple=True, help="Judge only this model; may be repeated.")
@option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the figures, the report and the card.  [default: var/judge and the recipe's"
    " folder name]",
)
@option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    help="How many processes fit models; each uses one thread.",
)
@RULES
@FORMAT
@click.pass_context
def judge(
    ctx: click.Context,
    recipe: Path,
    data: Path | None,
    test_data: Path | None,
    outcome: str | None,
    repeats: int,
    models: tuple[str, ...],
    out: Path | None,
    workers: int,
    rules: Path | None,
    form: str,
) -> None:
    """Fit every baseline and network of the data recipe RECIPE and judge them on the same rows.

    Writes `figures.json`, `report.html`, `card.md`, and into `model` the network that did best, for
    a server. Fitted models are kept in the folder, so that a stopped run can be continued. Choices
    are also valued as a server would make them by the `objective.yaml` of `--rules`, whose amounts
    are taken to be in the recipe's money; without `--rules`, by the defaults of that file. A gate
    of the recipe that is missed ends with exit code 1. Needs the extra `train`; in a
    clone: .venv/bin/pip install -e '.[train]'.
    """
    folder = out or Path("var/judge") / recipe.resolve().parent.name
    with learning(ctx, form):
        from sconto.learning.judge.gain import UNSAID
        from sconto.learning.judge.run import Asked

        asks = UNSAID if rules is None else _asks(rules)
        asked = Asked(recipe, data, test_data, outcome, repeats, models, workers, asks)
        found, kept = _judged(asked, folder)
    _write(found, folder)
    if form == "json":
        click.echo((folder / "figures.json").read_text(encoding="utf-8"), nl=False)
    else:
        _print_text(found, folder)
    for line in _kept_text(kept, asks, folder):
        click.echo(line, err=form == "json")
    if found.missed:
        names = "; ".join(f"{gate.model}, {gate.figure}" for gate in found.missed)
        message = f"{len(found.missed)} of {len(found.gates)} gates are missed: {names}"
        raise Rejected(message, f"see `{folder / 'report.html'}`")


def _asks(rules: Path) -> Least:
    """What the ruleset in the folder *rules* asks of a gain."""
    from sconto.learning.judge.gain import least_of
    from sconto.rulebook.loader import load_folder
    from sconto.scoring.least_gain import least_gain_of

    ruleset = load_folder(rules)
    return least_of(least_gain_of(ruleset.objective, ruleset.currency))


def _kept_text(kept: Kept, rules: Least, folder: Path) -> Iterator[str]:
    """Which model was kept for a server, and what its rules should ask for; or why none was."""
    from sconto.learning.judge.gain import least_gain
    from sconto.scoring.least_gain import least_gain_fit

    if kept.model is None:
        yield f"no model was kept to serve: {kept.why}"
        return
    where = folder / "model"
    yield (
        f"`{where}` holds {kept.model} as fitted in the first repeat: {kept.why}; "
        f"serve it: sconto serve --rules RULES --model {where}"
    )
    if kept.tried:
        yield from least_gain_fit(least_gain(rules), kept.tried).lines()


def _judged(asked: Asked, folder: Path) -> tuple[Figures, Kept]:
    from sconto.cli.learn.progress import steps
    from sconto.learning.judge.run import judge

    with steps() as shown:
        shown.say("reading and preparing")
        return judge(asked, folder, shown.of_many)


def _write(found: Figures, folder: Path) -> None:
    from sconto.learning.judge.card import CARD_FILE, card
    from sconto.learning.judge.figures import FIGURES_FILE, as_json, from_json
    from sconto.learning.judge.report import REPORT_FILE, report

    # Card and report are made from the figures as stored, so that they can be made again.
    again = from_json(kept := as_json(found))
    for name, text in (
        (FIGURES_FILE, kept),
        (CARD_FILE, card(again)),
        (REPORT_FILE, report(again)),
    ):
        (folder / name).write_text(text, encoding="utf-8")


def _print_text(found: Figures, folder: Path) -> None:
    from sconto.learning.judge.sections import gates, policies, sections, summary

    for section in sections(found):
        print_lines(section.sentences)
    tables = [summary(found), *policies(found), *([gates(found)] if found.gates else ())]
    for table in tables:
        heads = (table.head[0], *(f">{head}" for head in table.head[1:]))
        print_table(table.caption, heads, table.rows)
    print_lines([f"the report is `{folder / 'report.html'}`, the card `{folder / 'card.md'}`"])
