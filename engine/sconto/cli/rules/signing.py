"""Signing bundles with key files, and what is printed of a bundle that waits for approval."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from sconto.cli.output import print_json, print_lines
from sconto.signing.bundles import Bundle
from sconto.signing.keys import PassphraseNeeded, read_key

PASSPHRASE: Final = "SCONTO_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The environment variable with the passphrase of a locked key."""


def sign(bundle: Bundle, key_file: Path) -> Bundle:
    """*bundle*, signed with the key in *key_file*; a terminal is asked for its passphrase."""
    try:
        key = read_key(key_file)
    except PassphraseNeeded:
        passphrase = os.environ.get(PASSPHRASE, "")
        if not passphrase and not sys.stdin.isatty():
            raise
        prompt = f"passphrase of {key_file.name}"
        key = read_key(key_file, passphrase or click.prompt(prompt, hide_input=True, err=True))
    return bundle.signed(key, key_file.name)


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
