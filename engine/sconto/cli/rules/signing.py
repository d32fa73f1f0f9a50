"""Sign bundles with key files, and print a bundle that awaits approval."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sconto.cli.output import print_json, print_lines
from sconto.signing.bundles import Bundle
from sconto.signing.keys import PassphraseNeeded, read_key

PASSPHRASE: Final = "SCONTO_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The environment variable with the passphrase of a locked key."""


def sign(bundle: Bundle, *key_files: Path | None) -> Bundle:
    """*bundle*, signed with each key in *key_files*; a terminal is asked for passphrases."""
    for file in filter(None, key_files):
        bundle = bundle.signed(_read_key(file), file.name)
    return bundle


def _read_key(key_file: Path) -> Ed25519PrivateKey:
    try:
        return read_key(key_file)
    except PassphraseNeeded:
        passphrase = os.environ.get(PASSPHRASE, "")
        if not passphrase and not sys.stdin.isatty():
            raise
        prompt = f"passphrase of {key_file.name}"
        return read_key(key_file, passphrase or click.prompt(prompt, hide_input=True, err=True))


def print_awaiting(bundle: Bundle, path: Path, form: str) -> None:
    """Print that *bundle* was written to *path* and waits for approval."""
    statement = bundle.statement
    if form == "json":
        print_json({**bundle_facts(bundle, path), "statement": statement.as_json()})
        return
    lines = [
        f"wrote    {path}",
        f"digest   {statement.digest}",
        commit_line(bundle),
        f"author   {statement.author}",
        f"next     somebody else runs `sconto rules approve {path} --key THEIR.pem`",
    ]
    print_lines(line for line in lines if line)


def bundle_facts(bundle: Bundle, path: Path) -> dict[str, Any]:
    """The file of *bundle* and the number of its signatures, for programs."""
    return {"bundle": str(path), "signatures": len(bundle.envelope.signatures)}


def commit_line(bundle: Bundle) -> str:
    """The commit that the documents of *bundle* are from; empty where it has none."""
    statement = bundle.statement
    held = ", with changes that no commit holds" if statement.dirty else ""
    return f"commit   {statement.commit or 'none'}{held}" if bundle.documents else ""
