"""`sconto log keygen`: make the key that signs a log."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import PATH, command, option
from sconto.errors import Rejected


@command("sconto log keygen shop.example/log --out keys")
@click.argument("name")
@option("--out", type=PATH, default=Path(), show_default="here", help="Folder for the key.")
def keygen(name: str, out: Path) -> None:
    """Make the Ed25519 key of a new log called NAME: log.key to sign with, log.pub for everybody.

    A server makes one by itself where it finds none. Replicas need the same one: make it first, and
    give each the folder with `sconto serve --keys`.
    """
    from sconto.signing.log_key import log_key

    path = out / "log.key"
    if path.exists():
        advice = "name another folder: a log can't be signed by another key than its own"
        raise Rejected(f"`{path}` is there already", advice)
    try:
        key = log_key(path, name, fresh=True)
    except ValueError as error:
        raise click.UsageError(f"`{name}` is not a name of a key: {error}") from error
    click.echo(f"wrote {path} and {path.with_suffix('.pub')}:\n{key.verifier}")
