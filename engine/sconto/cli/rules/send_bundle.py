"""Send a signed bundle to servers and print each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sconto.cli import client
from sconto.cli.exit_codes import Exit, report
from sconto.cli.messages import as_dict, time_text
from sconto.cli.output import print_json, print_lines
from sconto.cli.progress import status
from sconto.errors import Rejected, Unavailable
from sconto.signing.bundles import Bundle
from sconto.v1 import publication_pb2 as wire


def send(
    bundle: Bundle, servers: Sequence[str], at_us: int | None, *, dry_run: bool, form: str
) -> Exit:
    """Send *bundle* to all of *servers*, print the outcomes, and return the exit code.

    A server that refuses does not keep it from the others.
    """
    results: list[dict[str, Any]] = []
    lines: list[str] = []
    worst = Exit.OK
    for server in servers:
        try:
            with status(f"sending to {server}"):
                publication = client.send_bundle(server, bundle, at_us, dry_run=dry_run)
        except (Rejected, Unavailable) as error:
            failed = report(error)
            worst = max(worst, failed.code)
            results.append({"server": server, "error": failed.message, "help": failed.advice})
            lines += [f"{server}: refused: {failed.message}", f"  help: {failed.advice}"]
        else:
            results.append({"server": server, "publication": as_dict(publication)})
            lines.append(f"{server}: {_outcome(publication, dry_run=dry_run)}")
    if form == "json":
        print_json({"servers": results})
    else:
        print_lines(lines)
    return worst


def _outcome(publication: wire.Publication, *, dry_run: bool) -> str:
    if dry_run:
        return f"{publication.digest} would be accepted"
    if publication.state == wire.PUBLICATION_STATE_PENDING:
        return f"{publication.digest} comes into force at {time_text(publication.activate_time)}"
    return f"{publication.digest} is in force since {time_text(publication.active_time)}"
