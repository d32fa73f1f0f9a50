"""The options that say how a server runs: those of `sconto serve`, and the keys of its file."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from sconto.cli.options import DATA, FILE, MODEL, PATH, STORE, address, option
from sconto.cli.settings_file import settings_option
from sconto.settings import Address, Settings

_CallableT = TypeVar("_CallableT", bound=Callable[..., Any])

DEFAULTS: Final = Settings(rules=Path(), data=Path("var/sconto"))
"""Where the defaults of the options below come from."""

OF_TENANTS: Final = ("rules", "model", "data", "store", "keys", "people")
"""What each tenant has of its own."""


def _setting(*names: str, **settings: Any) -> Callable[[_CallableT], _CallableT]:
    """An option with the variable of its name."""
    name = names[0].partition("/")[0].removeprefix("--").replace("-", "_")
    return option(*names, envvar=f"SCONTO_{name.upper()}", **settings)


_OPTIONS: Final = (
    _setting("--rules", type=PATH, help="Folder of rule files; needed without --tenants."),
    MODEL,
    DATA,
    STORE,
    _setting(
        "--keys",
        type=PATH,
        show_default="beside --data, by its name and `.keys`",
        help="Folder of the key that signs the log, made when missing; back it up apart.",
    ),
    _setting(
        "--people",
        type=PATH,
        help="File of people who may publish rules; without one, nobody may.",
    ),
    _setting(
        "--callers",
        type=PATH,
        help="File of those who may call, and what each may do; without one, everybody may.",
    ),
    _setting(
        "--tenants",
        type=PATH,
        help="File of tenants, shops on one server that each have rules, data, store, model and "
        "people of their own; needs --callers.",
    ),
    _setting(
        "--begin-anew",
        is_flag=True,
        help="Make what is missing, though the log is there without its key, or the key without a "
        "log.",
    ),
    _setting(
        "--host",
        default=DEFAULTS.host,
        help="Address to listen on; another than a loopback one needs TLS with --callers or "
        "--client-ca, or --trust-network.",
    ),
    _setting(
        "--port",
        type=click.IntRange(0, 65535),
        default=DEFAULTS.port,
        help="Port to listen on; 0 takes a free one.",
    ),
    _setting(
        "--http",
        callback=address,
        help="Answer the same methods over HTTP with JSON at HOST:PORT. Needs the extra `http`.",
    ),
    _setting(
        "--tls-certificate",
        type=FILE,
        help="Answer over TLS with this chain of certificates, in PEM.",
    ),
    _setting("--tls-key", type=FILE, help="The key of that certificate, in PEM."),
    _setting(
        "--client-ca",
        type=FILE,
        help="Take calls only with a certificate that one of these authorities signed, in PEM.",
    ),
    _setting(
        "--trust-network",
        is_flag=True,
        help="Listen where other machines can call, though nothing here says who may: something in "
        "front of the server does.",
    ),
    _setting(
        "--metrics",
        callback=address,
        help="Let Prometheus read metrics at HOST:PORT. They say nothing of shoppers.",
    ),
    _setting(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default=DEFAULTS.log_format,
        help="How the log on standard error is written.",
    ),
    _setting(
        "--traces",
        is_flag=True,
        help="Follow one call in 100 by OpenTelemetry; variables OTEL_* say where to and how often."
        " Needs the extra `tracing`.",
    ),
    _setting(
        "--processes",
        type=click.IntRange(1, 256),
        default=lambda: len(os.sched_getaffinity(0)),
        show_default="the cores it may use",
        help="Processes that answer; more than one have a further process that commits for all.",
    ),
    _setting(
        "--model-timeout-ms",
        type=click.IntRange(1, 10_000),
        default=DEFAULTS.model_timeout_ms,
        help="Time limit of the model; without its answer rules alone decide.",
    ),
    _setting(
        "--drain-seconds",
        type=click.FloatRange(0, 600),
        default=DEFAULTS.drain_seconds,
        help="Time from saying NOT_SERVING to refusing calls, so that load balancers can notice.",
    ),
    _setting(
        "--rules-check-seconds",
        type=click.IntRange(1, 3_600),
        default=DEFAULTS.rules_check_seconds,
        help="Rules that take longer to check are not served.",
    ),
    _setting(
        "--rules-check-bytes",
        type=click.IntRange(min=64 * 1024**2),
        default=DEFAULTS.rules_check_bytes,
        help="Address space of the process that checks rules.",
    ),
    _setting(
        "--reflection/--no-reflection",
        default=DEFAULTS.reflection,
        show_default="on without --callers",
        help="Describe the server to everybody who asks, as tools such as grpcurl do.",
    ),
    settings_option,
)


def server_options(function: Any) -> Any:
    """Give *function*, a command, every option that says how a server runs."""
    return reduce(lambda decorated, one: one(decorated), reversed(_OPTIONS), function)


def _check_tenants(options: dict[str, Any]) -> None:
    """Raise UsageError where it is not clear whose rules, or whose anything else, they are."""
    if options["tenants"] is None:
        if options["rules"] is None:
            raise click.UsageError("Missing option '--rules', or '--tenants' for several shops.")
        return
    shared = [name for name in OF_TENANTS if options[name] not in {None, getattr(DEFAULTS, name)}]
    if shared:
        named = ", ".join(f"`--{name}`" for name in shared)
        raise click.UsageError(f"{named}: with `--tenants`, that is said for each tenant")
    if options["callers"] is None:
        raise click.UsageError("`--tenants` needs `--callers`, which says whose callers they are")
    options["rules"] = DEFAULTS.rules


def settings_from(options: dict[str, Any]) -> Settings:
    """The settings that the *options* of a command say."""
    _check_tenants(options)
    addresses = {name: options.pop(name) for name in ("http", "metrics")}
    read = {name: Address.of(text) if text else None for name, text in addresses.items()}
    settings = Settings(**options, **cast("dict[str, Any]", read))
    given = settings.tls_certificate, settings.tls_key, settings.client_ca
    if any(given) and settings.tls is None:
        raise click.UsageError("TLS needs both `--tls-certificate` and `--tls-key`")
    return settings
