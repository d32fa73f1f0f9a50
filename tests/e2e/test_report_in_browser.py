"""The judge's report in a real browser, where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sconto.learning.judge.plots import PLOTS
from sconto.learning.judge.report import report
from unit.learning.judge.judged import some_figures

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--log-level=0", "--window-size=390,844"),
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def opened(page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """What Chromium says of *page*, on a screen as wide as a phone's."""
    profile = page.parent / "profile"
    words = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)


def test_a_browser_shows_all_of_it_and_complains_of_nothing(tmp_path: Path) -> None:
    """Every section, table and plot must be there, and the page's own policy refuse none of it."""
    page = tmp_path / "report.html"
    page.write_text(report(some_figures()))

    told = opened(page, "--dump-dom")

    assert len(PLOTS) == told.stdout.count("<svg")
    assert "<caption>Gates of the recipe" in told.stdout
    assert "Refused to" not in told.stderr
    assert "CONSOLE" not in told.stderr


def test_a_browser_would_complain_of_a_script(tmp_path: Path) -> None:
    """The page's policy must be in force, or the test above would prove nothing."""
    page = tmp_path / "report.html"
    page.write_text(report(some_figures()).replace("</main>", "<script>1</script></main>"))

    assert "Content Security Policy" in opened(page, "--dump-dom").stderr


def test_it_can_be_printed(tmp_path: Path) -> None:
    """A browser must make a document of it."""
    page, document = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(report(some_figures()))

    opened(page, f"--print-to-pdf={document}")

    assert document.read_bytes().startswith(b"%PDF")
