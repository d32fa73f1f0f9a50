"""`sconto rules keygen`: make a signing key."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sconto.cli.options import FORMAT, command, option
from sconto.cli.output import print_json
from sconto.errors import Rejected


@command(
    "sconto rules keygen anna --out keys",
    "SCONTO_KEY_PASSPHRASE=... sconto rules keygen ben --out keys --locked",
)
@click.argument("name")
@option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="here",
    help="Folder for the private key, NAME.pem.",
)
@option("--locked", is_flag=True, help="Lock the key with a passphrase.")
@FORMAT
def keygen(name: str, out: Path, locked: bool, form: str) -> None:
    """Make an Ed25519 key for NAME, and print the entry for the server's file of people.

    The private key stays in NAME.pem (PKCS#8), which only its owner can read; nobody else should
    ever have it. Give the printed entry to whoever keeps the file of people; they decide the roles.
    """
    from sconto.cli.rules.signing import PASSPHRASE
    from sconto.signing.keys import make_key

    if Path(name).name != name or name.startswith("."):
        raise click.UsageError(f"`{name}` is not a name that a file can have")
    passphrase = os.environ.get(PASSPHRASE, "") if locked else ""
    if locked and not passphrase:
        passphrase = click.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = out / f"{name}.pem"
    try:
        public_key = make_key(path, passphrase)
    except FileExistsError as error:
        advice = "move it away first: a lost key can't be made again"
        raise Rejected(f"`{path}` is there already", advice) from error
    if form == "json":
        print_json({"name": name, "private_key": str(path), "public_key": public_key})
        return
    click.echo(f"wrote {path}; the entry for the file of people:\n")
    click.echo(f'  - name: {name}\n    roles: [author]\n    public_key: "{public_key}"')
