"""`sconto`: the root group, and the entry point that reports errors."""

from __future__ import annotations

from collections.abc import Sequence

import click

from sconto.cli.exit_codes import Exit, report
from sconto.cli.options import group


@group(
    "sconto serve --rules rules/retail --model models/retail",
    "sconto decide request.json --rules rules/retail",
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10",
    package="sconto.cli",
    modules=(
        *("serve", "status", "health", "doctor", "decide", "events", "prices", "codes"),
        *("rules", "log", "verify", "witness", "store", "learn", "play", "version"),
    ),
    exits=tuple(Exit),
    context_settings={"auto_envvar_prefix": "SCONTO", "max_content_width": 100},
)
def sconto() -> None:
    """Decide which discount a shopper gets, within law and policy, with a record of every decision.

    Every option can be set in the environment too: `sconto log list --limit` is
    SCONTO_LOG_LIST_LIMIT. Errors are one line on standard error, with one line of help.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; no error leaves as a traceback."""
    try:
        # A command that ends early does so by its code; one that runs through returns None.
        return int(sconto.main(args=args, prog_name="sconto", standalone_mode=False) or Exit.OK)
    except click.Abort:
        return Exit.INTERRUPTED
    # INVARIANT: a person never sees a traceback (tests/unit/cli/test_exits.py).
    except Exception as error:  # noqa: BLE001 - the outermost frame: everything becomes a report
        reported = report(error)
        click.echo(str(reported), err=True)
        return reported.code
