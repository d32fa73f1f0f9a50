"""`sconto rules rollback`: go back to a ruleset that was active before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.options import FILE, FORMAT, command, option
from sconto.cli.servers import SERVERS

if TYPE_CHECKING:
    from sconto.signing.bundles import Bundle

_START = re.compile("(sha256:)?([0-9a-f]{6,64})")
_WHOLE = 64


@command(
    "sconto rules rollback 9f2c81d4 --key ella.pem --why Wrong --server 127.0.0.1:8470",
    "sconto rules rollback sha256:9f2c... --key anna.pem --why Wrong",
    "sconto rules rollback rollback-9f2c81d4a0b1.bundle --server 127.0.0.1:8470",
)
@click.argument("what", metavar="DIGEST|BUNDLE")
@option("--key", type=FILE, help="For a digest: your private key.")
@option("--author", help="Your name, if it is not that of the key file.")
@option("--why", help="For a digest: one sentence for whoever asks later.")
@option("--approver-key", type=FILE, help="Approve it in the same run.")
@option("--out", type=FILE, help="The bundle's file.")
@SERVERS
@option("--dry-run", is_flag=True, help="Have the server check everything and change nothing.")
@FORMAT
@click.pass_context
def rollback(
    ctx: click.Context,
    what: str,
    key: Path | None,
    author: str | None,
    why: str | None,
    approver_key: Path | None,
    out: Path | None,
    servers: tuple[str, ...],
    dry_run: bool,
    form: str,
) -> None:
    """Go back to the ruleset DIGEST, at once, or send an approved rollback BUNDLE.

    The ruleset must have been active on the server before; the beginning of its digest is enough
    where a server is named. Pending publications there are cancelled. A rollback needs an author
    and an approver like a publication; somebody with the role `emergency` may sign alone. Without
    --server it becomes a bundle file that awaits approval.
    """
    from sconto.cli.rules.send_bundle import send
    from sconto.cli.rules.signing import print_awaiting, sign
    from sconto.signing.bundles import read_bundle

    start = _START.fullmatch(what)
    if start is None:
        bundle = read_bundle(Path(what))
        if not servers:
            raise click.UsageError("a bundle needs `--server`, to be sent there")
    else:
        if key is None or why is None:
            raise click.UsageError("a digest needs `--key` and `--why`")
        bundle = _back_to(start[2], servers, author or key.stem, why)
        bundle = sign(bundle, key, approver_key)
        if not servers or out is not None:
            path = out or Path(f"rollback-{bundle.statement.digest[7:19]}.bundle")
            bundle.write(path)
        if not servers:
            print_awaiting(bundle, path, form)
            return
    ctx.exit(send(bundle, servers, None, dry_run=dry_run, form=form))


def _back_to(start: str, servers: tuple[str, ...], author: str, why: str) -> Bundle:
    from sconto.app.ports import RulesStep
    from sconto.app.statements import Statement
    from sconto.bootstrap import now_us
    from sconto.cli.client import full_digest
    from sconto.signing.bundles import bundle_of

    if len(start) < _WHOLE and not servers:
        raise click.UsageError("without `--server`, give the whole digest")
    digest = f"sha256:{start}" if len(start) == _WHOLE else full_digest(servers[0], start)
    return bundle_of(Statement(RulesStep.ROLLBACK, digest, author, why, now_us()))
