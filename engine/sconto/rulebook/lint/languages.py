"""Warnings about texts for shoppers that one of the shop's languages lacks."""

from __future__ import annotations

from sconto.domain.shopper_texts import PLACEHOLDERS, text_in
from sconto.domain.wording import listed
from sconto.rulebook.lint.subject import Subject


def check_languages(subject: Subject) -> None:
    """Warn about languages without all texts, and about offers without a title in each."""
    shop, source = subject.library.shop
    for i, language in enumerate(shop.languages):
        own = subject.ruleset.texts
        lacking = [key for key in PLACEHOLDERS if text_in(language, key, own) is None]
        if lacking:
            message = f"`{language}` lacks {listed(f'`{key}`' for key in lacking)}"
            advice = f"write them under `texts: {{{language}: ...}}` of this file"
            subject.warn((source, ("languages", i)), "SEM-028", message, advice)
    for doc, source in subject.library.offers:
        titles = doc.title or {}
        lacking = [language for language in shop.languages if language not in titles]
        if lacking:
            message = f"offer `{doc.id}` has no `title` in {listed(f'`{one}`' for one in lacking)}"
            written = ", ".join(f"{one}: {titles.get(one, '...')}" for one in shop.languages)
            advice = f"write it as `title: {{{written}}}`"
            place = ("title",) if titles else ("name",)
            subject.warn((source, place), "SEM-028", message, advice)
