"""The rows of recipes that ship, prepared once for all tests that only look at them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sconto.learning.data.prepare import Prepared, prepare
from support.served import ROOT

MODELS = ROOT / "models"


@cache
def shipped(recipe: Path) -> Prepared:
    """What the recipe at this path makes of the data that ship with it."""
    return prepare(recipe)
