"""CONTRIBUTING.md is right about where things are: kinds, and what newcomers look for."""

from __future__ import annotations

import re

import pytest

from architecture.sources import ROOT
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import GuardrailKind
from sconto.rulebook import guardrail_kinds, offer_kinds
from sconto.rulebook.documents.offers import OFFER_KEYS
from sconto.rulebook.documents.rules import GUARDRAIL_KEYS

ENGINE = ROOT / "engine/sconto"

NAMED = {
    "an offer kind": r"BUY_X_GET_Y|BuyXGetY|BuyGet|\bbuy_get\b|\bbuy_x_get_y:",
    "a guardrail kind": r"DEPTH_CAP|DepthCap|\bdepth_cap\b",
}
"""How code names one kind of each."""

APART = ("v1/", "rulebook/codes/")
"""Generated code, and the examples of findings."""


@pytest.mark.parametrize("what", NAMED)
def test_a_recipe_lists_the_files_that_name_a_kind(what: str) -> None:
    """Who follows the recipe touches every file, and no file knows kinds that it leaves out."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    recipe = text.partition(f"**To add {what}**")[2].partition("\n\n**")[0]
    listed = {*re.findall(r"`([\w/]+\.py)`", recipe)}
    files = {str(path.relative_to(ENGINE)): path for path in ENGINE.rglob("*.py")}
    own = {name: path for name, path in files.items() if not name.startswith(APART)}

    assert listed == {n for n, path in own.items() if re.search(NAMED[what], path.read_text())}


def test_each_question_of_a_newcomer_is_answered_by_its_file() -> None:
    """What to look for stands in the file that the table names, and there are ten of them."""
    text = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where is it?")[2]
    rows = re.findall(r"^\| .*\? \| `(.+)` \| `(.+)` \|$", text.partition("\n## ")[0], re.MULTILINE)

    assert 10 == len(rows)
    assert [] == [row for row in rows if row[1] not in (ENGINE / row[0]).read_text()]


def test_every_kind_has_its_class() -> None:
    """The tables of kinds, the keys of documents and the kinds of the domain are the same."""
    assert tuple(offer_kinds.BY_KEY) == OFFER_KEYS
    assert tuple(guardrail_kinds.BY_KEY) == GUARDRAIL_KEYS
    assert set(offer_kinds.BY_KIND) == set(OfferKind)
    assert {kind.value for kind in GuardrailKind} == set(GUARDRAIL_KEYS) - {"frequency_cap"}
