"""The card says the same of the same figures, in the words of its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/judge`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

from sconto.learning.judge.card import card
from unit.learning.judge.judged import some_figures

EXPECTED = Path(__file__).parent / "card.md"


def test_the_card_is_told_in_reviewed_words() -> None:
    """Every sentence and table of the card must be as it was reviewed."""
    told = card(some_figures())
    if os.environ.get("UPDATE_GOLDEN"):
        EXPECTED.write_text(told, encoding="utf-8")

    assert EXPECTED.read_text(encoding="utf-8") == told
