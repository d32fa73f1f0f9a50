"""Private keys as a person names them on the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sconto.signing.keys import PassphraseNeeded, read_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PASSPHRASE: Final = "SCONTO_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The environment variable with the passphrase of a locked key."""


def open_key(path: Path) -> Ed25519PrivateKey:
    """The private key in *path*; for a locked one, a person at a terminal is asked if need be."""
    try:
        return read_key(path)
    except PassphraseNeeded:
        passphrase = os.environ.get(PASSPHRASE, "")
        if not passphrase and not sys.stdin.isatty():
            raise
        asked = f"passphrase of {path.name}"
        return read_key(path, passphrase or click.prompt(asked, hide_input=True, err=True))
