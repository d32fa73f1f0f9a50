"""Warnings: rules that can be served, but probably don't mean what was meant, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.explained.page import Explained

MEANINGS: Final[Mapping[str, Explained]] = {}
