"""The settings file: what it stands in for, and what is said of one that can't be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.serve import serve
from sconto.cli.server_options import settings_from
from sconto.settings import Address, Settings
from support.commands import ran

OPERATOR = (Path(__file__).parents[3] / "docs" / "operator.md").read_text()


def saved(folder: Path, text: str) -> str:
    """The path of a settings file in *folder* that says *text*."""
    path = folder / "sconto.yaml"
    path.write_text(text)
    return str(path)


def read(*words: str) -> Settings:
    """The settings that `sconto serve` runs on, given *words*."""
    return settings_from(serve.make_context("serve", list(words)).params)


def test_every_setting_is_an_option_with_a_variable_and_a_key() -> None:
    """Whatever an operator can set can be set in each of the three ways."""
    options = {p.name: p.envvar for p in serve.params if p.expose_value}

    assert {name: f"SCONTO_{name.upper()}" for name in Settings.__dataclass_fields__} == options


def test_an_option_comes_before_its_variable_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each setting is what the first of option, variable, file and default says."""
    text = "rules: there\nhost: file\nport: 1\nmodel_timeout_ms: 2\nreflection: false\n"
    monkeypatch.setenv("SCONTO_SETTINGS", saved(tmp_path, text))
    monkeypatch.setenv("SCONTO_PORT", "3")
    monkeypatch.setenv("SCONTO_HOST", "variable")

    settings = read("--host", "option")

    assert ("option", 3, 2) == (settings.host, settings.port, settings.model_timeout_ms)
    assert (False, 0.5) == (settings.reflection, settings.drain_seconds)


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path) -> None:
    """A file means the same from wherever the server is started."""
    text = 'rules: ../rules\ndata: /var/lib/sconto\nhttp: 127.0.0.1:1\ndrain_seconds: "2.5"\n'
    settings = read("--settings", saved(tmp_path, text))

    assert (tmp_path.parent / "rules", Path("/var/lib/sconto")) == (settings.rules, settings.data)
    assert (Address("127.0.0.1", 1), 2.5) == (settings.http, settings.drain_seconds)


WRONG = {
    "prot: 70": ("1:1: error SCH-003 key `prot` is not known here", "did you mean `port`?"),
    'port: "80"': ("1:7: error SCH-004 `port` must be a whole number", "Port to listen on"),
    "port: 70000": ("1:7: error SCH-005 `port`: 70000 is not in the range", "Port to listen on"),
    "processes: true": ("1:12: error SCH-004 `processes` must be a whole number", "Processes that"),
    "reflection: 1": ("1:13: error SCH-004 `reflection` must be true or false", "Describe the"),
    "http: nowhere": ("1:7: error SCH-005 `http`: `nowhere` is not HOST:PORT", "Answer the same"),
    "host:": ("1:6: error SCH-004 `host` must be text, got nothing", "Address to listen on"),
    "settings: other.yaml": ("1:1: error SCH-003 key `settings` is not known here", "known are"),
    "drain_seconds: 0.5": ("1:16: error YML-011 decimal number `0.5`", 'quote it: `"0.5"`'),
    "- port": ("1:1: error YML-014 the file holds no settings", "like `port: 8470`"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_slip_is_told_with_its_place_and_what_to_do(tmp_path: Path, text: str) -> None:
    """A settings file is as strict as a rule file, and its errors as good."""
    path = saved(tmp_path, f"{text}\n")
    refused = ran("serve", "--rules", tmp_path, "--settings", path)

    message, advice = WRONG[text]
    assert Exit.UNAVAILABLE == refused.code
    assert f"{path}:{message}" in refused.err
    assert re.search(rf"\n  help: .*{re.escape(advice)}", refused.err)


def test_all_slips_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one error at a time."""
    refused = ran("serve", "--settings", saved(tmp_path, "prot: 1\nport: x\nhttp: y\n"))

    assert "error: the settings can't be used: 3 errors, 0 warnings in 1 file\n" in refused.err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A misspelt name never means the defaults."""
    refused = ran("serve", "--settings", tmp_path / "none.yaml")

    assert Exit.UNAVAILABLE == refused.code
    assert "none.yaml:1:1: error FIL-006 can't read the file: no such file" in refused.err


def test_the_example_on_the_page_is_read(tmp_path: Path) -> None:
    """What docs/operator.md shows is a settings file."""
    shown: Any = re.search(r"```yaml\n(# sconto.yaml\n.*?)```", OPERATOR, re.DOTALL)
    settings = read("--settings", saved(tmp_path, shown[1]))

    assert (Path("/var/lib/sconto"), 2.5) == (settings.data, settings.drain_seconds)
