"""A real log of hotel bookings, changed rules for it, and the command line in this process."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from sconto.cli.main import main
from support.commands import Ran

ROOT = Path(__file__).parents[2]
GENEROUS = {
    'from_half: "50.8 %"': 'from_half: "70 %"',
    'from_half: "51.6 %"': 'from_half: "80 %"',
    'from_half: "52.7 %"': 'from_half: "90 %"',
}
"""Under this assumed response discounts are worth giving to many."""
UNTIL = "2026-11-20"


def fill(data: Path, rules: Path, count: int, seed: str = "test") -> int:
    """Fill a log of *count* bookings in *data*, decided on *rules*; the exit code."""
    return main(
        [
            "play", "--history", str(count), "--days", "12", "--until", UNTIL, "--seed", seed,
            "--rules", str(rules), "--samples", str(ROOT / "samples"), "--data", str(data),
        ]
    )  # fmt: skip


def backtest(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Ran:
    """Run `sconto rules backtest` with *words*, in one process unless they say otherwise."""
    capsys.readouterr()
    code = main(["rules", "backtest", "--workers", "1", *map(str, words)])
    out, err = capsys.readouterr()
    return Ran(code, out, err)


def rules_in(folder: Path, edits: Mapping[str, Mapping[str, str]] | None = None) -> Path:
    """The rules of travel in *folder*, with a generous response, and texts in files changed."""
    shutil.copytree(ROOT / "rules" / "legal", folder / "legal")
    shutil.copytree(ROOT / "rules" / "travel", folder / "travel")
    for file, changes in {"objective.yaml": GENEROUS, **(edits or {})}.items():
        path = folder / "travel" / file
        text = path.read_text()
        for before, after in changes.items():
            assert before in text
            text = text.replace(before, after)
        path.write_text(text)
    return folder / "travel"
