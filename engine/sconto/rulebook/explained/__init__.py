"""What every finding code means, with a wrong and a right example: docs/lint.md and SARIF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.explained.files import FILES
from sconto.rulebook.explained.meanings import MEANINGS
from sconto.rulebook.explained.page import Explained
from sconto.rulebook.explained.parts import PARTS
from sconto.rulebook.explained.tests import TESTS
from sconto.rulebook.explained.words import WORDS

EXPLAINED: Final[Mapping[str, Explained]] = {**FILES, **WORDS, **PARTS, **MEANINGS, **TESTS}
"""By code; a test holds that every code is here."""

__all__ = ["EXPLAINED", "Explained"]
