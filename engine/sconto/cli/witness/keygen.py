"""`sconto witness keygen`: make a witness's key."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import PATH, command, option
from sconto.errors import Rejected


@command("sconto witness keygen auditor.example --out keys")
@click.argument("name")
@option(
    "--out", type=PATH, default=Path(), show_default="here", help="Folder for the key, NAME.key."
)
def keygen(name: str, out: Path) -> None:
    """Make the Ed25519 key of the witness NAME: NAME.key to sign with, NAME.pub for everybody."""
    from sconto.files import write_private
    from sconto.signing.notes import WITNESS, NoteKey

    try:
        key = NoteKey.made(name, WITNESS)
    except ValueError as error:
        raise click.UsageError(f"`{name}` is not a name of a key: {error}") from error
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = out / f"{name.replace('/', '_')}.key"
    try:
        write_private(path, key.private_text.encode())
    except FileExistsError as error:
        advice = "move it away first: a lost key can't be made again"
        raise Rejected(f"`{path}` is there already", advice) from error
    public = path.with_suffix(".pub")
    public.write_text(f"{key.verifier}\n", encoding="utf-8")
    click.echo(f"wrote {path} and {public}:\n{key.verifier}")
