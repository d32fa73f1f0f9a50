"""`sconto rules approve`: somebody else reads what would change, and signs it too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.exits import Exit
from sconto.cli.options import FORMAT, SERVER, epilog
from sconto.cli.rules_publish import KEY_FILE

if TYPE_CHECKING:
    from sconto.cli.bundles import Bundle
    from sconto.rulebook.diff.compare import Diff

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.command(
    epilog=epilog(
        (
            "sconto rules approve retail-1a2b3c4d5e6f.bundle --key ben.pem --server 127.0.0.1:8470",
            "sconto rules approve retail-1a2b3c4d5e6f.bundle --key ben.pem --yes",
        ),
        _EXITS,
    )
)
@click.argument("bundle", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--key", type=KEY_FILE, help="The approver's private key; without it, only show.")
@SERVER
@click.option("--yes", is_flag=True, help="Sign without asking.")
@FORMAT
def approve(bundle: Path, key: Path | None, server: str | None, yes: bool, form: str) -> None:
    """Show what BUNDLE says and what it would change, and sign it beside its author.

    With --server, what it would change there is told in sentences. The signature goes into the same
    file. The server makes sure that author and approver are two persons, and may sign.
    """
    from sconto.cli.bundles import read_bundle, signed_by  # noqa: PLC0415 - pydantic is slow
    from sconto.cli.output import print_json, print_lines  # noqa: PLC0415

    read = read_bundle(bundle)
    change = None if server is None else _change(read, server)
    if form == "text":
        _show(read, change)
    if key is not None:
        if not yes:
            click.confirm("sign it?", abort=True, err=True)
        read = signed_by(read, key)
        read.write(bundle)
    if form == "json":
        facts = {"bundle": str(bundle), "signatures": len(read.envelope.signatures)}
        sentences = None if change is None else [s.sentence for s in change.said]
        print_json({**facts, "changes": sentences, "statement": read.statement.as_json()})
    elif key is not None:
        verb = "publish" if read.documents else "rollback"
        print_lines([f"signed; next: `sconto rules {verb} {bundle} --server HOST:PORT`"])


def _change(bundle: Bundle, server: str) -> Diff:
    """What *bundle* changes of the rules that decide on *server*."""
    from sconto.cli.bundle_build import at_work  # noqa: PLC0415 - grpc is slow
    from sconto.cli.remote_rules import ruleset_there  # noqa: PLC0415
    from sconto.rulebook.diff.compare import differences  # noqa: PLC0415
    from sconto.rulebook.edition import edition_of  # noqa: PLC0415

    with at_work(f"comparing with {server}"):
        wanted = bundle.documents or ruleset_there(server, bundle.statement.digest)
        return differences(edition_of(ruleset_there(server)), edition_of(wanted))


def _show(bundle: Bundle, change: Diff | None) -> None:
    from sconto.cli.diff_here import print_diff  # noqa: PLC0415
    from sconto.cli.output import print_lines  # noqa: PLC0415

    print_lines([*_said(bundle), ""])
    if change is not None:
        print_diff(change, "text")
    else:
        print_lines(["what it changes: name a server with `--server`, or see `sconto rules diff`"])
    print_lines([""])


def _said(bundle: Bundle) -> Iterator[str]:
    from sconto.cli.log_rows import instant_text  # noqa: PLC0415

    statement = bundle.statement
    held = ", with changes that no commit holds" if statement.dirty else ""
    yield f"{statement.kind.value} of {statement.digest}"
    yield f"author   {statement.author}, {instant_text(statement.made_us)}"
    yield f"why      {statement.why}"
    if bundle.documents:
        yield f"commit   {statement.commit or 'none'}{held}"
