"""`sconto verify`: whether a log, or a proof from it, is as it was signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FILE, FORMAT, LOG_KEY, PATH, command, option
from sconto.cli.output import print_json, print_lines
from sconto.errors import Rejected

if TYPE_CHECKING:
    from sconto.verify.note import Verifier
    from sconto.verify.run import Report

LOG_FILE: Final = "decisions.sqlite"
_MOST_LINES: Final = 20


@command(
    "sconto verify var/sconto --key var/sconto.keys/log.pub",
    "sconto verify backup/decisions.sqlite --key log.pub --checkpoint january.checkpoint",
    "sconto verify decision.tlog-proof --key log.pub",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
)
@click.argument("path", type=PATH)
@LOG_KEY
@option(
    "--checkpoint",
    "earlier",
    type=FILE,
    multiple=True,
    help="A checkpoint that was kept elsewhere: the log must begin with what it covers.",
)
@option(
    "--witness",
    "witnesses",
    type=FILE,
    multiple=True,
    help="File of a witness's public key: each must have signed one of those checkpoints.",
)
@FORMAT
@click.pass_context
def verify(
    ctx: click.Context,
    path: Path,
    key: Path,
    earlier: tuple[Path, ...],
    witnesses: tuple[Path, ...],
    form: str,
) -> None:
    """Prove that the log in PATH is as it was signed, or that a proof is.

    PATH is a data folder, the file of a log, or a proof. It is only read, and public keys are all
    that is needed: run it on a copy, on another machine, without a network. Every entry must be
    there as it was written, every balance and reservation what the entries say, every ruleset the
    one of its name, and all of it what the checkpoints were signed for. The exit code is 1 when
    something is wrong, and the first bad entry is named.
    """
    from sconto.verify.note import LOG, WITNESS, NotVerified
    from sconto.verify.proof import FIRST_LINE

    try:
        verifiers, watching = _keys((key,), LOG), _keys(witnesses, WITNESS)
        if path.is_file() and _begins(path, FIRST_LINE):
            _verify_proof(path, verifiers, form)
            return
        report = _verify_log(path, verifiers, watching, earlier)
    except NotVerified as error:
        raise Rejected(f"nothing could be proved: {error}", error.advice) from error
    _print(report, form)
    if report.wrong:
        ctx.exit(Exit.REFUSED)


def _keys(paths: Sequence[Path], kind: int) -> list[Verifier]:
    from sconto.verify.note import Verifier, read_text

    return [Verifier.of(read_text(path), kind) for path in paths]


def _begins(path: Path, text: str) -> bool:
    with path.open("rb") as file:
        return file.read(len(text)) == text.encode()


def _verify_proof(path: Path, keys: Sequence[Verifier], form: str) -> None:
    from sconto.verify.note import read_text
    from sconto.verify.proof import check_proof

    proved = check_proof(read_text(path), keys)
    if form == "json":
        click.echo(proved.entry.decode())
        return
    click.echo(
        f"entry {proved.number} of the log `{proved.head.origin}`, whose checkpoint covers "
        f"{proved.head.size} entries, is\n{proved.entry.decode()}"
    )


def _verify_log(
    path: Path,
    keys: Sequence[Verifier],
    witnesses: Sequence[Verifier],
    earlier: Sequence[Path],
) -> Report:
    from sconto.cli.progress import progress
    from sconto.verify.log_file import count
    from sconto.verify.note import read_text
    from sconto.verify.run import Trusted, verify

    file = path / LOG_FILE if path.is_dir() else path
    if not file.is_file():
        raise Rejected(f"there is no log in `{path}`", "name a data folder, or the file of a log")
    notes = [read_text(kept) for kept in earlier]
    with progress("verifying", count(file), "entries") as advance:
        return verify(file, Trusted(keys, witnesses, notes), advance)


def _print(report: Report, form: str) -> None:
    if form == "json":
        head = report.head
        print_json(
            {
                "entries": report.entries,
                "origin": head.origin if head else None,
                "signed_entries": head.size if head else 0,
                "head": head.hash.hex() if head else None,
                "wrong": list(report.wrong),
            }
        )
        return
    if report.wrong:
        more = len(report.wrong) - _MOST_LINES
        rest = [f"and {more} more: `--format json` lists all"] if more > 0 else []
        print_lines([*report.wrong[:_MOST_LINES], *rest])
        return
    if report.head is not None:
        later = report.entries - report.head.size
        unsigned = f"; {later} came later and are not signed yet" if later else ""
        click.echo(
            f"the log `{report.head.origin}`: all {report.head.size} signed entries are as they "
            f"were signed{unsigned}; balances, reservations and the kept rulesets agree with them"
        )
