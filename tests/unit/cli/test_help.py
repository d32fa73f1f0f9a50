"""Help: everywhere, with examples and exit codes, and quick to come."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main, sconto

ROOT = Path(__file__).parents[3]
SLOW = {
    *("cryptography", "durable", "durable_rules_engine", "google", "grpc", "jsonschema", "numpy"),
    *("onnxruntime", "polars", "pydantic", "rich", "torch", "yaml", "z3"),
}
LIGHT = {
    "sconto.compiled",
    "sconto.errors",
    "sconto.settings",
    "sconto.domain",
    "sconto.domain.reasons",
}
"""All that help may import outside of the command line."""


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to *command* and to each command in it."""
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            yield from paths(child, (*path, name))


@pytest.mark.parametrize("path", list(paths(sconto)), ids=" ".join)
def test_every_command_explains_itself(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """`--help` of every command shows what to type and what its exit codes mean."""
    assert Exit.OK == main([*path, "--help"])
    said = capsys.readouterr().out

    assert f"  Examples:\n    {' '.join(('sconto', *path))}" in said.replace(
        "cat request.json | ", ""
    )
    assert "  Exit codes:\n    0   done\n" in said


def test_every_command_has_a_module_of_its_name_and_every_module_its_command() -> None:
    """A command is found by its name, and none is written and left out of its group."""
    written = {
        tuple(name.removesuffix("_").split(".")[2:])
        for name in modules_of("sconto.cli")
        if isinstance(getattr(import_module(name), name.rpartition(".")[2], None), click.Command)
    }

    assert written == {tuple(word.replace("-", "_") for word in path) for path in paths(sconto)} - {
        ()
    }


def modules_of(package: str) -> Iterator[str]:
    """The modules in *package* and in the packages below it."""
    path = import_module(package).__path__
    return (found.name for found in pkgutil.walk_packages(path, f"{package}."))


def test_every_command_is_on_the_page() -> None:
    """docs/cli.md has a section for every command."""
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")

    missing = [p for p in paths(sconto) if f"\n## `{' '.join(('sconto', *p))}`\n" not in page]
    assert [] == missing


@pytest.mark.parametrize("group", [[], ["rules"], ["log"], ["learn"]], ids=str)
def test_a_bare_group_shows_its_help_and_is_wrong_usage(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who types only the first word learns the next one, and a script notices its mistake."""
    assert Exit.USAGE == main(group)
    assert "Commands:" in capsys.readouterr().out


def modules_after(*lines: list[str]) -> set[str]:
    """The modules that a process has imported after it ran the command *lines*."""
    script = (
        "import sys\n"
        "from sconto.cli.main import main\n"
        f"assert {{main(words) for words in {lines!r}}} == {{0}}\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return {*done.stdout.decode().splitlines()[-1].split()}


def test_help_imports_only_what_it_shows() -> None:
    """A person who asks for help does not wait for what the command itself needs.

    The help of `rules backtest` lists metrics, which are defined beside what they count.
    """
    asked = [[*path, "--help"] for path in paths(sconto) if path != ("rules", "backtest")]
    loaded = modules_after(*asked)

    outside = {m for m in loaded if m.startswith("sconto.") and not m.startswith("sconto.cli")}
    assert LIGHT == outside
    assert set() == {module.partition(".")[0] for module in loaded} & SLOW


def test_version_imports_no_other_command() -> None:
    """The module of a command is imported when that command is used."""
    loaded = modules_after(["version"])

    assert {
        "sconto.cli",
        *(f"sconto.cli.{name}" for name in ("exit_codes", "main", "options", "output", "version")),
        *("sconto.compiled", "sconto.errors"),
    } == {module for module in loaded if module.startswith("sconto.")}
    assert set() == {module.partition(".")[0] for module in loaded} & SLOW
