"""Every finding code: its title, what it means, and a wrong and a right example of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.cases import CASES
from sconto.rulebook.codes.code import Code
from sconto.rulebook.codes.files import FILES
from sconto.rulebook.codes.keys import KEYS
from sconto.rulebook.codes.values import VALUES
from sconto.rulebook.codes.warnings import WARNINGS

CODES: Final[Mapping[str, Code]] = {**FILES, **KEYS, **VALUES, **WARNINGS, **CASES}
"""By code, in the order of docs/lint.md; stable for ever."""

__all__ = ["CODES", "Code"]
