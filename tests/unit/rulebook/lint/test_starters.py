"""The starter rulebooks and the legal packs mean what they say: lint has nothing to warn about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest

from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding
from sconto.rulebook.findings import as_text
from sconto.rulebook.lint.run import warnings_of
from sconto.rulebook.loader import lint
from sconto.rulebook.read.library import Located

RULES = Path(__file__).parents[4] / "rules"
TODAY = date(2026, 11, 25)


def _warn(ruleset: Ruleset | None, documents: Sequence[Located]) -> Iterable[RuleFinding]:
    return warnings_of(ruleset, documents, TODAY, lambda _: None)


@pytest.mark.parametrize(
    "book", ["common-offers", "ecommerce", "finance", "legal", "retail", "travel"]
)
def test_a_starter_rulebook_has_no_finding(book: str) -> None:
    """Whoever starts from it starts without an error or a warning."""
    assert as_text(lint([RULES / book], _warn)) == ""
