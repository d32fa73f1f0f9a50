"""`sconto witness sign`: sign a checkpoint that extends the last one."""

from __future__ import annotations

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
def sign(request: TextIO, state: Path, witness_key: Path, keys: tuple[Path, ...]) -> None:
    """Sign the checkpoint in REQUEST when its log begins with all that was signed before.

    REQUEST is what `sconto log checkpoint --since N` prints; N is the second line of the state,
    0 at first. The signed checkpoint is printed and kept as the new state. A log that was rolled
    back or forked since is refused with exit code 1, and the state stays.
    """
    from sconto.bootstrap import now_us
    from sconto.files import read_private
    from sconto.signing.notes import NoteKey
    from sconto.verify.note import NotVerified, Verifier, opened
    from sconto.verify.witness import check_extension, cosigned

    try:
        key = NoteKey.read(read_private(witness_key).decode())
        verifiers = [Verifier.of(path.read_text(encoding="utf-8")) for path in keys]
        last = opened(state.read_text(encoding="utf-8"), verifiers) if state.exists() else None
        _, note = check_extension(request.read(), verifiers, last)
    except NotVerified as error:
        raise Rejected(f"not signed: {error}", error.advice) from error
    except ValueError as error:
        raise Rejected(f"`{witness_key}` holds no key of a witness", "make one: keygen") from error
    signed = cosigned(note, key.name, key.key_id, now_us() // 1_000_000, key.sign)
    new = state.with_name(f".{state.name}.new")
    new.write_text(signed, encoding="utf-8")
    new.replace(state)
    click.echo(signed, nl=False)
