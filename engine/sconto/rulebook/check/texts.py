"""Checks of what shoppers read: declared languages, and placeholders that can be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sconto.domain.shopper_texts import PLACEHOLDERS
from sconto.rulebook.check.base import Check
from sconto.rulebook.documents.shop import ShopDoc
from sconto.rulebook.findings import DocPath, did_you_mean

_BRACES: Final = re.compile(r"\{[^{}]*\}|[{}]")


def check_languages(named: Iterable[str], path: DocPath, check: Check) -> None:
    """Every one of the languages that are *named* as keys at *path* is one of the shop's."""
    declared = check.library.shop[0].languages
    for language in named:
        if language not in declared:
            message = f"`{language}` is not among the languages of this shop"
            advice = did_you_mean(language, declared, near=False)
            if not declared:
                advice = f"declare it in `shop.yaml`: `languages: [{', '.join(_used(check))}]`"
            check.add((*path, language), "REF-013", message, advice)


def _used(check: Check) -> Iterable[str]:
    """Every language that a text or a title of the library is in, sorted."""
    titles = [doc.title or {} for doc, _ in check.library.offers]
    return sorted({*check.library.shop[0].texts, *(one for title in titles for one in title)})


def check_texts(shop: ShopDoc, check: Check) -> None:
    """Report languages and placeholders in the texts of *shop* that nobody knows."""
    check_languages(shop.texts, ("texts",), check)
    for language, doc in shop.texts.items():
        for key, text in doc.model_dump(exclude_none=True).items():
            known = [f"{{{name}}}" for name in sorted(PLACEHOLDERS[key])]
            for found in (f for f in _BRACES.findall(text) if f not in known):
                message = f"`{found}` can't be filled in"
                listed = ", ".join(f"`{name}`" for name in known)
                advice = f"known are {listed}" if known else "this text takes nothing in braces"
                check.add(("texts", language, key), "TXT-001", message, advice)
