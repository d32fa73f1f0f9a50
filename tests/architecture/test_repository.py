"""The repository tells the truth: commands exist, pages are complete, nothing names a machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from architecture.sources import ENGINE, ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.md")]
)
BUILD_MACHINE = re.compile(r"(?<![\w.-])/(?:work|opt|tmp/brief|root)/")


def test_documented_make_commands_exist() -> None:
    """Every `make ...` that a page shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }

    assert {("README.md", "run"), ("README.md", "test")} <= shown
    assert set() == {(page, target) for page, target in shown if target not in targets}


def test_a_bare_make_lists_its_targets() -> None:
    """`make` alone prints one line for each target, and does nothing."""
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {"run", "test", "lint", "bench", "generate", "train", "golden", "clean"} <= {
        line.split()[1] for line in done.stdout.splitlines()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link of a page names a file that is there."""
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())

    assert [] == [link for link in links if not (page.parent / link).exists()]


def test_pages_name_modules_that_exist() -> None:
    """A Python file that a page names, from the root or from the package, is there."""
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(r"`([a-z_0-9/]+/[a-z_0-9]+\.py)`", page.read_text())
    }

    assert ("ARCHITECTURE.md", "app/decide.py") in named
    assert set() == {
        (page, path)
        for page, path in named
        if not ((ROOT / path).exists() or (ENGINE / path).exists())
    }


def test_nothing_names_the_machine_it_was_written_on() -> None:
    """No file in the repository holds a path that only one machine has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    found = [
        str(path.relative_to(ROOT))
        for path in paths
        if path.is_file() and BUILD_MACHINE.search(path.read_bytes().decode(errors="replace"))
    ]

    assert [] == found
