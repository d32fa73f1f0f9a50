"""The pages are complete: whatever a reader can meet stands in one of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile

import click
import pytest

from architecture.sources import ROOT
from sconto.api.status import ROWS
from sconto.cli.exit_codes import Exit
from sconto.cli.main import sconto
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.domain.record import SCHEMA
from sconto.rulebook.codes import CODES
from sconto.rulebook.documents import MODELS
from sconto.settings import Settings


def commands(group: click.Command, name: str) -> Iterator[str]:
    """Every command below *group* as a person types it."""
    if not isinstance(group, click.Group):
        yield name
        return
    for word in group.list_commands(click.Context(group)):
        yield from commands(named(group, word), f"{name} {word}")


def named(group: click.Group, word: str) -> click.Command:
    """The command *word* of *group*."""
    command = group.get_command(click.Context(group), word)
    assert command is not None, word
    return command


def shown_commands() -> Iterator[tuple[str, str]]:
    """Every `sconto ...` line in the shell blocks of the pages, with its page."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            yield from ((page.name, line) for line in lines if line.startswith("sconto "))


IN_PAGES = {
    "reasons.md": {code.name for code in ReasonCode},
    "errors.md": set(ROWS),
    "lint.md": {f"\n## {code}\n" for code in CODES},
    "cli.md": {*commands(sconto, "sconto")},
    "rules.md": set(MODELS),
    "compliance.md": {SCHEMA, *(r.name for r in Rung), *(c.name for c in RungCause)},
    "operator.md": {str(code.value) for code in Exit},
    "settings.md": {f"| `{name}` |" for name in Settings.__dataclass_fields__},
    "README.md": {page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"},
}


@pytest.mark.parametrize("page", IN_PAGES)
def test_a_page_names_everything_of_its_subject(page: str) -> None:
    """Each reason, error, finding, command, rule kind, setting and guide is on its page."""
    text = (ROOT / "docs" / page).read_text()

    assert [] == sorted(thing for thing in IN_PAGES[page] if thing not in text)


def to_save(page: str) -> set[str]:
    """The files that *page* tells its reader to save: blocks that begin with their path."""
    path = ROOT / page if page == "README.md" else ROOT / "docs" / page
    return {*re.findall(r"^```\w+\n# (\S+/\S+)\n", path.read_text(), re.MULTILINE)}


@pytest.mark.parametrize(("page", "line"), [*shown_commands()])
def test_a_shown_command_is_one_that_the_command_line_takes(
    page: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, options and arguments in the pages are those of the command line."""
    said = ({"rules": "rules"}, ())
    monkeypatch.setattr("sconto.cli.settings_file.read_settings", lambda *_: said)
    words = [*takewhile(lambda word: word not in {"|", ">"}, shlex.split(line, comments=True))][1:]
    command: click.Command = sconto
    while isinstance(command, click.Group):
        command = named(command, words.pop(0))
    if to_save(page) & {*words}:
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                monkeypatch.setattr(parameter.type, "exists", False)

    command.make_context(page, words)


def test_every_adr_has_its_own_number() -> None:
    """The next free one, which its title has too."""
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    titles = [int(page.read_text().removeprefix("# ").partition(".")[0]) for page in pages]

    assert titles == [int(page.name[:4]) for page in pages] == [*range(1, len(pages) + 1)]
