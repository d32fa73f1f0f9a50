"""Every page runs from its raw file to a served answer, as a script and as a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.sources import ROOT
from support import pages

PAGES = ROOT / "notebooks"
SMALL = ("--rows", "500", "--epochs", "1", "--members", "2")
HOUSEHOLDS = ("--rows", "120", "--epochs", "1", "--members", "2")

DOCUMENT = "email_campaign"
"""The page that is written as a document, which runs its cells as well."""
SCRIPTS = {
    "ecommerce": (SMALL, ("10 chances served",)),
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


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what every script printed; nothing else is left behind by them."""
    folder, meanwhile = tmp_path_factory.mktemp("told"), tmp_path_factory.mktemp("meanwhile")
    for name, (words, _) in SCRIPTS.items():
        (folder / f"{name}.json").write_text(json.dumps([f"{name}.py", *words]))

    done = run(meanwhile, pages.__file__, folder)

    assert 0 == done.returncode, done.stderr
    assert [] == [*meanwhile.glob("sconto-*")]
    return folder


def test_every_page_is_run_and_listed() -> None:
    """A page that nobody runs, or that the guide does not name, must not exist."""
    found = {path.stem for path in PAGES.glob("*.py") if "marimo.App" in path.read_text()}
    guide = (ROOT / "docs" / "data-science.md").read_text()

    assert found == {*SCRIPTS, DOCUMENT}
    assert [] == [name for name in found if f"notebooks/{name}.py" not in guide]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_runs_as_a_script(name: str, told: Path) -> None:
    """From the raw file to what is served, on a sample."""
    printed = (told / f"{name}.txt").read_text()

    assert f"{name}: " in printed
    wanted = (*SCRIPTS[name][1], "rows learnt from", "dnn")
    assert [] == [part for part in wanted if part not in printed]


def test_a_page_is_written_as_a_document(tmp_path: Path) -> None:
    """`marimo export html` must run every cell and keep what they show."""
    out, page = tmp_path / "page.html", PAGES / f"{DOCUMENT}.py"
    words = ("export", "html", page, "-o", out, "--no-include-code", "--", *SMALL)

    done = run(tmp_path, "-m", "marimo", *words)

    assert 0 == done.returncode, done.stderr
    assert "NO CONCLUSIONS" in out.read_text()
    # What cells print goes to standard error, so that a document can go to standard output.
    wanted = (f"{DOCUMENT}: ", "SYNTHETIC DATA", "10 chances served", "rows learnt from", "dnn")
    assert [] == [part for part in wanted if part not in done.stderr]


def test_the_pages_are_well_formed() -> None:
    """Marimo's own linter must find nothing: no name defined twice, no cell in a circle."""
    every = [PAGES / f"{name}.py" for name in (*SCRIPTS, DOCUMENT)]

    done = run(PAGES, "-m", "marimo", "check", "--strict", *every)

    assert (0, "") == (done.returncode, done.stdout.strip()), done.stderr
