"""Every page runs from its raw file to a served answer, as a script and as a document."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.sources import ROOT

PAGES = ROOT / "notebooks"
SMALL = ("--rows", "1500", "--epochs", "1", "--members", "2")
HOUSEHOLDS = ("--rows", "250", "--epochs", "1", "--members", "2")

RUNS = {
    "ecommerce": (SMALL, ("10 chances served",)),
    "email_campaign": (SMALL, ("SYNTHETIC DATA", "10 chances served")),
    "finance": (SMALL, ("20 chances served",)),
    "retail": (HOUSEHOLDS, ("a return is worth", "on the rung MODEL")),
    "travel": (SMALL, ("10 chances served",)),
}

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """*command* by this Python, in one thread, with *folder* for what it keeps meanwhile."""
    alone = os.environ | {"OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=alone,
    )


def test_every_page_is_run_and_listed() -> None:
    """A page that nobody runs, or that the guide does not name, must not exist."""
    pages = {path.stem for path in PAGES.glob("*.py") if "marimo.App" in path.read_text()}
    guide = (ROOT / "docs" / "data-science.md").read_text()

    assert pages == set(RUNS)
    assert [] == [name for name in pages if f"notebooks/{name}.py" not in guide]


@pytest.mark.parametrize("name", RUNS)
def test_a_page_runs_as_a_script(name: str, tmp_path: Path) -> None:
    """From the raw file to what is served, on a sample, and nothing is left behind."""
    words, told = RUNS[name]

    done = run(tmp_path, PAGES / f"{name}.py", *words)

    assert 0 == done.returncode, done.stderr
    assert f"{name}: " in done.stdout
    assert [] == [part for part in (*told, "rows learnt from", "dnn") if part not in done.stdout]
    assert [] == [*tmp_path.glob("sconto-*")]


def test_a_page_is_written_as_a_document(tmp_path: Path) -> None:
    """`marimo export html` must run every cell and keep what they show."""
    out = tmp_path / "page.html"
    words = (
        "export",
        "html",
        PAGES / "email_campaign.py",
        "-o",
        out,
        "--no-include-code",
        "--",
        *SMALL,
    )

    done = run(tmp_path, "-m", "marimo", *words)

    assert 0 == done.returncode, done.stderr
    assert "NO CONCLUSIONS" in out.read_text()


def test_the_pages_are_well_formed() -> None:
    """Marimo's own linter must find nothing: no name defined twice, no cell in a circle."""
    pages = [PAGES / f"{name}.py" for name in RUNS]

    done = run(PAGES, "-m", "marimo", "check", "--strict", *pages)

    assert (0, "") == (done.returncode, done.stdout.strip()), done.stderr
