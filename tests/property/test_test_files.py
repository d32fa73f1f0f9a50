"""Test files of any content: findings or results, never a traceback."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sconto.cli.rules.test import test as command
from support.tested_rules import CASES, FILES, ruleset_with_tests

NAMES = (CASES, "cases/fixtures.yaml")
ODD = (
    "", "~", "[]", "{}", "-1", "0", "1e3", "true", "none", '"0"', '"0.001"', '"999999999999"',
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "[0 days]", "[999999 days]", "cheese", "[cheese, cheese]", "US-TN", "cheese 5 %", "x: y",
    "{like: often-here}", '"\\0"', "a: {b: [c, {d: e}]}",
)  # fmt: skip
"""What somebody might write anywhere, or what falls out of a broken editor."""

PLACES = st.tuples(st.sampled_from(NAMES), st.integers(0, 300), st.sampled_from(ODD))
WORD = re.compile(r'"[^"]*"|[^\s\[\]{}:,#]+|\n')


def _edited(text: str, number: int, odd: str) -> str:
    """*text* with one of its words, or a line break, replaced by *odd*."""
    words = list(WORD.finditer(text))
    word = words[number % len(words)]
    return text[: word.start()] + odd + text[word.end() :]


@given(edits=st.lists(PLACES, min_size=1, max_size=3))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_test_file_gives_a_traceback(tmp_path: Path, edits: list[tuple[str, int, str]]) -> None:
    """Whatever is wrong is said with its place, and the exit code is one of ours."""
    files = {name: FILES[name] for name in NAMES}
    for name, number, odd in edits:
        files[name] = _edited(files[name], number, odd)
    folder = ruleset_with_tests(tmp_path / "rules")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(command, [str(folder), "--coverage"])
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        result.exc_info and result.exc_info[1]
    )
    assert result.exit_code in {0, 1, 3}
