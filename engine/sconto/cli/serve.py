"""`sconto serve`: the decision server."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, MODEL, PATH, RULES, command
from sconto.compiled import CORE
from sconto.settings import Settings

DEFAULTS = Settings(rules=Path(), data=Path())
"""Where the defaults of the options below come from."""


@command(
    "sconto serve --rules rules/retail --model models/retail",
    "sconto serve --rules rules/retail --people people.yaml",
    "sconto serve --rules rules/retail --port 0 --processes 1",
    "SCONTO_RULES=rules/retail SCONTO_DATA=/var/lib/sconto sconto serve",
    exits=(Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
)
@RULES
@MODEL
@DATA
@click.option(
    "--people",
    type=PATH,
    envvar="SCONTO_PEOPLE",
    show_envvar=True,
    help="File of people who may publish rules; without one, nobody may.",
)
@click.option(
    "--host",
    default=DEFAULTS.host,
    show_default=True,
    envvar="SCONTO_HOST",
    show_envvar=True,
    help="Address to listen on. There is no authentication yet: keep it on loopback.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULTS.port,
    show_default=True,
    envvar="SCONTO_PORT",
    show_envvar=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    default=lambda: len(os.sched_getaffinity(0)),
    show_default="the cores it may use",
    envvar="SCONTO_PROCESSES",
    show_envvar=True,
    help="Processes that answer; with more than one, another one commits for all of them.",
)
@click.option(
    "--model-timeout-ms",
    type=click.IntRange(1, 10_000),
    default=DEFAULTS.model_timeout_ms,
    show_default=True,
    help="Pass the model over when it takes longer than this.",
)
@click.option(
    "--reflection/--no-reflection",
    default=DEFAULTS.reflection,
    show_default=True,
    help="Describe the server to tools such as grpcurl.",
)
def serve(
    rules: Path | None,
    model: Path | None,
    data: Path,
    people: Path | None,
    host: str,
    port: int,
    processes: int,
    model_timeout_ms: int,
    reflection: bool,
) -> None:
    """Answer Decide calls over gRPC until SIGTERM or Ctrl-C.

    Changed rule files take over without a restart once they pass all checks; until then, and when
    they don't, the rules before them decide. Once rules were published to this data folder, what
    was published decides, and rule files have nothing to say any more.

    On the way out, calls in flight are finished and health says NOT_SERVING.
    """
    if rules is None:
        raise click.UsageError("the option `--rules` is required")
    settings = Settings(
        rules=rules,
        data=data,
        model=model,
        people=people,
        host=host,
        port=port,
        processes=processes,
        model_timeout_ms=model_timeout_ms,
        reflection=reflection,
    )
    from sconto.serving.run import run_server

    form = " (compiled core)" if CORE is not None else ""
    run_server(settings, lambda bound: click.echo(f"listening on {host}:{bound}{form}"))
