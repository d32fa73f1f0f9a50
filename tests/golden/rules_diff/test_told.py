"""Every edit is told in exactly the words of its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules_diff`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden.rules_diff.scenarios import SCENARIOS
from support.editing import diff_of

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_edit_is_told_as_reviewed(name: str) -> None:
    """What the change means, file by file, and what follows from it together."""
    found = diff_of(*SCENARIOS[name])
    told = "".join(f"{s.file}: {s.sentence}\n" for s in found.sentences)
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)

    assert golden.read_text() == told


def test_no_telling_is_left_over() -> None:
    """A file without its edit would never fail."""
    assert set(SCENARIOS) == {p.stem for p in HERE.glob("*.txt")}
