"""Shared by all commands: groups, options, and help texts with examples and exit codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.exceptions import NoSuchCommand

from sconto.cli.exit_codes import MEANINGS, Exit, needs_extra

_CallableT = TypeVar("_CallableT", bound=Callable[..., Any])

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
USUAL_EXITS: Final = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


MAX_PORT: Final = 65_535

PATH: Final = click.Path(path_type=Path)
FILE: Final = click.Path(dir_okay=False, path_type=Path)


class Commands(click.Group):
    """A group whose commands are imported when they are used; called bare, it shows its help.

    The command `name` is the attribute `name` of the module `package.name`, with `_` for `-`, and
    with `_` behind a keyword.
    """

    def __init__(self, *args: Any, package: str, modules: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._modules = {name: f"{package}.{_attribute(name)}" for name in modules}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help text."""
        return sorted({*self._modules, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command *cmd_name*; imports its module on first use."""
        module = self._modules.get(cmd_name)
        if module is not None and cmd_name not in self.commands:
            name = module.rpartition(".")[2]
            self.add_command(getattr(import_module(module), name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that *args* begins with; the error for none looks at all there are."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as unknown:
            # Click's own would look at those that are imported.
            known = self.list_commands(ctx)
            raise NoSuchCommand(unknown.command_name, possibilities=known, ctx=ctx) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*; without any, print the help and end as wrong usage."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit(Exit.USAGE)
        return super().parse_args(ctx, args)


def _attribute(name: str) -> str:
    return f"{name.replace('-', '_')}{'_' if iskeyword(name) else ''}"


class Instant(click.ParamType[int]):
    """A day or an instant, as microseconds since 1970-01-01 UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The instant that *value* names; a day alone means its midnight UTC."""
        if isinstance(value, int):
            return value
        try:
            return (_instant(str(value)) - EPOCH) // MICROSECOND
        except ValueError:
            self.fail(
                f"`{value}` is not a day like 2026-11-24 or an instant like 2026-11-24T09:30:00Z",
                param,
                ctx,
            )


def _instant(text: str) -> datetime:
    if len(text) == len("2026-11-24"):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


def epilog(examples: Sequence[str], exits: Sequence[Exit]) -> str:
    """The end of a help text: *examples* to copy, and what the exit codes mean."""
    shown = "\n".join(f"  {example}" for example in examples)
    codes = "\n".join(f"  {code.value:<3} {MEANINGS[code]}" for code in exits)
    return f"\b\nExamples:\n{shown}\n\n\b\nExit codes:\n{codes}"


def command(
    *examples: str, name: str | None = None, exits: Sequence[Exit] = USUAL_EXITS
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command whose help ends with *examples* and *exits*."""
    return click.command(name, epilog=epilog(examples, exits))


def group(
    *examples: str, package: str, modules: Sequence[str], **options: Any
) -> Callable[[Callable[..., Any]], click.Group]:
    """Make a function the group of the commands in *modules* of *package*."""
    text = epilog(examples, options.pop("exits", USUAL_EXITS))
    return click.group(cls=Commands, package=package, modules=modules, epilog=text, **options)


def option(*names: str, **settings: Any) -> Callable[[_CallableT], _CallableT]:
    """An option whose help shows its default, where there is one, and its environment variable."""
    settings.setdefault("show_default", settings.get("default") not in {None, ""})
    return click.option(*names, show_envvar="envvar" in settings, **settings)


def address(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """*value*, as an option's callback; refused unless it is HOST:PORT."""
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise click.BadParameter(f"`{value}` is not HOST:PORT", ctx, param)
    return value


FORMAT = option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format.",
)
"""How a command prints."""

_RULES_OPTION: Final = partial(
    option, "--rules", type=PATH, envvar="SCONTO_RULES", help="Folder of rule files."
)

RULES = _RULES_OPTION()
"""The rule files, where they may be left out."""

REQUIRED_RULES = _RULES_OPTION(required=True)
"""The rule files, for a command that needs them."""

_MODEL_OPTION: Final = partial(
    option,
    "--model",
    type=PATH,
    envvar="SCONTO_MODEL",
)

MODEL = _MODEL_OPTION(help="Folder of the model; without one, rules alone answer.")
"""The model, where it may be left out."""

REQUIRED_MODEL = _MODEL_OPTION(required=True, help="Folder of the model.")
"""The model, for a command that needs one."""

NAMING_MODEL = _MODEL_OPTION(help="Folder of the model, for the names of its inputs.")
"""The model, for a command that only names its recorded inputs."""

DATA = option(
    "--data",
    type=PATH,
    default=Path("var/sconto"),
    envvar="SCONTO_DATA",
    help="Folder of the decision log.",
)
"""Where the decision log lives."""


LOG_KEY = option(
    "--key",
    type=FILE,
    required=True,
    help="File of the log's public key, the server's `log.pub`.",
)
"""Whose signatures on the log are trusted."""


def database(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """*value*, as an option's callback; refused unless it is the URL of a PostgreSQL database."""
    if value is None:
        return None
    # No message shows the rest: it may hold a password.
    scheme = value.partition("://")[0] if "://" in value else ""
    if scheme not in {"postgresql", "postgres"}:
        found = f"begins with `{scheme}://`" if scheme else "has no scheme"
        message = f"it {found}, and must be a URL like postgresql://USER@HOST/DATABASE"
        raise click.BadParameter(message, ctx, param)
    with needs_extra("postgres"):
        conninfo = import_module("psycopg.conninfo")
    try:
        conninfo.conninfo_to_dict(value)
    except conninfo.e.ProgrammingError as error:
        message = "it must be a URL like postgresql://USER@HOST/DATABASE; see libpq's manual"
        raise click.BadParameter(message, ctx, param) from error
    return value


STORE_OPTION: Final = partial(
    option, "--store", callback=database, envvar="SCONTO_STORE", metavar="URL"
)

STORE = STORE_OPTION(
    help="PostgreSQL database of the decision log, as postgresql://...; the key stays in `--data`."
)
"""Where the decision log lives instead, for replicas that share it."""

STORE_TO_READ = STORE_OPTION(help="PostgreSQL database of the decision log, as postgresql://...")
"""The same, for a command that reads it."""
