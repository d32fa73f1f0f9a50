"""Help: everywhere, with examples and exit codes, and quick to come."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sconto.cli.exits import Exit
from sconto.cli.main import main, sconto

ROOT = Path(__file__).parents[3]
SLOW = ("grpc", "google.protobuf", "onnxruntime", "torch", "numpy", "pydantic", "polars")


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to *command* and to each command in it."""
    yield path
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
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


def test_help_and_version_load_nothing_slow() -> None:
    """`sconto --help` must not wait for grpc, onnxruntime or torch."""
    script = (
        "import sys\n"
        "from sconto.cli.main import main\n"
        "assert main(['--help']) == 0 and main(['version']) == 0\n"
        f"print('LOADED', [m for m in {SLOW!r} if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert "LOADED []" == done.stdout.decode().splitlines()[-1]
