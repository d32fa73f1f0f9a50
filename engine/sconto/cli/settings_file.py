"""The settings file: what it says stands in for options that are not given."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.options import FILE, option
from sconto.errors import Unavailable

if TYPE_CHECKING:
    from sconto.errors import RuleFinding
    from sconto.rulebook.findings import Report, Source

NAME: Final = "settings"


def settings_option(function: Any) -> Any:
    """Give *function*, a command, the option that names the settings file."""
    return option(
        "--settings",
        NAME,
        type=FILE,
        envvar="SCONTO_SETTINGS",
        is_eager=True,
        expose_value=False,
        callback=_take,
        help="YAML file of settings. Options and variables come before it.",
    )(function)


def _take(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    values, found = read_settings(ctx, path)
    if found:
        from sconto.cli.findings import summary
        from sconto.rulebook.findings import as_text

        click.echo(as_text(found), err=True)
        raise Unavailable(f"the settings can't be used: {summary(found)}", "mend what is named")
    ctx.default_map = values


def read_settings(ctx: click.Context, path: Path) -> tuple[dict[str, Any], tuple[RuleFinding, ...]]:
    """The defaults that the file *path* gives the options of *ctx*, and all that is wrong with it.

    A path in it is taken from the folder of the file.
    """
    from sconto.rulebook.findings import Position, Report, Source, did_you_mean
    from sconto.rulebook.read.strict_yaml import MAX_BYTES, parse_yaml

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"can't read the file: {(error.strerror or 'it can not be opened').lower()}"
        advice = "name the settings file of this server"
        return {}, (Source(str(path)).finding(Position(), "FIL-006", message, advice),)
    parsed = parse_yaml(raw, str(path))
    if parsed.findings:
        return {}, tuple(map(_about_settings, parsed.findings))
    known = {p.name or "": p for p in ctx.command.params if _settable(p)}
    report, source, values = Report(), parsed.source, {}
    for key, value in parsed.value.items():
        if key not in known:
            at, message = source.key_at((key,)), f"key `{key}` is not known here"
            report.extend([source.finding(at, "SCH-003", message, did_you_mean(key, known))])
        else:
            values[key] = _checked(ctx, known[key], _from(path, known[key], value), source, report)
    return values, report.findings


def _about_settings(found: RuleFinding) -> RuleFinding:
    """*found* without what is right of rule files alone."""
    if found.code != "YML-014":
        return found
    message, advice = "the file holds no settings", "write keys and values, like `port: 8470`"
    return replace(found, message=message, help=advice)


def _settable(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and param.expose_value and param.envvar is not None


def _from(path: Path, param: click.Parameter, value: Any) -> Any:
    if isinstance(param.type, click.Path) and isinstance(value, str):
        return os.path.normpath(path.parent / value)
    return value


def _checked(
    ctx: click.Context, param: click.Parameter, value: Any, source: Source, report: Report
) -> Any:
    """*value* as the option *param* takes it from a default; what is wrong goes to *report*."""
    from sconto.rulebook.findings import shown

    at, advice = (param.name or "",), str(getattr(param, "help", ""))
    wanted, kinds = _wanted(param)
    if type(value) not in kinds:
        message = f"`{param.name}` must be {wanted}, got {shown(value)}"
        report.add(source, at, "SCH-004", message, advice)
        return None
    try:
        param.process_value(ctx, value)
    except click.BadParameter as error:
        message = error.message.rstrip(".").replace("'", "`")
        report.add(source, at, "SCH-005", f"`{param.name}`: {message}", advice)
    return value


def _wanted(param: click.Parameter) -> tuple[str, tuple[type, ...]]:
    match param.type:
        case click.types.BoolParamType():
            return "true or false", (bool,)
        case click.types.IntParamType():
            return "a whole number", (int,)
        case click.types.FloatParamType():
            return "a number, with quotes when it has a decimal point", (int, str)
        case _:
            return "text", (str,)
