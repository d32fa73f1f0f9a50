"""`sconto rules approve`: show the changes in a bundle and sign it as a second person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.options import FILE, FORMAT, command, option
from sconto.cli.output import instant_text, print_json, print_lines
from sconto.cli.servers import SERVER

if TYPE_CHECKING:
    from sconto.rulebook.diff.compare import Diff
    from sconto.signing.bundles import Bundle


@command(
    "sconto rules approve retail-1a2b3c4d5e6f.bundle --key ben.pem --server 127.0.0.1:8470",
    "sconto rules approve retail-1a2b3c4d5e6f.bundle --key ben.pem --yes",
)
@click.argument("bundle", type=FILE)
@option("--key", type=FILE, help="The approver's private key; without it, only show.")
@SERVER
@option("--yes", is_flag=True, help="Sign without asking.")
@FORMAT
def approve(bundle: Path, key: Path | None, server: str | None, yes: bool, form: str) -> None:
    """Show BUNDLE and the changes in it, and sign it as a second person.

    With --server, the changes against its rules are listed. The signature goes into the same file.
    The server checks that author and approver are two persons and may sign.
    """
    from sconto.cli.rules.signing import bundle_facts, sign
    from sconto.signing.bundles import read_bundle

    read = read_bundle(bundle)
    change = None if server is None else _change(read, server)
    if form == "text":
        _print(read, change)
    if key is not None:
        if not yes:
            click.confirm("sign it?", abort=True, err=True)
        read = sign(read, key)
        read.write(bundle)
    if form == "json":
        sentences = None if change is None else [s.sentence for s in change.sentences]
        facts = bundle_facts(read, bundle)
        print_json({**facts, "changes": sentences, "statement": read.statement.as_json()})
    elif key is not None:
        verb = "publish" if read.documents else "rollback"
        print_lines([f"signed; next: `sconto rules {verb} {bundle} --server HOST:PORT`"])


def _change(bundle: Bundle, server: str) -> Diff:
    """The changes that *bundle* makes to the rules that decide on *server*."""
    from sconto.cli import client
    from sconto.cli.progress import status
    from sconto.rulebook.diff.compare import differences
    from sconto.rulebook.edition import edition_of

    with status(f"comparing with {server}"):
        wanted = bundle.documents or client.get_ruleset(server, bundle.statement.digest)
        return differences(edition_of(client.get_ruleset(server)), edition_of(wanted))


def _print(bundle: Bundle, change: Diff | None) -> None:
    from sconto.cli.rules.diff import print_diff

    print_lines([*_lines(bundle), ""])
    if change is not None:
        print_diff(change, "text")
    else:
        print_lines(["what it changes: name a server with `--server`, or see `sconto rules diff`"])
    print_lines([""])


def _lines(bundle: Bundle) -> Iterator[str]:
    from sconto.cli.rules.signing import commit_line

    statement = bundle.statement
    yield f"{statement.kind.value} of {statement.digest}"
    yield f"author   {statement.author}, {instant_text(statement.made_us)}"
    yield f"why      {statement.why}"
    if bundle.documents:
        yield commit_line(bundle)
