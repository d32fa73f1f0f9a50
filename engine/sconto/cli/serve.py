"""`sconto serve`: the decision server."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import DATA, MODEL, PATH, REQUIRED_RULES, address, command, option
from sconto.compiled import CORE
from sconto.settings import Address, Settings, in_address

if TYPE_CHECKING:
    from sconto.serving.address import Ports

DEFAULTS = Settings(rules=Path(), data=Path())
"""Where the defaults of the options below come from."""


@command(
    "sconto serve --rules rules/retail --model models/retail",
    "sconto serve --rules rules/retail --people people.yaml",
    "sconto serve --rules rules/retail --port 0 --processes 1",
    "sconto serve --rules rules/retail --http 127.0.0.1:8471",
    "SCONTO_RULES=rules/retail SCONTO_DATA=/var/lib/sconto sconto serve",
    exits=(Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
)
@REQUIRED_RULES
@MODEL
@DATA
@option(
    "--people",
    type=PATH,
    envvar="SCONTO_PEOPLE",
    help="File of people who may publish rules; without one, nobody may.",
)
@option(
    "--begin-anew",
    is_flag=True,
    help="Make what is missing, though the log is there without its key, or the key without a log.",
)
@option(
    "--host",
    default=DEFAULTS.host,
    envvar="SCONTO_HOST",
    help="Address to listen on. There is no authentication yet: keep it on loopback.",
)
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULTS.port,
    envvar="SCONTO_PORT",
    help="Port to listen on; 0 takes a free one.",
)
@option(
    "--http",
    callback=address,
    envvar="SCONTO_HTTP",
    help="Answer the same methods over HTTP with JSON at HOST:PORT. Needs the extra `http`.",
)
@option(
    "--processes",
    type=click.IntRange(1, 256),
    default=lambda: len(os.sched_getaffinity(0)),
    show_default="the cores it may use",
    envvar="SCONTO_PROCESSES",
    help="Processes that answer; more than one have a further process that commits for all.",
)
@option(
    "--model-timeout-ms",
    type=click.IntRange(1, 10_000),
    default=DEFAULTS.model_timeout_ms,
    help="Time limit of the model; without its answer rules alone decide.",
)
@option(
    "--reflection/--no-reflection",
    default=DEFAULTS.reflection,
    help="Describe the server to tools such as grpcurl.",
)
def serve(rules: Path, http: str | None, **options: Any) -> None:
    """Answer Decide calls over gRPC, and HTTP where asked for, until SIGTERM or Ctrl-C.

    Changed rule files come into force without a restart when they pass all checks; until then the
    rules before them decide. Once rules were published to this data folder, what
    was published decides, and rule files are ignored.

    On the way out, calls in flight are finished and health says NOT_SERVING.
    """
    settings = Settings(rules=rules, http=Address.of(http) if http else None, **options)
    from sconto.serving.run import run_server

    form = " (compiled core)" if CORE is not None else ""

    def ready(ports: Ports) -> None:
        click.echo(f"listening on {in_address(settings.host)}:{ports.grpc}{form}")
        if settings.http:
            click.echo(f"HTTP on {in_address(settings.http.host)}:{ports.http}")

    if settings.http:
        with needs_extra("http"):
            import_module("sconto.api.http.listen")
    run_server(settings, ready)
