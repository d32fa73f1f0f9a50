"""`sconto witness sign`: sign a checkpoint that extends the last one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FILE, LOG_KEY, PATH, command, option
from sconto.errors import Rejected


@command(
    "sconto witness sign request --state shop.checkpoint --key log.pub \\\n"
    "      --witness-key keys/auditor.example.key",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE),
)
@click.argument("request", type=click.File(encoding="utf-8"))
@option("--state", type=PATH, required=True, help="The checkpoint that was signed last, kept here.")
@option("--witness-key", type=FILE, required=True, help="The witness's private key.")
@LOG_KEY
def sign(request: TextIO, state: Path, witness_key: Path, key: Path) -> None:
    """Sign the checkpoint in REQUEST when its log begins with all that was signed before.

    REQUEST is what `sconto log checkpoint --since N` prints; N is the second line of the state,
    0 at first. The signed checkpoint is printed and kept as the new state. A log that was rolled
    back or forked since is refused with exit code 1, and the state stays.
    """
    # Before the state is locked: whoever makes the request may take long.
    asked = _request(request)
    with _locked(state):
        signed = _signed(asked, state, witness_key, key)
    click.echo(signed, nl=False)


def _request(request: TextIO) -> str:
    try:
        return request.read()
    except UnicodeDecodeError as error:
        raise Rejected("the request is no text", "see `sconto log checkpoint --since`") from error


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    """Keep others from *state*: two who read the same one could sign two forks."""
    handle = os.open(state.with_name(f".{state.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _signed(asked: str, state: Path, witness_key: Path, key: Path) -> str:
    from sconto.bootstrap import now_us
    from sconto.files import read_private, replace_durably
    from sconto.signing.notes import WITNESS, NoteKey
    from sconto.verify.note import NotVerified, Verifier, opened, read_text
    from sconto.verify.witness import check_extension, check_signed, cosigned

    try:
        own = NoteKey.read(read_private(witness_key).decode(), WITNESS)
    except ValueError as error:
        advice = "make one with `sconto witness keygen NAME`"
        raise Rejected(f"`{witness_key}` holds no key of a witness", advice) from error
    try:
        verifiers = [Verifier.of(read_text(key))]
        last = opened(read_text(state), verifiers) if state.exists() else None
        head, note = check_extension(asked, verifiers, last)
        signed = cosigned(note, own.name, own.key_id, now_us() // 1_000_000, own.sign)
        # What can't be read back would lock the witness out.
        check_signed(signed, head, verifiers, (Verifier.of(own.verifier, WITNESS),))
    except NotVerified as error:
        raise Rejected(f"not signed: {error}", error.advice) from error
    replace_durably(state, signed.encode())
    return signed
