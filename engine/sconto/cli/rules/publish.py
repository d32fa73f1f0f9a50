"""`sconto rules publish`: make a signed bundle of a folder, or send a bundle to servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.options import FILE, FORMAT, PATH, Instant, command, option
from sconto.cli.servers import SERVERS

if TYPE_CHECKING:
    from sconto.signing.bundles import Bundle


@command(
    'sconto rules publish rules/retail --key anna.pem --why "Wine at most 15 %"',
    "sconto rules publish retail-1a2b3c4d.bundle --server 127.0.0.1:8470",
    "sconto rules publish retail-1a2b3c4d.bundle --server 127.0.0.1:8470 --at 2026-12-01",
)
@click.argument("what", type=PATH)
@option("--key", type=FILE, help="For a folder: the author's private key.")
@option("--author", help="The author's name, if it is not that of the key file.")
@option("--why", help="For a folder: one sentence for whoever asks later.")
@option("--approver-key", type=FILE, help="Approve it in the same run.")
@option(
    "--allow-dirty", is_flag=True, help="Take files that no git commit holds; the record says so."
)
@option("--out", type=FILE, help="The bundle's file.")
@SERVERS
@option("--at", "at_us", type=Instant(), help="Come into force at this instant, not now.")
@option("--dry-run", is_flag=True, help="Have the server check everything and change nothing.")
@FORMAT
@click.pass_context
def publish(
    ctx: click.Context,
    what: Path,
    key: Path | None,
    author: str | None,
    why: str | None,
    approver_key: Path | None,
    allow_dirty: bool,
    out: Path | None,
    servers: tuple[str, ...],
    at_us: int | None,
    dry_run: bool,
    form: str,
) -> None:
    """Publish WHAT: a folder of rules, or a bundle that was approved.

    A folder is linted and tested; if it is good, it becomes a bundle file, signed by the author and
    awaiting approval by somebody else. A bundle is sent to every server named, which verifies it
    and puts its rules in force: at once, or at the instant given. Sending one again is harmless.
    """
    from sconto.cli.rules.send_bundle import send
    from sconto.cli.rules.signing import print_awaiting, sign
    from sconto.signing.bundles import read_bundle

    if what.is_dir():
        if key is None or why is None:
            raise click.UsageError("a folder needs `--key` and `--why`")
        if servers and approver_key is None:
            raise click.UsageError("nobody has approved it yet: leave out `--server`")
        bundle = _built(what, author or key.stem, why, allow_dirty=allow_dirty)
        bundle = sign(bundle, key, approver_key)
        path = out or Path(f"{what.resolve().name}-{bundle.statement.digest[7:19]}.bundle")
        bundle.write(path)
        if not servers:
            print_awaiting(bundle, path, form)
            return
    else:
        bundle = read_bundle(what)
        if not servers:
            raise click.UsageError("a bundle needs `--server`, to be sent there")
    ctx.exit(send(bundle, servers, at_us, dry_run=dry_run, form=form))


def _built(folder: Path, author: str, why: str, *, allow_dirty: bool) -> Bundle:
    """The bundle of the rules in *folder*; prints the findings or failed tests that prevent it."""
    from sconto.cli.progress import status
    from sconto.offline.bundle import NotSigned, build_bundle

    try:
        with status(f"linting {folder.name}") as progress:
            return build_bundle(folder, author, why, allow_dirty=allow_dirty, progress=progress)
    except NotSigned as error:
        click.echo(error.details, err=True)
        raise
