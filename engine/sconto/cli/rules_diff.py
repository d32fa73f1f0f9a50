"""`sconto rules diff`: what a change of rules means, in sentences."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit
from sconto.cli.options import DATA, FORMAT, epilog

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.command(
    epilog=epilog(
        (
            "sconto rules diff rules/retail drafts/retail",
            "sconto rules diff main:rules/retail rules/retail",
            "sconto rules diff rules/retail retail-1a2b3c4d5e6f.bundle",
            "sconto rules diff sha256:3f1f5d7c... rules/retail --data var/sconto --exit-code",
        ),
        _EXITS,
    )
)
@click.argument("old")
@click.argument("new")
@DATA
@click.option("--exit-code", is_flag=True, help="End with 1 when something that matters changed.")
@FORMAT
@click.pass_context
def diff(ctx: click.Context, old: str, new: str, data: Path, exit_code: bool, form: str) -> None:
    """Tell what changes when the rules NEW take the place of the rules OLD.

    Each is a folder of rules; a folder at a revision, as git names it (`main:rules/retail`, seen
    from the top of the repository); a bundle that was made by `sconto rules publish`; or the
    digest of a ruleset that the log of --data keeps.
    """
    from sconto.cli.diff_here import compared, print_diff  # noqa: PLC0415 - slow to import

    found = compared(old, new, data)
    print_diff(found, form)
    if exit_code and found.before != found.after:
        ctx.exit(Exit.REFUSED)
