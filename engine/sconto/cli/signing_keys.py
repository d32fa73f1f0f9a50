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
    """The private key in *path*; whoever sits at a terminal is asked for its passphrase."""
    try:
        return read_key(path, os.environ.get(PASSPHRASE, ""))
    except PassphraseNeeded:
        if not sys.stdin.isatty():
            raise
        return read_key(path, click.prompt(f"passphrase of {path.name}", hide_input=True, err=True))
