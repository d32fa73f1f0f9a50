"""The guide's whole recipe, its data and its commands, run as they stand on the page."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from sconto.learning.networks import suite
from sconto.learning.networks.network import Fitting
from support.commands import ran
from support.served import ROOT

PAGE = (ROOT / "docs" / "data-science.md").read_text(encoding="utf-8")
CUSTOMERS = "range(3000)"
"""Of the page; the test makes up fewer, for it is not about what they teach."""


def block(language: str) -> str:
    """The one block in *language* of the section with the whole recipe."""
    _, section = PAGE.split("### A whole recipe, to begin with\n")
    section, _ = section.split("\n### ", 1)
    (found,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(found)


@pytest.mark.slow
def test_who_copies_the_page_gets_a_model_and_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command ends well, and what the page says it writes is there.

    Networks that are judged are two of one epoch: the page says nothing of what they earn.
    """
    monkeypatch.setattr(suite, "fitting", lambda _: Fitting(batch=256, members=2, epochs=1))
    folder = tmp_path / "letters"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    (folder / "recipe.yaml").write_text(block("yaml"), encoding="utf-8")
    assert CUSTOMERS in block("python")
    (folder / "make.py").write_text(block("python").replace(CUSTOMERS, "range(600)"))
    first, *commands = map(shlex.split, block("sh").splitlines())

    assert ["python", "letters/make.py"] == first
    runpy.run_path("letters/make.py")
    for program, *words in commands:
        done = ran(*words)
        assert ("sconto", 0) == (program, done.code), (words, done.out, done.err)

    assert (folder / "model" / "manifest.json").exists()
    card = (folder / "judged" / "card.md").read_text(encoding="utf-8")
    assert (
        "## What it is worth\n\n- In value less cost per row, the choice of `dnn by gain`" in card
    )
