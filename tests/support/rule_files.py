"""A copy of the retail rules that a test may change, with the legal packs that they name."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.served import RULES


def copied_rules(place: Path) -> Path:
    """The folder of retail rules below *place*, with the legal packs beside it."""
    shutil.copytree(RULES.with_name("legal"), place / "legal")
    return Path(shutil.copytree(RULES, place / RULES.name))
