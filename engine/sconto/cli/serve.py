"""`sconto serve`: the decision server."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import command
from sconto.cli.server_options import server_options, settings_from
from sconto.compiled import CORE
from sconto.settings import in_address

if TYPE_CHECKING:
    from sconto.serving.address import Ports


@command(
    "sconto serve --rules rules/retail --model models/retail",
    "sconto serve --rules rules/retail --people people.yaml",
    "sconto serve --rules rules/retail --port 0 --processes 1",
    "sconto serve --rules rules/retail --http 127.0.0.1:8471",
    "sconto serve --settings sconto.yaml",
    "sconto serve --rules rules/retail --store postgresql://sconto@db/sconto",
    "SCONTO_RULES=rules/retail SCONTO_DATA=/var/lib/sconto sconto serve",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
)
@server_options
def serve(**options: Any) -> None:
    """Answer Decide calls over gRPC, and HTTP where asked for, until SIGTERM or Ctrl-C.

    Changed rule files come into force without a restart when they pass all checks; until then the
    rules before them decide. Once rules were published to this data folder, what
    was published decides, and rule files are ignored.

    An option comes before its variable in the environment, that before the settings file, and that
    before the default.

    On the way out, calls in flight are finished and health says NOT_SERVING.
    """
    settings = settings_from(options)
    from sconto.serving.run import run_server

    form = " (compiled core)" if CORE is not None else ""

    def ready(ports: Ports) -> None:
        click.echo(f"listening on {in_address(settings.host)}:{ports.grpc}{form}")
        if settings.http:
            click.echo(f"HTTP on {in_address(settings.http.host)}:{ports.http}")
        if settings.metrics:
            click.echo(f"metrics on {in_address(settings.metrics.host)}:{ports.metrics}")

    if settings.http:
        with needs_extra("http"):
            import_module("sconto.api.http.listen")
    if settings.traces:
        with needs_extra("tracing"):
            import_module("opentelemetry.exporter.otlp.proto.grpc")
    run_server(settings, ready)
