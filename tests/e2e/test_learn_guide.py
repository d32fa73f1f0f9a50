"""The guide's whole recipe, its data and its commands, run exactly as they stand on the page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.served import ROOT

PAGE = (ROOT / "docs" / "data-science.md").read_text(encoding="utf-8")
SECONDS = 200


def block(language: str) -> str:
    """The one block in *language* of the section with the whole recipe."""
    _, section = PAGE.split("### A whole recipe, to begin with\n")
    section, _ = section.split("\n### ", 1)
    (found,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(found)


@pytest.mark.slow
@pytest.mark.timeout(4 * SECONDS)
def test_who_copies_the_page_gets_a_model_and_a_card(tmp_path: Path) -> None:
    """Each command ends well, and what the page says it writes is there."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(block("yaml"), encoding="utf-8")
    (folder / "make.py").write_text(block("python"), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for line in block("sh").splitlines():
        done = subprocess.run(
            shlex.split(line),
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert 0 == done.returncode, (line, done.stdout, done.stderr)

    assert (folder / "model" / "manifest.json").exists()
    card = (folder / "judged" / "card.md").read_text(encoding="utf-8")
    assert (
        "## What it is worth\n\n- In value less cost per row, the choice of `dnn by gain`" in card
    )
