"""`sconto rules diff`: the changes between two rulesets, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, FORMAT, command, option
from sconto.cli.output import print_json, print_lines

if TYPE_CHECKING:
    from sconto.rulebook.diff.compare import Diff


@command(
    "sconto rules diff rules/retail drafts/retail",
    "sconto rules diff main:rules/retail rules/retail",
    "sconto rules diff rules/retail retail-1a2b3c4d5e6f.bundle",
    "sconto rules diff sha256:3f1f5d7c... rules/retail --data var/sconto --exit-code",
)
@click.argument("old")
@click.argument("new")
@DATA
@option("--exit-code", is_flag=True, help="End with 1 when something that matters changed.")
@FORMAT
@click.pass_context
def diff(ctx: click.Context, old: str, new: str, data: Path, exit_code: bool, form: str) -> None:
    """List the changes from the rules OLD to the rules NEW, in sentences.

    Each is a folder of rules; a folder at a revision, as git names it (`main:rules/retail`, seen
    from the top of the repository); a bundle that was made by `sconto rules publish`; or the
    digest of a ruleset that the log of --data keeps.
    """
    from sconto.offline.compare import compare

    found = compare(old, new, data)
    print_diff(found, form)
    if exit_code and found.before != found.after:
        ctx.exit(Exit.REFUSED)


def print_diff(found: Diff, form: str) -> None:
    """Print *found*: sentences by file, or everything as JSON with stable keys."""
    if form == "json":
        print_json(_json(found))
        return
    print_lines(_text(found))


def _json(found: Diff) -> dict[str, Any]:
    changes = [
        {"kind": s.kind, "id": s.id, "file": s.file, "key": s.key, "sentence": s.sentence}
        for s in found.sentences
    ]
    same = found.before == found.after
    return {"old": found.before, "new": found.after, "same": same, "changes": changes}


def _text(found: Diff) -> Iterator[str]:
    from sconto.rulebook.diff.sentences import EFFECT

    if found.before == found.after:
        yield f"Nothing that matters changed: both are {found.after}."
        return
    for (kind, file), same in groupby(found.sentences, lambda change: (change.kind, change.file)):
        yield f"What follows from {file}" if kind == EFFECT else file
        yield from (f"- {change.sentence}" for change in same)
        yield ""
    yield f"From {found.before}"
    yield f"to   {found.after}"
