"""Every built-in language has every text, with the placeholders that can be filled in."""

from __future__ import annotations

import re

import pytest

from sconto.domain.shopper_texts import (
    PLACEHOLDERS,
    TEXTS,
    language_of,
    tags_of,
    text_in,
)
from sconto.rulebook.documents.texts import TextsDoc


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_has_every_text(language: str) -> None:
    """With all placeholders of the text, and no others."""
    found = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in TEXTS[language].items()}

    assert dict(PLACEHOLDERS) == found


def test_a_rule_file_may_replace_every_text() -> None:
    """And no text that there is not."""
    assert set(PLACEHOLDERS) == set(TextsDoc.model_fields)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("de", "de"),
        ("DE-at", "de"),
        ("pt-BR", "pt-BR"),
        ("pt-br-x-a", "pt-BR"),
        ("pt", "en-GB"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh", "en-GB"),
        ("", "en-GB"),
        ("-", "en-GB"),
    ],
)
def test_a_language_is_looked_up_from_its_end_on(asked: str, found: str) -> None:
    """Case means nothing; what a shop has not is its first language."""
    assert found == language_of(asked, ["en-GB", "de", "pt-BR", "zh-Hant"])


def test_a_shop_without_languages_writes_english() -> None:
    """Nobody has to declare any."""
    assert "en" == language_of("de", ())


def test_a_text_of_the_shop_comes_before_ours_and_a_region_before_its_language() -> None:
    """For each tag, from the most special on."""
    own = {"de": {"give_consent": "own"}, "de-AT": {"code_unknown": "special"}}

    keys = ("give_consent", "code_unknown")
    assert ["own", "special"] == [text_in("de-AT", k, own) for k in keys]
    assert TEXTS["de"]["code_used_up"] == text_in("de-AT", "code_used_up", own)
    assert text_in("nl", "give_consent", own) is None
    assert ["zh-Hant-TW", "zh-Hant", "zh"] == list(tags_of("zh-Hant-TW"))
