"""A signed bundle on its way to servers, and what each of them made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from sconto.cli.bundle_build import at_work
from sconto.cli.bundles import Bundle
from sconto.cli.exits import Exit, Failure, report
from sconto.cli.log_rows import instant_text
from sconto.cli.output import print_json, print_lines
from sconto.cli.remote_rules import send_there
from sconto.v1 import publication_pb2 as wire


def send(
    bundle: Bundle, servers: Sequence[str], at_us: int | None, *, dry_run: bool, form: str
) -> Exit:
    """Send *bundle* to all of *servers*, print what became of it, and return the exit code.

    A server that refuses does not keep it from the others.
    """
    results: list[dict[str, Any]] = []
    lines: list[str] = []
    worst = Exit.OK
    for server in servers:
        try:
            with at_work(f"sending to {server}"):
                said = send_there(server, bundle, at_us, dry_run=dry_run)
        except Failure as error:
            told = report(error)
            worst = max(worst, error.code)
            results.append({"server": server, "error": told.message, "help": told.advice})
            lines += [f"{server}: refused: {told.message}", f"  help: {told.advice}"]
        else:
            results.append({"server": server, "publication": as_dict(said)})
            lines.append(f"{server}: {_outcome(said, dry_run=dry_run)}")
    if form == "json":
        print_json({"servers": results})
    else:
        print_lines(lines)
    return worst


def as_dict(publication: wire.Publication) -> dict[str, Any]:
    """*publication* for programs, with the names of the contract."""
    found: dict[str, Any] = MessageToDict(
        publication,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
    return found


def print_awaiting(bundle: Bundle, path: Path, form: str) -> None:
    """Say that *bundle* was written to *path*, and what is missing."""
    statement = bundle.statement
    if form == "json":
        facts = {"bundle": str(path), "signatures": len(bundle.envelope.signatures)}
        print_json({**facts, "statement": statement.as_json()})
        return
    held = "" if not statement.dirty else ", with changes that no commit holds"
    lines = [
        f"wrote    {path}",
        f"digest   {statement.digest}",
        f"commit   {statement.commit or 'none'}{held}" if bundle.documents else "",
        f"author   {statement.author}",
        f"next     somebody else runs `sconto rules approve {path} --key THEIR.pem`",
    ]
    print_lines(line for line in lines if line)


def _outcome(said: wire.Publication, *, dry_run: bool) -> str:
    if dry_run:
        return f"{said.digest} would be accepted"
    if said.state == wire.PUBLICATION_STATE_PENDING:
        at = instant_text(said.activate_time.ToMicroseconds())
        return f"{said.digest} comes into force at {at}"
    at = instant_text(said.active_time.ToMicroseconds())
    return f"{said.digest} is in force since {at}"
