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

    With --server, the changes are those from what decides there now. The signature goes into the
    same file. The server makes sure that author and approver are two persons, and may sign.
    """
    from sconto.cli.bundles import read_bundle, signed_by  # noqa: PLC0415 - pydantic is slow
    from sconto.cli.output import print_json, print_lines  # noqa: PLC0415

    read = read_bundle(bundle)
    lines = list(_changes(read, server))
    if form == "text":
        print_lines([*_said(read), "", *(lines or ["it changes nothing"])])
    if key is not None:
        if not yes:
            click.confirm("\nsign it?", abort=True, err=True)
        read = signed_by(read, key)
        read.write(bundle)
    signatures = len(read.envelope.signatures)
    if form == "json":
        facts = {"bundle": str(bundle), "signatures": signatures, "changes": lines}
        print_json({**facts, "statement": read.statement.as_json()})
    elif key is not None:
        verb = "publish" if read.documents else "rollback"
        print_lines([f"signed; next: `sconto rules {verb} {bundle} --server HOST:PORT`"])


def _said(bundle: Bundle) -> Iterator[str]:
    from sconto.cli.log_rows import instant_text  # noqa: PLC0415

    statement = bundle.statement
    held = ", with changes that no commit holds" if statement.dirty else ""
    yield f"{statement.kind.value} of {statement.digest}"
    yield f"author   {statement.author}, {instant_text(statement.made_us)}"
    yield f"why      {statement.why}"
    if bundle.documents:
        yield f"commit   {statement.commit or 'none'}{held}"


def _changes(bundle: Bundle, server: str | None) -> Iterator[str]:
    if server is None:
        yield "name a server with `--server` to see what would change there"
        return
    from sconto.cli.bundle_changes import changes  # noqa: PLC0415 - grpc is slow
    from sconto.cli.remote_rules import ruleset_there  # noqa: PLC0415

    there = bundle.documents or ruleset_there(server, bundle.statement.digest)
    yield from changes(ruleset_there(server), there)
