"""Copies of rule folders that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

RULES: Final = Path(__file__).parents[2] / "rules"


def retail_copy(into: Path) -> Path:
    """The retail rules as `<into>/rules`, with the legal packs that they name beside them."""
    shutil.copytree(RULES / "legal", into / "legal", dirs_exist_ok=True)
    return Path(shutil.copytree(RULES / "retail", into / "rules"))
